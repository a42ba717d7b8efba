package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** One axis split into several; one size may be -1. */
public final class Unflatten extends Layer {
    private final int axis;
    private final long[] sizes;

    /** Splits an axis; a negative one counts from the last. */
    public Unflatten(int axis, long... sizes) {
        if (sizes.length == 0) {
            throw new IllegalArgumentException("Unflatten: no sizes are given");
        }
        this.axis = axis;
        this.sizes = sizes.clone();
    }

    @Override
    protected Variable compute(Variable x) {
        return x.unflatten(axis, sizes);
    }
}
