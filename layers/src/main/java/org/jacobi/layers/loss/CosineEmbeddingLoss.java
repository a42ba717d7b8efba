package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * 1 - cos of two vectors where the target is 1, and max(0, cos - margin) where it is -1, as torch.nn.CosineEmbeddingLoss.
 */
public final class CosineEmbeddingLoss extends ReducedLoss<CosineEmbeddingLoss> {
    private double margin;

    /** Sets the margin; 0 at first. */
    public CosineEmbeddingLoss margin(double distance) {
        margin = distance;
        return this;
    }

    /** Returns the loss of vectors (N, D) or (D) and others of that shape; targets are (N) or a scalar. */
    public Variable of(Variable first, Variable second, Tensor target) {
        return first.cosineEmbeddingLoss(second, target, margin, reduction());
    }
}
