package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** e^-x / Σ e^-x along an axis. */
public final class Softmin extends Layer {
    private final int axis;

    /** Works along an axis; a negative one counts from the last. */
    public Softmin(int axis) {
        this.axis = axis;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.neg().softmax(axis);
    }
}
