package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x where it is positive, else alpha (e^x - 1) (Clevert, Unterthiner and Hochreiter, 2016). */
public final class ELU extends Layer {
    private final double alpha;

    /** Makes it with PyTorch's alpha of 1. */
    public ELU() {
        this(1);
    }

    /** Makes it with the given alpha. */
    public ELU(double alpha) {
        this.alpha = alpha;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.elu(alpha);
    }
}
