package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * The averages of windows that cover (N, C, D, H, W) evenly, as many as asked for whatever its size; with 1 this is global
 * pooling. N may be missing.
 */
public final class AdaptiveAvgPool3d extends Layer {
    private final long depth;
    private final long height;
    private final long width;

    /** Asks for as many along every axis. */
    public AdaptiveAvgPool3d(long size) {
        this(size, size, size);
    }

    /** Asks for an output size. */
    public AdaptiveAvgPool3d(long depth, long height, long width) {
        if (depth < 1 || height < 1 || width < 1) {
            throw new IllegalArgumentException(
                    "AdaptiveAvgPool3d: output size " + depth + " x " + height + " x " + width + " must be at least 1");
        }
        this.depth = depth;
        this.height = height;
        this.width = width;
    }

    /** Takes (N, C, D, H, W) to (N, C, depth, height, width). */
    @Override
    protected Variable compute(Variable x) {
        return x.adaptiveAvgPool3d(depth, height, width);
    }
}
