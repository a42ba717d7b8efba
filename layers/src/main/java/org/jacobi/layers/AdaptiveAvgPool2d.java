package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * The averages of windows that cover (N, C, H, W) evenly, as many as asked for whatever its size; with 1 this is global
 * pooling. N may be missing.
 */
public final class AdaptiveAvgPool2d extends Layer {
    private final long height;
    private final long width;

    /** Asks for as many along every axis. */
    public AdaptiveAvgPool2d(long size) {
        this(size, size);
    }

    /** Asks for an output size. */
    public AdaptiveAvgPool2d(long height, long width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "AdaptiveAvgPool2d: output size " + height + " x " + width + " must be at least 1");
        }
        this.height = height;
        this.width = width;
    }

    /** Takes (N, C, H, W) to (N, C, height, width). */
    @Override
    protected Variable compute(Variable x) {
        return x.adaptiveAvgPool2d(height, width);
    }
}
