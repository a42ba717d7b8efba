package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x where it is positive, else negativeSlope x (Maas, Hannun and Ng, 2013). */
public final class LeakyReLU extends Layer {
    private final double negativeSlope;

    /** Makes it with PyTorch's negativeSlope of 0.01. */
    public LeakyReLU() {
        this(0.01);
    }

    /** Makes it with the given negativeSlope. */
    public LeakyReLU(double negativeSlope) {
        this.negativeSlope = negativeSlope;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.leakyRelu(negativeSlope);
    }
}
