package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * Root mean square normalization (Zhang and Sennrich, 2019) over the last axis: y = x / √(mean(x²) + eps) weight.
 *
 * <p>Parameter: {@code weight} (size), 1 at the start.
 */
public final class RMSNorm extends Layer {
    private final double eps;
    private final Param weight;

    /**
     * Normalizes over the last axis, of the given size, with PyTorch's eps: the gap between 1 and the next larger
     * float.
     */
    public RMSNorm(long size) {
        this(size, Math.ulp(1f));
    }

    /** Normalizes over the last axis, of the given size. */
    public RMSNorm(long size, double eps) {
        if (size < 1 || !(eps >= 0)) {
            throw new IllegalArgumentException(
                    "RMSNorm: size " + size + " must be at least 1 and eps " + eps + " must not be negative");
        }
        this.eps = eps;
        weight = param("weight", Tensor.ones(size));
    }

    /** Returns the factor of each element. */
    public Param weight() {
        return weight;
    }

    /** Takes x (…, size) to the same shape. */
    @Override
    protected Variable compute(Variable x) {
        return x.rmsNorm(weight, eps);
    }
}
