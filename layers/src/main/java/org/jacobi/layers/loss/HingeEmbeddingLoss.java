package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * Distances x where the target is 1, and max(0, margin - x) where it is -1, as torch.nn.HingeEmbeddingLoss.
 */
public final class HingeEmbeddingLoss extends ReducedLoss<HingeEmbeddingLoss> implements Loss {
    private double margin = 1;

    /** Sets the margin; 1 at first. */
    public HingeEmbeddingLoss margin(double distance) {
        margin = distance;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return prediction.hingeEmbeddingLoss(target, margin, reduction());
    }
}
