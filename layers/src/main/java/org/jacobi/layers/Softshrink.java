package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x moved towards 0 by lambda, and 0 where it is not farther away. */
public final class Softshrink extends Layer {
    private final double lambda;

    /** Makes it with PyTorch's lambda of 0.5. */
    public Softshrink() {
        this(0.5);
    }

    /** Makes it with the given lambda. */
    public Softshrink(double lambda) {
        if (!(lambda >= 0)) {
            throw new IllegalArgumentException("Softshrink: lambda is " + lambda + "; it must not be negative");
        }
        this.lambda = lambda;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.softshrink(lambda);
    }
}
