package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * max(0, margin - target (first - second)), where the target is 1 or -1, as torch.nn.MarginRankingLoss.
 */
public final class MarginRankingLoss extends ReducedLoss<MarginRankingLoss> {
    private double margin;

    /** Sets the margin; 0 at first. */
    public MarginRankingLoss margin(double distance) {
        margin = distance;
        return this;
    }

    /** Returns the loss of two scores of equal shape; a target of 1 says that the first is to be larger. */
    public Variable of(Variable first, Variable second, Tensor target) {
        return first.marginRankingLoss(second, target, margin, reduction());
    }
}
