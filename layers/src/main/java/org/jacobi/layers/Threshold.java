package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x where it exceeds a threshold, else value. */
public final class Threshold extends Layer {
    private final double threshold;
    private final double value;

    /** Makes it with the given threshold and value. */
    public Threshold(double threshold, double value) {
        this.threshold = threshold;
        this.value = value;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.threshold(threshold, value);
    }
}
