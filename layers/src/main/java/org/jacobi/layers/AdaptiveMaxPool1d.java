package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * The largest elements of windows that cover (N, C, L) evenly, as many as asked for whatever its size; with 1 this is global
 * pooling. N may be missing.
 */
public final class AdaptiveMaxPool1d extends Layer {
    private final long size;

    /** Asks for an output size. */
    public AdaptiveMaxPool1d(long size) {
        if (size < 1) {
            throw new IllegalArgumentException(
                    "AdaptiveMaxPool1d: output size " + size + " must be at least 1");
        }
        this.size = size;
    }

    /** Takes (N, C, L) to (N, C, size). */
    @Override
    protected Variable compute(Variable x) {
        return x.adaptiveMaxPool1d(size);
    }
}
