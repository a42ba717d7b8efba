package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** e^x / Σ e^x along an axis. */
public final class Softmax extends Layer {
    private final int axis;

    /** Works along an axis; a negative one counts from the last. */
    public Softmax(int axis) {
        this.axis = axis;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.softmax(axis);
    }
}
