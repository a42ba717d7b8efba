package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The cross-entropy of probabilities with those of a target of the same shape, as torch.nn.BCELoss; {@link BCEWithLogitsLoss} loses
 * no digits.
 */
public final class BCELoss extends ReducedLoss<BCELoss> implements Loss {
    private Tensor weight;

    /** Sets factors that broadcast to the prediction's shape and are taken out of their scope; none at first. */
    public BCELoss weight(Tensor factors) {
        weight = factors.unscope();
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        weight = beside(prediction, weight);
        return prediction.binaryCrossEntropy(Variable.constant(target), weight, reduction());
    }
}
