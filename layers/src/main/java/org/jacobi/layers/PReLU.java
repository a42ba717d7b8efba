package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * x where it is positive, else x times a learned slope (He et al., 2015).
 *
 * <p>Parameter: {@code weight}, one number, or one for each channel (axis 1); 0.25 at the start.
 */
public final class PReLU extends Layer {
    private final Param weight;

    /** Learns one slope. */
    public PReLU() {
        this(1);
    }

    /** Learns one slope, or one for each channel. */
    public PReLU(long numParameters) {
        this(numParameters, 0.25);
    }

    /** Learns slopes that start at the given number. */
    public PReLU(long numParameters, double init) {
        if (numParameters < 1) {
            throw new IllegalArgumentException("PReLU: " + numParameters + " parameters, expected at least 1");
        }
        weight = param("weight", Tensor.full(init, DType.F32, numParameters));
    }

    /** Returns the slopes. */
    public Param weight() {
        return weight;
    }

    @Override
    protected Variable compute(Variable x) {
        return x.prelu(weight);
    }
}
