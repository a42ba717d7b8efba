package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * 1 - (2 TP + smooth) / (predicted + true + smooth), where TP, predicted and true are sums of probabilities (Milletari, Navab and
 * Ahmadi, "V-Net", 2016).
 *
 * <p>Predictions are logits (N, ...), targets probabilities or zeros and ones of that shape; each example has a loss of its own.
 */
public final class DiceLoss extends ReducedLoss<DiceLoss> implements Loss {
    private double smooth = 1;

    /** Sets what is added above and below, so that empty regions agree; above 0, 1 at first. */
    public DiceLoss smooth(double number) {
        smooth = number;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        return new TverskyLoss().smooth(smooth / 2).reduction(reduction()).of(prediction, target);
    }
}
