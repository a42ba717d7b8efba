package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * What predicted and true regions do not have in common (Salehi, Erdogmus and Gholipour, 2017): 1 - (TP + smooth) / (TP + alpha FP +
 * beta FN + smooth), where TP, FP and FN are sums of probabilities.
 *
 * <p>Predictions are logits (N, ...), targets probabilities or zeros and ones of that shape; each example has a loss of its own. With
 * both factors 1/2, as they are at first, this is {@link DiceLoss}.
 */
public final class TverskyLoss extends ReducedLoss<TverskyLoss> implements Loss {
    private double alpha = 0.5;
    private double beta = 0.5;
    private double smooth = 0.5;

    /** Sets the weights of what is wrongly predicted (false positives) and of what is missed, not negative. */
    public TverskyLoss factors(double falsePositives, double falseNegatives) {
        if (!(falsePositives >= 0 && falseNegatives >= 0)) {
            throw new IllegalArgumentException(
                    "TverskyLoss: the factors are " + falsePositives + " and " + falseNegatives
                            + "; they must not be negative");
        }
        alpha = falsePositives;
        beta = falseNegatives;
        return this;
    }

    /** Sets what is added above and below, so that empty regions agree; above 0, 0.5 at first. */
    public TverskyLoss smooth(double number) {
        if (!(number > 0)) {
            throw new IllegalArgumentException("TverskyLoss: smooth is " + number + "; it must be above 0");
        }
        smooth = number;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        if (prediction.rank() < 2 || !prediction.shape().equals(target.shape())) {
            throw new IllegalArgumentException("TverskyLoss: needs logits (N, ...) and targets of the same shape, got "
                    + prediction.shape() + " and " + target.shape());
        }
        Variable p = prediction.sigmoid().flatten(1, -1);
        Tensor t = target.to(prediction.dtype()).flatten(1, -1);
        Variable both = p.mul(t).sum(1);
        Variable onlyPredicted = p.sum(1).sub(both);
        Variable onlyTrue = both.neg().add(t.sum(1));
        Variable union = both.add(onlyPredicted.mul(alpha)).add(onlyTrue.mul(beta)).add(smooth);
        return reduction().of(both.add(smooth).div(union).neg().add(1));
    }
}
