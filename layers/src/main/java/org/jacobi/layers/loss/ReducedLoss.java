package org.jacobi.layers.loss;

import org.jacobi.autograd.Reduction;

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

    @SuppressWarnings("unchecked")
    final L self() {
        return (L) this; // L is the class itself
    }
}
