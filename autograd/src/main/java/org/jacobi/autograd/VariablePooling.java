package org.jacobi.autograd;

import org.jacobi.autograd.ops.BatchNorm;
import org.jacobi.autograd.ops.MaxPool;
import org.jacobi.autograd.ops.Resample;
import org.jacobi.tensor.ComposedPooling;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** Pooling and interpolation, of which {@link ComposedPooling} has most, and normalization of channels. */
public sealed interface VariablePooling extends ComposedPooling<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    @Override
    default Variable resample(Taps... taps) {
        return Resample.apply(self(), taps);
    }

    @Override
    default Variable maxPool(Taps... windows) {
        return MaxPool.apply(self(), windows);
    }

    @Override
    default Located<Variable> maxPoolWithIndices(Taps... windows) {
        return MaxPool.withIndices(self(), windows);
    }

    /**
     * Returns batch normalization of (N, C, ...): (x - mean) / sqrt(variance + eps) weight + bias, for each channel.
     *
     * @param runningMean what training mixes its statistics into, and what takes their place otherwise; null for none
     * @param runningVar  the same for the variances, which running ones estimate without bias
     * @param weight      a vector (C), or null for 1
     * @param bias        a vector (C), or null for 0
     * @param training    whether the statistics are those of this batch
     * @param momentum    the share of this batch in the running statistics
     */
    default Variable batchNorm(Tensor runningMean, Tensor runningVar, Variable weight, Variable bias, boolean training,
            double momentum, double eps) {
        return BatchNorm.apply(self(), runningMean, runningVar, weight, bias, training, momentum, eps);
    }
}
