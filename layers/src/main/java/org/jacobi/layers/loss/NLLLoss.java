package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The negative log likelihood of classes, as torch.nn.NLLLoss: predictions are log probabilities (N, C), (N, C, ...) or (C), targets
 * i64 class numbers (N), (N, ...) or a scalar.
 */
public final class NLLLoss extends ReducedLoss<NLLLoss> implements Loss {
    private Tensor weight;
    private long ignoreIndex = -100;
    private int classAxis = 1;

    /** Sets one weight for each class, a vector, which is taken out of its scope; none at first. */
    public NLLLoss weight(Tensor classes) {
        weight = classes.unscope();
        return this;
    }

    /** Sets the class number of targets that do not count; -100 at first. */
    public NLLLoss ignoreIndex(long number) {
        ignoreIndex = number;
        return this;
    }

    /** Sets the predictions' axis of classes; at first 1 as in PyTorch, and the only axis of vectors. */
    public NLLLoss classAxis(int axis) {
        classAxis = axis;
        return this;
    }

    @Override
    public Variable of(Variable prediction, Tensor target) {
        weight = beside(prediction, weight);
        return prediction.nllLoss(Variable.constant(target), prediction.rank() == 1 ? 0 : classAxis, weight,
                ignoreIndex,
                reduction());
    }
}
