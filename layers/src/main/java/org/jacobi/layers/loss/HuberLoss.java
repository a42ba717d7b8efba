package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The squared difference up to delta, 1 at first, and the absolute one beyond (Huber, 1964), as torch.nn.HuberLoss.
 */
public final class HuberLoss extends ReducedLoss<HuberLoss> implements Loss {
    private double delta = 1;

    /** Sets where the loss turns from a parabola to a line, above 0. */
    public HuberLoss delta(double at) {
        delta = at;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.huberLoss(Variable.constant(target), delta, reduction());
    }
}
