package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** A gated linear unit: the first half of an axis times the sigmoid of the second (Dauphin et al., 2017). */
public final class GLU extends Layer {
    private final int axis;

    /** Halves the last axis. */
    public GLU() {
        this(-1);
    }

    /** Halves an axis; a negative one counts from the last. */
    public GLU(int axis) {
        this.axis = axis;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.glu(axis);
    }
}
