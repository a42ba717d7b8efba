package org.jacobi.layers.loss;

import org.jacobi.autograd.Variable;

/**
 * max(0, margin + d(anchor, positive) - d(anchor, negative)) of the distances of vectors, as torch.nn.TripletMarginLoss.
 */
public final class TripletMarginLoss extends ReducedLoss<TripletMarginLoss> {
    private double margin = 1;
    private double p = 2;
    private double eps = 1e-6;
    private boolean swap;

    /** Sets the margin; 1 at first. */
    public TripletMarginLoss margin(double distance) {
        margin = distance;
        return this;
    }

    /** Sets which norm the distance is; 2 at first. */
    public TripletMarginLoss p(double norm) {
        p = norm;
        return this;
    }

    /** Sets what is added to differences; 1e-6 at first. */
    public TripletMarginLoss eps(double small) {
        eps = small;
        return this;
    }

    /** Sets whether the distance between positive and negative counts if it is smaller than the anchor's. */
    public TripletMarginLoss swap(boolean on) {
        swap = on;
        return this;
    }

    /** Returns the loss of vectors (N, D), or (D), of equal shape. */
    public Variable of(Variable anchor, Variable positive, Variable negative) {
        return anchor.tripletMarginLoss(positive, negative, margin, p, eps, swap, reduction());
    }
}
