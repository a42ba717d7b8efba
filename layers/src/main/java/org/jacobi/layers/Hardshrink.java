package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x, and 0 where it is not farther from 0 than lambda. */
public final class Hardshrink extends Layer {
    private final double lambda;

    /** Makes it with PyTorch's lambda of 0.5. */
    public Hardshrink() {
        this(0.5);
    }

    /** Makes it with the given lambda. */
    public Hardshrink(double lambda) {
        this.lambda = lambda;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.hardshrink(lambda);
    }
}
