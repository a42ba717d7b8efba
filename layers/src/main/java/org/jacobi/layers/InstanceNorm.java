package org.jacobi.layers;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.VarMean;

/**
 * Instance normalization of (N, C, …) or (C, …), for any number of axes: each channel of each example by itself. PyTorch's
 * num_batches_tracked, too, is there and stays 0.
 */
abstract class InstanceNorm extends TrackingNorm {
    private final int axes;
    private final String layout;

    InstanceNorm(int axes, String layout, long numFeatures, double eps, double momentum, boolean affine,
            boolean trackRunningStats) {
        super(numFeatures, eps, momentum, affine, trackRunningStats);
        this.axes = axes;
        this.layout = layout;
    }

    /** Takes x (N, C, …) or (C, …) to the same shape. */
    @Override
    protected final Variable compute(Variable x) {
        int channels = x.rank() - axes - 1;
        if (channels < 0 || channels > 1 || x.size(channels) != numFeatures) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": expected " + layout
                    + ", perhaps without N, and " + numFeatures + " channels, got shape " + x.shape());
        }
        return channels == 1 ? normalized(x) : normalized(x.unsqueeze(0)).squeeze(0);
    }

    private Variable normalized(Variable x) {
        if (!isTraining() && runningMean != null) {
            return batchNorm(x, false);
        }
        Variable rows = x.reshape(x.size(0), numFeatures, x.numel() / Math.max(1, x.size(0) * numFeatures));
        if (rows.size(2) <= 1) {
            throw new IllegalArgumentException(getClass().getSimpleName()
                    + ": expected more than 1 value for each channel of each example, got shape " + x.shape());
        }
        if (runningMean != null) {
            track(rows);
        }
        return x.groupNorm(numFeatures, weight(), bias(), eps);
    }

    /** Mixes the average over the examples of mean and variance, without bias, into the running ones. */
    private void track(Variable rows) {
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            VarMean<Tensor> statistics = rows.value().varMean(1, false, 2);
            runningMean.lerp_(statistics.mean().mean(0).to(runningMean.dtype()), momentum);
            runningVar.lerp_(statistics.var().mean(0).to(runningVar.dtype()), momentum);
        }
    }
}
