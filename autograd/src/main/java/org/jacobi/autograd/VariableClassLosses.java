package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.BinaryCrossEntropy;
import org.jacobi.autograd.ops.CrossEntropy;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Losses of predicted classes and probabilities, as torch.nn.functional has them. */
public sealed interface VariableClassLosses permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /**
     * Returns the cross-entropy of softmax(logits) with classes, or with probabilities of classes.
     *
     * <p>The mean divides by the sum of the targets' weights, or, of probabilities, by the number of targets.
     *
     * @param targets        i64 class numbers, of the logits' shape without the axis of classes; or probabilities, of the
     *                       logits' shape and a floating-point type
     * @param classAxis      the logits' axis of classes: 1 for PyTorch's (N, C, ...), -1 for (..., C)
     * @param weight         one weight for each class, or null
     * @param ignoreIndex    the class number of targets that do not count
     * @param labelSmoothing the share of the target spread evenly over all classes (Szegedy et al., 2016)
     */
    default Variable crossEntropy(Variable targets, int classAxis, Tensor weight, long ignoreIndex,
            double labelSmoothing,
            Reduction reduction) {
        Variable logits = Autocast.cast("crossEntropy", self());
        if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
            throw new IllegalArgumentException(
                    "crossEntropy: labelSmoothing is " + labelSmoothing + "; it must lie in 0 to 1");
        }
        int axis = classAxis(logits, "crossEntropy", "logits", Variable.present(targets), classAxis);
        LossChecks.weights("crossEntropy", weight, logits.size(axis));
        boolean fused = weight == null && !targets.dtype().isFloating();
        if (logits.dtype().isHalf() && !(fused && Batch.value(logits).backend().takesHalves())) {
            return logits.to(DType.F32).crossEntropy(targets, classAxis, weight, ignoreIndex, labelSmoothing, reduction)
                    .to(logits.dtype());
        }
        if (targets.dtype().isFloating()) {
            return softCrossEntropy(logits, targets, axis, weight, labelSmoothing, reduction);
        }
        long classes = logits.size(axis);
        if (weight != null && labelSmoothing > 0) {
            Variable counted = weights(targets, "crossEntropy", logits, axis, weight, ignoreIndex);
            Variable valid = weights(targets, "crossEntropy", logits, axis, null, ignoreIndex);
            Variable logs = logits.logSoftmax(axis);
            Variable smooth = logs.mul(along(weight, logs, axis)).sum(axis).neg().mul(valid);
            Variable losses = picked(logs, targets, axis, ignoreIndex).mul(counted).mul(labelSmoothing - 1)
                    .add(smooth.mul(labelSmoothing / classes));
            return reduction.of(losses, counted);
        }
        Variable rows = axis == logits.rank() - 1 ? logits : logits.movedim(axis, -1);
        Variable losses =
                CrossEntropy.apply(rows.reshape(-1, classes), targets.reshape(-1), ignoreIndex, labelSmoothing)
                        .reshape(targets.shape().toArray());
        if (weight == null && reduction != Reduction.MEAN) {
            return reduction.of(losses).to(logits.dtype());
        }
        Variable counted = weights(targets, "crossEntropy", logits, axis, weight, ignoreIndex).to(losses.dtype());
        return reduction.of(weight == null ? losses : losses.mul(counted), counted).to(logits.dtype());
    }

    /** Returns the axis of classes, once it is clear that targets, classes or probabilities, fit. */
    private static int classAxis(Variable x, String op, String name, Variable targets, int classAxis) {
        LossChecks.floating(op, x);
        Shape rest = x.rank() == 0 ? null : x.shape().without(x.shape().axis(op, classAxis));
        boolean fits = rest != null && targets.shape().equals(targets.dtype().isFloating() ? x.shape() : rest);
        if (!fits) {
            throw new IllegalArgumentException(op + ": " + name + " of shape " + x.shape()
                    + " need I64 targets of shape "
                    + (rest == null ? "(N)" : rest) + ", or probabilities of the shape of the " + name + ", got "
                    + targets.dtype() + " " + targets.shape());
        }
        int axis = x.shape().axis(op, classAxis);
        if (x.size(axis) == 0) {
            throw new IllegalArgumentException(op + ": " + name + " of shape " + x.shape() + " have no classes");
        }
        return axis;
    }

    private static Variable softCrossEntropy(Variable logits, Variable targets, int axis, Tensor weight,
            double smoothing,
            Reduction reduction) {
        LossChecks.shares("crossEntropy", "target", targets);
        Variable q = smoothing == 0 ? targets : targets.mul(1 - smoothing).add(smoothing / logits.size(axis));
        Variable logs = logits.logSoftmax(axis);
        Variable weighted = weight == null ? logs : logs.mul(along(weight, logs, axis));
        return reduction.of(weighted.mul(q).sum(axis).neg());
    }

    /** Views weights of classes as they broadcast along an axis. */
    private static Tensor along(Tensor weight, Variable x, int axis) {
        long[] sizes = new long[x.rank() - axis];
        Arrays.fill(sizes, 1);
        sizes[0] = weight.size(0);
        return weight.to(x.dtype()).reshape(sizes);
    }

    /** Returns the class numbers of targets, 0 where they are ignored, once it is clear that there are such classes. */
    private static Tensor classes(Variable targets, String op, long count, long ignoreIndex) {
        if (targets.dtype() != DType.I64) {
            throw new IllegalArgumentException(op + ": the targets must be I64 class numbers, got " + targets.dtype()
                    + "; convert with to(DType.I64)");
        }
        Tensor numbers = Batch.value(targets);
        Tensor classes = Tensor.where(numbers.eq(ignoreIndex), Tensor.scalar(0, DType.I64), numbers);
        classes.requireIndex(op, count);
        return classes;
    }

    /** Returns the weight of each target, 0 where it is ignored; weight may be null for 1. */
    private static Variable weights(Variable targets, String op, Variable x, int axis, Tensor weight,
            long ignoreIndex) {
        Tensor valid = Batch.value(targets).ne(ignoreIndex).to(x.dtype());
        if (weight == null) {
            return Batch.constant(valid, targets);
        }
        Tensor each = weight.to(x.dtype()).take(classes(targets, op, x.size(axis), ignoreIndex));
        return Batch.constant(each.mul(valid), targets);
    }

    /** Returns the element of the target's class for each target. */
    private static Variable picked(Variable x, Variable targets, int axis, long ignoreIndex) {
        Variable index = Batch.constant(classes(targets, "nllLoss", x.size(axis), ignoreIndex), targets);
        return x.gather(axis, index.unsqueeze(axis)).squeeze(axis);
    }

    /** Returns the mean negative log likelihood of classes, the last axis of these log probabilities; targets of -100 are ignored. */
    default Variable nllLoss(Tensor targets) {
        return nllLoss(Variable.constant(targets), -1, null, -100, Reduction.MEAN);
    }

    /**
     * Returns the negative log likelihood of classes, of which this holds the log probabilities.
     *
     * @param targets     i64 class numbers, of this shape without the axis of classes
     * @param classAxis   the axis of classes: 1 for PyTorch's (N, C, ...), -1 for (..., C)
     * @param weight      one weight for each class, or null
     * @param ignoreIndex the class number of targets that do not count
     */
    default Variable nllLoss(Variable targets, int classAxis, Tensor weight, long ignoreIndex, Reduction reduction) {
        int axis = classAxis(self(), "nllLoss", "log probabilities", Variable.present(targets), classAxis);
        LossChecks.weights("nllLoss", weight, self().size(axis));
        Variable logs = Autocast.cast("nllLoss", self());
        Variable counted = weights(targets, "nllLoss", logs, axis, weight, ignoreIndex);
        return reduction.of(picked(logs, targets, axis, ignoreIndex).mul(counted).neg(), counted);
    }

    /** Returns the mean cross-entropy of these probabilities with those of a target. */
    default Variable binaryCrossEntropy(Tensor target) {
        return binaryCrossEntropy(Variable.constant(target), null, Reduction.MEAN);
    }

    /**
     * Returns the cross-entropy of these probabilities with those of a target: -(t log x + (1 - t) log(1 - x)), where no
     * logarithm is less than -100.
     *
     * @param target probabilities of the same shape
     * @param weight factors that broadcast to that shape, or null
     */
    default Variable binaryCrossEntropy(Variable target, Tensor weight, Reduction reduction) {
        LossChecks.floating("binaryCrossEntropy", self());
        LossChecks.sameShape("binaryCrossEntropy", self(), target);
        LossChecks.factors("binaryCrossEntropy", "weight", weight, self().shape());
        LossChecks.shares("binaryCrossEntropy", "prediction", self());
        LossChecks.shares("binaryCrossEntropy", "target", target);
        Variable x = Autocast.cast("binaryCrossEntropy", self());
        return reduction.of(weighted(BinaryCrossEntropy.apply(x, target.to(x.dtype())), weight));
    }

    /** Returns the mean cross-entropy of sigmoid(this) with the probabilities of a target. */
    default Variable binaryCrossEntropyWithLogits(Tensor target) {
        return binaryCrossEntropyWithLogits(Variable.constant(target), null, null, Reduction.MEAN);
    }

    /**
     * Returns the cross-entropy of sigmoid(this) with the probabilities of a target, which no logit is too large for:
     * (1 - t) x - (1 + (p - 1) t) log sigmoid(x).
     *
     * @param target    probabilities of the same shape
     * @param weight    factors that broadcast to that shape, or null
     * @param posWeight factors p of what is positive, that broadcast to that shape, or null
     */
    default Variable binaryCrossEntropyWithLogits(Variable target, Tensor weight, Tensor posWeight,
            Reduction reduction) {
        LossChecks.floating("binaryCrossEntropyWithLogits", self());
        LossChecks.sameShape("binaryCrossEntropyWithLogits", self(), target);
        LossChecks.factors("binaryCrossEntropyWithLogits", "weight", weight, self().shape());
        LossChecks.factors("binaryCrossEntropyWithLogits", "posWeight", posWeight, self().shape());
        Variable x = Autocast.cast("binaryCrossEntropyWithLogits", self());
        Variable t = Autocast.cast("binaryCrossEntropyWithLogits", target);
        Variable logs = x.logSigmoid();
        Variable scaled = posWeight == null ? logs : logs.mul(t.mul(posWeight.to(x.dtype()).sub(1)).add(1));
        return reduction.of(weighted(x.mul(t.neg().add(1)).sub(scaled), weight));
    }

    private static Variable weighted(Variable losses, Tensor weight) {
        return weight == null ? losses : losses.mul(weight.to(losses.dtype()));
    }

    /** Returns the mean Kullback-Leibler divergence of a target's probabilities from these log probabilities. */
    default Variable klDiv(Tensor target) {
        return klDiv(Variable.constant(target), false, Reduction.MEAN);
    }

    /**
     * Returns the Kullback-Leibler divergence t (log t - this), element by element, of a target's probabilities t from these
     * log probabilities; {@link Reduction#BATCH_MEAN} gives the divergence that mathematics means.
     *
     * @param logTarget whether the target holds log probabilities, too
     */
    default Variable klDiv(Variable target, boolean logTarget, Reduction reduction) {
        LossChecks.floating("klDiv", self());
        LossChecks.sameShape("klDiv", self(), target);
        Variable x = Autocast.cast("klDiv", self());
        Variable t = Autocast.cast("klDiv", target);
        return reduction.of(logTarget ? t.exp().mul(t.sub(x)) : t.xlogy(t).sub(t.mul(x)));
    }
}
