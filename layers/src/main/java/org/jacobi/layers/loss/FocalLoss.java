package org.jacobi.layers.loss;

import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The cross-entropy of sigmoid(prediction) with a target of the same shape, in which what is easy counts little (Lin et al., "Focal
 * Loss for Dense Object Detection", 2017): αₜ (1 - pₜ)^γ times it, as torchvision.ops.sigmoid_focal_loss, whose mean is not its
 * default but this class's.
 */
public final class FocalLoss extends ReducedLoss<FocalLoss> implements Loss {
    private double alpha = 0.25;
    private double gamma = 2;

    /** Sets the weight of what is positive, of 1; a negative number for equal weights of 1. 0.25 at first. */
    public FocalLoss alpha(double positive) {
        if (!(positive <= 1)) {
            throw new IllegalArgumentException("FocalLoss: alpha is " + positive + "; it must be at most 1");
        }
        alpha = positive;
        return this;
    }

    /** Sets how little counts what is easy, not negative: 0 for all the same. 2 at first. */
    public FocalLoss gamma(double power) {
        if (!(power >= 0)) {
            throw new IllegalArgumentException("FocalLoss: gamma is " + power + "; it must not be negative");
        }
        gamma = power;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        Variable entropy =
                prediction.binaryCrossEntropyWithLogits(Variable.constant(target), null, null, Reduction.NONE);
        // 1 - p of the target's side; of the logits' signs, so that it keeps its digits near 0.
        Tensor t = target.to(prediction.dtype());
        Variable p = prediction.sigmoid();
        Variable wrong = p.mul(t.neg().add(1)).add(prediction.neg().sigmoid().mul(t));
        Variable losses = gamma == 0 ? entropy : entropy.mul(wrong.pow(gamma));
        return reduction().of(alpha < 0 ? losses : losses.mul(t.mul(2 * alpha - 1).add(1 - alpha)));
    }
}
