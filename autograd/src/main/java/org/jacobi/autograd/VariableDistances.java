package org.jacobi.autograd;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Losses of predicted numbers, as torch.nn.functional has them. */
public sealed interface VariableDistances permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    private Variable difference(String op, Variable target) {
        LossChecks.sameShape(op, self(), target);
        return Autocast.cast(op, self()).sub(Autocast.cast(op, target));
    }

    /** Returns the squared difference to a target. */
    default Variable mse(Variable target, Reduction reduction) {
        return reduction.of(difference("mse", target).square());
    }

    /** Returns the mean absolute difference to a target. */
    default Variable l1Loss(Tensor target) {
        return l1Loss(Variable.constant(target), Reduction.MEAN);
    }

    /** Returns the absolute difference to a target. */
    default Variable l1Loss(Variable target, Reduction reduction) {
        return reduction.of(difference("l1Loss", target).abs());
    }

    /** Returns the mean of Huber's loss with delta 1. */
    default Variable huberLoss(Tensor target) {
        return huberLoss(Variable.constant(target), 1, Reduction.MEAN);
    }

    /**
     * Returns half of the squared difference to a target where that is at most delta, else delta (|difference| - delta / 2)
     * (Huber, 1964).
     */
    default Variable huberLoss(Variable target, double delta, Reduction reduction) {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("huberLoss: delta is " + delta + "; it must be above 0");
        }
        return reduction.of(huber(difference("huberLoss", target), delta));
    }

    /** With c = min(|d|, delta), both cases are c (|d| - c / 2). */
    private static Variable huber(Variable difference, double delta) {
        Variable length = difference.abs();
        Variable short_ = length.clampMax(delta);
        return short_.mul(length.sub(short_.div(2)));
    }

    /** Returns the mean of the smooth absolute difference with beta 1. */
    default Variable smoothL1Loss(Tensor target) {
        return smoothL1Loss(Variable.constant(target), 1, Reduction.MEAN);
    }

    /**
     * Returns the absolute difference to a target less beta / 2 where that is at least beta, else the squared one divided by
     * 2 beta (Girshick, "Fast R-CNN", 2015): Huber's loss divided by its delta.
     */
    default Variable smoothL1Loss(Variable target, double beta, Reduction reduction) {
        LossChecks.notNegative("smoothL1Loss", "beta", beta);
        Variable difference = difference("smoothL1Loss", target);
        return reduction.of(beta == 0 ? difference.abs() : huber(difference, beta).div(beta));
    }

    /** Returns the mean negative log likelihood of counts under Poisson distributions whose means are e^this. */
    default Variable poissonNllLoss(Tensor target) {
        return poissonNllLoss(Variable.constant(target), true, false, 1e-8, Reduction.MEAN);
    }

    /**
     * Returns the negative log likelihood of counts under Poisson distributions, without the part that does not depend on this
     * unless full is asked for.
     *
     * @param logInput whether this holds the logarithms of the means, instead of the means
     * @param full     whether to add Stirling's approximation of log(target!) for targets above 1
     * @param eps      what is added to means before their logarithm is taken
     */
    default Variable poissonNllLoss(Variable target, boolean logInput, boolean full, double eps, Reduction reduction) {
        LossChecks.floating("poissonNllLoss", self());
        LossChecks.sameShape("poissonNllLoss", self(), target);
        Variable x = Autocast.cast("poissonNllLoss", self());
        Variable t = Autocast.cast("poissonNllLoss", target);
        Variable losses = logInput ? x.exp().sub(t.mul(x)) : x.sub(t.mul(x.add(eps).log()));
        if (full) {
            Variable large = t.clampMin(1);
            Variable stirling = large.mul(large.log()).sub(large).add(large.mul(2 * Math.PI).log().mul(0.5));
            losses = losses.add(stirling.maskedFill(Batch.constant(Batch.value(target).le(1), target), 0));
        }
        return reduction.of(losses);
    }

    /**
     * Returns the negative log likelihood of a target under normal distributions with these means,
     * (log var + (this - target)^2 / var) / 2.
     *
     * @param variance the variances, that broadcast to this shape and must not be negative; at least eps is taken, through which
     *                 their gradient still passes
     * @param full     whether to add log(2 pi) / 2, which depends on nothing
     */
    default Variable gaussianNllLoss(Variable target, Variable variance, boolean full, double eps,
            Reduction reduction) {
        Variable difference = difference("gaussianNllLoss", target);
        Variable spread = Autocast.cast("gaussianNllLoss", Variable.present(variance));
        Tensor values = Batch.value(spread);
        Shape.broadcast("gaussianNllLoss", difference.shape(), spread.shape());
        if (values.numel() > 0 && !(values.amin().item() >= 0)) {
            throw new IllegalArgumentException("gaussianNllLoss: the least variance is " + values.amin().item()
                    + "; no variance can be negative");
        }
        // The clamp is no part of the graph, as in PyTorch.
        Variable bounded = spread.add(Batch.constant(values.clampMin(eps).sub(values), spread));
        Variable losses = bounded.log().add(difference.square().div(bounded)).mul(0.5);
        return reduction.of(full ? losses.add(0.5 * Math.log(2 * Math.PI)) : losses);
    }
}
