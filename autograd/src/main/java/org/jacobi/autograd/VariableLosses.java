package org.jacobi.autograd;

import org.jacobi.autograd.ops.CrossEntropy;
import org.jacobi.autograd.ops.LayerNorm;
import org.jacobi.autograd.ops.RmsNorm;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Normalizations and losses. */
public sealed interface VariableLosses permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns layer normalization over the last axis; weight and bias are vectors or null. */
    default Variable layerNorm(Variable weight, Variable bias, double eps) {
        return LayerNorm.apply(self(), weight, bias, eps);
    }

    /** Returns root mean square normalization over the last axis; weight is a vector or null. */
    default Variable rmsNorm(Variable weight, double eps) {
        return RmsNorm.apply(self(), weight, eps);
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
        if (self().rank() == 0 || !targets.shape().equals(self().shape().without(-1))) {
            throw new IllegalArgumentException(
                    "crossEntropy: logits of shape " + self().shape() + " need targets of shape "
                            + (self().rank() == 0 ? "(N)" : self().shape().without(-1)) + ", got " + targets.shape());
        }
        if (self().size(-1) == 0) {
            throw new IllegalArgumentException("crossEntropy: logits of shape " + self().shape() + " have no classes");
        }
        if (self().dtype().isHalf()) {
            return self().to(DType.F32).crossEntropy(targets, ignoreIndex, labelSmoothing).to(self().dtype());
        }
        Variable classes = targets.reshape(-1);
        Tensor counts = Batch.value(classes).ne(ignoreIndex).sum(Batch.axes(classes));
        Variable count = Batch.constant(counts.to(self().dtype()), classes);
        return CrossEntropy.apply(self().reshape(-1, self().size(-1)), classes, ignoreIndex, labelSmoothing).sum()
                .div(count);
    }

    /** Returns the mean squared difference to a target. */
    default Variable mse(Variable target) {
        if (!self().shape().equals(Variable.present(target).shape())) {
            throw new IllegalArgumentException("mse: shapes " + self().shape() + " and " + target.shape() + " differ");
        }
        return self().sub(target).square().mean();
    }

    /** Returns the mean squared difference to a target. */
    default Variable mse(Tensor target) {
        return mse(Variable.constant(target));
    }
}
