package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The Kullback-Leibler divergence of a target's probabilities from predicted log probabilities, as torch.nn.KLDivLoss. Reduction
 * BATCH_MEAN gives what mathematics means.
 */
public final class KLDivLoss extends ReducedLoss<KLDivLoss> implements Loss {
    private boolean logTarget;

    /** Sets whether targets are log probabilities, too. */
    public KLDivLoss logTarget(boolean on) {
        logTarget = on;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.klDiv(Variable.constant(target), logTarget, reduction());
    }
}
