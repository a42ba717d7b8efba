package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * Batch normalization (Ioffe and Szegedy, 2015) of (N, C, H, W): y = (x - mean) / √(variance + eps) weight + bias, for each
 * channel, with the statistics of the batch while training, which must have more than 1 value a channel, and running ones in
 * evaluation.
 *
 * <p>Parameters, unless not affine: {@code weight} (C), 1 at the start, {@code bias} (C), 0 at the start. Buffers, unless
 * statistics are not tracked: {@code running_mean} (C), {@code running_var} (C), without bias, and
 * {@code num_batches_tracked}.
 */
public final class BatchNorm2d extends BatchNorm {
    /** Normalizes channels with eps 1e-5, momentum 0.1, parameters, and running statistics. */
    public BatchNorm2d(long numFeatures) {
        this(numFeatures, EPS, MOMENTUM, true, true);
    }

    /**
     * Normalizes channels.
     *
     * @param momentum          the share of a new batch in the running statistics
     * @param affine            whether there are parameters
     * @param trackRunningStats whether there are running statistics; else evaluation uses those of the batch, too
     */
    public BatchNorm2d(long numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        super(numFeatures, eps, momentum, affine, trackRunningStats);
    }

    @Override
    void checkRank(Variable x) {
        if (x.rank() != 4) {
            throw wrongRank(x, "(N, C, H, W)");
        }
    }
}
