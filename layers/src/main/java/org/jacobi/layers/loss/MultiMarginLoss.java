package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The hinge loss of scores (N, C) with class numbers (N): Σ max(0, margin - x[class] + x[j])^p / C, as torch.nn.MultiMarginLoss.
 */
public final class MultiMarginLoss extends ReducedLoss<MultiMarginLoss> implements Loss {
    private int p = 1;
    private double margin = 1;
    private Tensor weight;

    /** Sets the power, 1 or 2; 1 at first. */
    public MultiMarginLoss p(int power) {
        p = power;
        return this;
    }

    /** Sets the margin; 1 at first. */
    public MultiMarginLoss margin(double distance) {
        margin = distance;
        return this;
    }

    /** Sets one weight for each class, a vector, which is taken out of its scope; none at first. */
    public MultiMarginLoss weight(Tensor classes) {
        weight = classes.unscope();
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        weight = beside(prediction, weight);
        return prediction.multiMarginLoss(target, p, margin, weight, reduction());
    }
}
