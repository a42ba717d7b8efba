package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The cross-entropy of softmax(prediction) with classes or with probabilities, as torch.nn.CrossEntropyLoss.
 *
 * <p>Predictions are logits (N, C), (N, C, ...) or (C). Targets are i64 class numbers (N), (N, ...) or a scalar, or probabilities of
 * the predictions' shape. Beware that {@link Variable#crossEntropy(Tensor)} takes classes on the last axis, as models of
 * sequences give them; {@link #classAxis} of -1 has this loss do so, too.
 */
public final class CrossEntropyLoss extends ReducedLoss<CrossEntropyLoss> implements Loss {
    /** The class number of targets that do not count, unless {@link #ignoreIndex} says another. */
    public static final long IGNORE_INDEX = -100;

    private Tensor weight;
    private long ignoreIndex = IGNORE_INDEX;
    private double labelSmoothing;
    private int classAxis = 1;

    /** Sets one weight for each class, a vector, which is taken out of its scope; none at first. */
    public CrossEntropyLoss weight(Tensor classes) {
        weight = classes.unscope();
        return this;
    }

    /** Sets the share of the target, 0 to 1, that is spread evenly over all classes; 0 at first. */
    public CrossEntropyLoss labelSmoothing(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "CrossEntropyLoss: labelSmoothing is " + share + "; it must lie in 0 to 1");
        }
        labelSmoothing = share;
        return this;
    }

    /** Sets the class number of targets that do not count; {@link #IGNORE_INDEX} at first. */
    public CrossEntropyLoss ignoreIndex(long number) {
        ignoreIndex = number;
        return this;
    }

    /** Sets the predictions' axis of classes; at first 1 as in PyTorch, and the only axis of vectors. */
    public CrossEntropyLoss classAxis(int axis) {
        classAxis = axis;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        weight = beside(prediction, weight);
        return prediction.crossEntropy(Variable.constant(target), prediction.rank() == 1 ? 0 : classAxis, weight,
                ignoreIndex, labelSmoothing, reduction());
    }
}
