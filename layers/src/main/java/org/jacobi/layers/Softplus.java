package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** log(1 + e^(beta x)) / beta, a smooth ReLU, and x itself where beta x exceeds the threshold. */
public final class Softplus extends Layer {
    private final double beta;
    private final double threshold;

    /** Makes it with PyTorch's beta and threshold of 1 and 20. */
    public Softplus() {
        this(1, 20);
    }

    /** Makes it with the given beta and threshold. */
    public Softplus(double beta, double threshold) {
        this.beta = beta;
        this.threshold = threshold;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.softplus(beta, threshold);
    }
}
