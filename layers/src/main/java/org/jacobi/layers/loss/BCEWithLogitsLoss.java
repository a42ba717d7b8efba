package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The cross-entropy of sigmoid(prediction) with probabilities of a target of the same shape, as torch.nn.BCEWithLogitsLoss.
 */
public final class BCEWithLogitsLoss extends ReducedLoss<BCEWithLogitsLoss> implements Loss {
    private Tensor weight;
    private Tensor posWeight;

    /** Sets factors that broadcast to the prediction's shape and are taken out of their scope; none at first. */
    public BCEWithLogitsLoss weight(Tensor factors) {
        weight = factors.unscope();
        return this;
    }

    /** Sets factors of what is positive: number of negatives / number of positives balances a class. Otherwise as weight. */
    public BCEWithLogitsLoss posWeight(Tensor factors) {
        posWeight = factors.unscope();
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        weight = beside(prediction, weight);
        posWeight = beside(prediction, posWeight);
        return prediction.binaryCrossEntropyWithLogits(Variable.constant(target), weight, posWeight, reduction());
    }
}
