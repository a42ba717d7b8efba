package org.jacobi.layers;

import java.util.Arrays;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** Drops whole channels: neighbours in one are so alike that dropping some of them would drop nothing (Tompson et al., 2015). */
abstract class ChannelDropout extends Layer {
    private final double p;

    ChannelDropout(double p) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException(
                    getClass().getSimpleName() + ": p is " + p + "; it must be at least 0 and below 1");
        }
        this.p = p;
    }

    /** Returns how many leading axes number the channels of x, or throws if there are none. */
    abstract int leading(Variable x);

    final IllegalArgumentException wrongRank(Variable x, String expected) {
        return new IllegalArgumentException(
                getClass().getSimpleName() + ": expected " + expected + ", got shape " + x.shape());
    }

    @Override
    protected final Variable compute(Variable x) {
        int leading = leading(x);
        if (!isTraining() || p == 0) {
            return x;
        }
        long[] channels = x.shape().toArray();
        Arrays.fill(channels, leading, channels.length, 1);
        return x.mul(Variable.constant(Tensor.ones(x.device(), x.dtype(), channels)).dropout(p, Generator.global()));
    }
}
