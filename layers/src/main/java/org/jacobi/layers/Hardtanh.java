package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** x limited to the range from min to max. */
public final class Hardtanh extends Layer {
    private final double min;
    private final double max;

    /** Makes it with PyTorch's min and max of -1 and 1. */
    public Hardtanh() {
        this(-1, 1);
    }

    /** Makes it with the given min and max. */
    public Hardtanh(double min, double max) {
        if (!(min < max)) {
            throw new IllegalArgumentException("Hardtanh: min " + min + " must be below max " + max);
        }
        this.min = min;
        this.max = max;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.hardtanh(min, max);
    }
}
