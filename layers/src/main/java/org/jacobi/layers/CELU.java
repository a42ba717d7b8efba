package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x where it is positive, else alpha (e^(x / alpha) - 1) (Barron, 2017). */
public final class CELU extends Layer {
    private final double alpha;

    /** Makes it with PyTorch's alpha of 1. */
    public CELU() {
        this(1);
    }

    /** Makes it with the given alpha. */
    public CELU(double alpha) {
        if (!(alpha != 0)) {
            throw new IllegalArgumentException("CELU: alpha must not be 0");
        }
        this.alpha = alpha;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.celu(alpha);
    }
}
