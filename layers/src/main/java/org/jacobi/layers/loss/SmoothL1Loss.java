package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The absolute difference, smooth below beta, 1 at first (Girshick, 2015), as torch.nn.SmoothL1Loss.
 */
public final class SmoothL1Loss extends ReducedLoss<SmoothL1Loss> implements Loss {
    private double beta = 1;

    /** Sets where the loss turns from a parabola to a line, not negative. */
    public SmoothL1Loss beta(double at) {
        beta = at;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.smoothL1Loss(Variable.constant(target), beta, reduction());
    }
}
