package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Dropout that keeps mean 0 and variance 1 behind {@link SELU} (Klambauer et al., 2017): dropped elements become SELU's limit
 * at -infinity, and all are mapped affinely.
 */
public final class AlphaDropout extends Layer {
    /** Minus the limit of SELU: its scale times its alpha. */
    private static final double ALPHA = 1.7580993408473766;

    private final double p;

    /** Makes a layer that drops with probability 0.5. */
    public AlphaDropout() {
        this(0.5);
    }

    /** Makes a layer that drops with probability p, at least 0 and below 1. */
    public AlphaDropout(double p) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("AlphaDropout: p is " + p + "; it must be at least 0 and below 1");
        }
        this.p = p;
    }

    @Override
    protected Variable compute(Variable x) {
        if (!isTraining() || p == 0) {
            return x;
        }
        double a = 1 / Math.sqrt((ALPHA * ALPHA * p + 1) * (1 - p));
        Variable ones = Variable.constant(Tensor.ones(x.device(), x.dtype(), x.shape().toArray()));
        Variable kept = ones.dropout(p, Generator.global()).mul(1 - p);
        return x.mul(kept).add(kept.sub(1).mul(ALPHA)).mul(a).add(a * ALPHA * p);
    }
}
