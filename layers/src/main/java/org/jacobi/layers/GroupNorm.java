package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * Group normalization (Wu and He, 2018): y = (x - mean) / √(variance + eps) weight + bias, with mean and variance those of
 * one example's groups of neighbouring channels.
 *
 * <p>Parameters, unless not affine: {@code weight} (C), 1 at the start, and {@code bias} (C), 0 at the start.
 */
public final class GroupNorm extends Layer {
    private final long numGroups;
    private final long numChannels;
    private final double eps;
    private final Param weight;
    private final Param bias;

    /** Normalizes groups with eps 1e-5 and parameters. */
    public GroupNorm(long numGroups, long numChannels) {
        this(numGroups, numChannels, 1e-5, true);
    }

    /** Normalizes groups, with parameters or without. */
    public GroupNorm(long numGroups, long numChannels, double eps, boolean affine) {
        if (numGroups < 1 || numChannels < 1 || numChannels % numGroups != 0 || !(eps >= 0)) {
            throw new IllegalArgumentException("GroupNorm: " + numChannels + " channels cannot be divided into "
                    + numGroups + " groups, or eps " + eps + " is negative");
        }
        this.numGroups = numGroups;
        this.numChannels = numChannels;
        this.eps = eps;
        weight = affine ? param("weight", Tensor.ones(numChannels)) : null;
        bias = affine ? param("bias", Tensor.zeros(numChannels)) : null;
    }

    /** Takes x (N, C, …) to the same shape. */
    @Override
    protected Variable compute(Variable x) {
        if (x.rank() < 2 || x.size(1) != numChannels) {
            throw new IllegalArgumentException(
                    "GroupNorm: made for (N, " + numChannels + ", ...), got shape " + x.shape());
        }
        return x.groupNorm(numGroups, weight, bias, eps);
    }
}
