package org.jacobi.autograd;

import org.jacobi.autograd.ops.GroupNorm;
import org.jacobi.autograd.ops.LayerNorm;
import org.jacobi.autograd.ops.RmsNorm;
import org.jacobi.tensor.Tensor;

/** Normalizations, and losses with their usual settings; the other families of losses have the rest. */
public sealed interface VariableLosses permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns layer normalization over the last axis; weight and bias are vectors or null. */
    default Variable layerNorm(Variable weight, Variable bias, double eps) {
        return LayerNorm.apply(Autocast.cast("layerNorm", self()), Autocast.cast("layerNorm", weight),
                Autocast.cast("layerNorm", bias), eps);
    }

    /** Returns root mean square normalization over the last axis; weight is a vector or null. */
    default Variable rmsNorm(Variable weight, double eps) {
        return RmsNorm.apply(Autocast.cast("rmsNorm", self()), Autocast.cast("rmsNorm", weight), eps);
    }

    /**
     * Returns group normalization of (N, C, …): each example's groups of C / numGroups neighbouring channels by themselves; weight
     * and bias have a number for each channel, or are null.
     */
    default Variable groupNorm(long numGroups, Variable weight, Variable bias, double eps) {
        return GroupNorm.apply(Autocast.cast("groupNorm", self()), numGroups, Autocast.cast("groupNorm", weight),
                Autocast.cast("groupNorm", bias), eps);
    }

    /** Returns the mean cross-entropy of these logits with class numbers, without smoothing; targets of -100 are ignored. */
    default Variable crossEntropy(Tensor targets) {
        return crossEntropy(targets, -100, 0);
    }

    /**
     * Returns the mean over the targets that count of the cross-entropy of softmax(logits) with the class.
     *
     * @param targets        i64 class numbers (…) for these logits (…, C): the classes are the last axis
     * @param ignoreIndex    the class number of targets that do not count
     * @param labelSmoothing the share of the target spread evenly over all classes (Szegedy et al., 2016)
     */
    default Variable crossEntropy(Tensor targets, long ignoreIndex, double labelSmoothing) {
        return crossEntropy(Variable.constant(targets), ignoreIndex, labelSmoothing);
    }

    /** Returns the mean cross-entropy of these logits with class numbers, without smoothing; targets of -100 are ignored. */
    default Variable crossEntropy(Variable targets) {
        return crossEntropy(targets, -100, 0);
    }

    /**
     * Returns the mean over the targets that count of the cross-entropy of softmax(logits) with the class.
     *
     * @param targets        i64 class numbers (…) for these logits (…, C): the classes are the last axis
     * @param ignoreIndex    the class number of targets that do not count
     * @param labelSmoothing the share of the target spread evenly over all classes (Szegedy et al., 2016)
     */
    default Variable crossEntropy(Variable targets, long ignoreIndex, double labelSmoothing) {
        return self().crossEntropy(targets, -1, null, ignoreIndex, labelSmoothing, Reduction.MEAN);
    }

    /** Returns the mean squared difference to a target. */
    default Variable mse(Variable target) {
        return self().mse(target, Reduction.MEAN);
    }

    /** Returns the mean squared difference to a target. */
    default Variable mse(Tensor target) {
        return mse(Variable.constant(target));
    }
}
