package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Batch normalization (Ioffe and Szegedy, 2015): y = (x - mean) / √(variance + eps) weight + bias, for each channel.
 *
 * <p>While training, mean and variance are those of the batch, which are mixed into running ones; evaluation uses the latter.
 * Parameters, unless not affine: {@code weight} (C), 1 at the start, {@code bias} (C), 0 at the start. Buffers, unless
 * statistics are not tracked: {@code running_mean} (C), {@code running_var} (C) and {@code num_batches_tracked}.
 */
abstract class BatchNorm extends Layer {
    static final double EPS = 1e-5;
    static final double MOMENTUM = 0.1;

    private final long numFeatures;
    private final double eps;
    private final double momentum;
    private final Param weight;
    private final Param bias;
    private final Tensor runningMean;
    private final Tensor runningVar;
    private final Tensor numBatchesTracked;

    BatchNorm(long numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
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

    /** Checks the rank of x. */
    abstract void checkRank(Variable x);

    final IllegalArgumentException wrongRank(Variable x, String expected) {
        return new IllegalArgumentException(
                getClass().getSimpleName() + ": expected " + expected + ", got shape " + x.shape());
    }

    /** Takes x (N, C, …) to the same shape. */
    @Override
    protected final Variable compute(Variable x) {
        checkRank(x);
        if (x.size(1) != numFeatures) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": made for " + numFeatures
                    + " channels, got x of shape " + x.shape() + ", whose axis 1 has " + x.size(1));
        }
        boolean ofBatch = isTraining() || runningMean == null;
        Variable y = x.batchNorm(runningMean, runningVar, weight, bias, ofBatch, momentum, eps);
        if (isTraining() && numBatchesTracked != null) {
            numBatchesTracked.add_(1);
        }
        return y;
    }
}
