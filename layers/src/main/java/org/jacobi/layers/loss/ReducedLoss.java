package org.jacobi.layers.loss;

import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * What losses have that first give one number for each element: the reduction, the mean at first.
 *
 * @param <L> the class itself, which methods that make settings return
 */
abstract class ReducedLoss<L extends ReducedLoss<L>> {
    private Reduction reduction = Reduction.MEAN;

    /** Sets what is made of the losses of all elements; their mean at first. */
    public final L reduction(Reduction how) {
        reduction = how;
        return self();
    }

    final Reduction reduction() {
        return reduction;
    }

    /** Returns a tensor of the loss's own, or null, on the prediction's device, outside of all scopes. */
    static Tensor beside(Variable prediction, Tensor own) {
        return own == null ? null : own.to(prediction.device()).unscope();
    }

    @SuppressWarnings("unchecked")
    final L self() {
        return (L) this; // L is the class itself
    }
}
