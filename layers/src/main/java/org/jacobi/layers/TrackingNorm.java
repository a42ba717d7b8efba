package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * What normalizations of channels have that may keep running statistics: PyTorch's _NormBase.
 *
 * <p>Parameters, if affine: {@code weight} (C), 1 at the start, {@code bias} (C), 0 at the start. Buffers, if statistics are tracked:
 * {@code running_mean} (C), {@code running_var} (C) and {@code num_batches_tracked}.
 */
abstract class TrackingNorm extends Layer {
    static final double EPS = 1e-5;
    static final double MOMENTUM = 0.1;

    final long numFeatures;
    final double eps;
    final double momentum;
    /** Null if statistics are not tracked, as the two others. */
    final Tensor runningMean;
    final Tensor runningVar;
    final Tensor numBatchesTracked;
    private final Param weight;
    private final Param bias;

    TrackingNorm(long numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        if (numFeatures < 1 || !(eps >= 0) || !(momentum >= 0 && momentum <= 1)) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": " + numFeatures
                    + " features must be at least 1, eps " + eps + " not negative, and momentum " + momentum
                    + " from 0 to 1");
        }
        this.numFeatures = numFeatures;
        this.eps = eps;
        this.momentum = momentum;
        weight = affine ? param("weight", Tensor.ones(numFeatures)) : null;
        bias = affine ? param("bias", Tensor.zeros(numFeatures)) : null;
        runningMean = trackRunningStats ? buffer("running_mean", Tensor.zeros(numFeatures)) : null;
        runningVar = trackRunningStats ? buffer("running_var", Tensor.ones(numFeatures)) : null;
        numBatchesTracked =
                trackRunningStats ? buffer("num_batches_tracked", Tensor.zeros(DType.I64)) : null;
    }

    /** Returns the factor of each channel, or null. */
    public final Param weight() {
        return weight;
    }

    /** Returns what is added to each channel, or null. */
    public final Param bias() {
        return bias;
    }

    /** Normalizes x (N, C, …) by the statistics of the batch, which it mixes into the running ones, or by the latter. */
    final Variable batchNorm(Variable x, boolean ofBatch) {
        return x.batchNorm(runningMean, runningVar, weight, bias, ofBatch, momentum, eps);
    }
}
