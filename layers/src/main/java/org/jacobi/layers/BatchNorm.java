package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * Batch normalization (Ioffe and Szegedy, 2015): y = (x - mean) / √(variance + eps) weight + bias, for each channel.
 *
 * <p>While training, mean and variance are those of the batch, which are mixed into running ones; evaluation uses the latter.
 */
abstract class BatchNorm extends TrackingNorm {
    BatchNorm(long numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        super(numFeatures, eps, momentum, affine, trackRunningStats);
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
        Variable y = batchNorm(x, ofBatch);
        if (isTraining() && numBatchesTracked != null) {
            numBatchesTracked.add_(1);
        }
        return y;
    }
}
