package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;

/**
 * Drops elements with probability p while training and scales the others by 1 / (1 - p) (Srivastava et al., 2014).
 *
 * <p>In evaluation it passes its input on. The random numbers come from {@link Generator#global()}.
 */
public final class Dropout extends Layer {
    private final double p;

    /** Makes a layer that drops with probability p, at least 0 and below 1. */
    public Dropout(double p) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("Dropout: p is " + p + "; it must be at least 0 and below 1");
        }
        this.p = p;
    }

    /** Returns the probability with which an element is dropped now: 0 in evaluation. */
    public double probability() {
        return isTraining() ? p : 0;
    }

    /** Takes x of any shape to the same shape. */
    @Override
    protected Variable compute(Variable x) {
        return x.dropout(probability(), Generator.global());
    }
}
