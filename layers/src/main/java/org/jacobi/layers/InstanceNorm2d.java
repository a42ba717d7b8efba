package org.jacobi.layers;

/**
 * Instance normalization (Ulyanov, Vedaldi and Lempitsky, 2016) of (N, C, H, W): each channel of each example by itself. N may
 * be missing.
 *
 * <p>Parameters, if affine: {@code weight} (C), 1 at the start, {@code bias} (C), 0 at the start. Buffers, if statistics
 * are tracked, which evaluation then uses: {@code running_mean} (C), {@code running_var} (C), without bias, and
 * {@code num_batches_tracked}.
 */
public final class InstanceNorm2d extends InstanceNorm {
    /** Normalizes channels with eps 1e-5, without parameters and running statistics. */
    public InstanceNorm2d(long numFeatures) {
        this(numFeatures, EPS, MOMENTUM, false, false);
    }

    /**
     * Normalizes channels.
     *
     * @param momentum          the share of a new batch in the running statistics
     * @param affine            whether there are parameters
     * @param trackRunningStats whether evaluation uses running statistics
     */
    public InstanceNorm2d(long numFeatures, double eps, double momentum, boolean affine, boolean trackRunningStats) {
        super(2, "(N, C, H, W)", numFeatures, eps, momentum, affine, trackRunningStats);
    }
}
