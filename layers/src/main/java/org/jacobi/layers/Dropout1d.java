package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * Drops whole channels of (N, C, L) or (C, L) with probability p while training, and scales the others by 1 / (1 - p)
 * (Tompson et al., 2015). The random numbers come from the global generator.
 */
public final class Dropout1d extends ChannelDropout {
    /** Makes a layer that drops a channel with probability 0.5. */
    public Dropout1d() {
        this(0.5);
    }

    /** Makes a layer that drops a channel with probability p, at least 0 and below 1. */
    public Dropout1d(double p) {
        super(p);
    }

    @Override
    int leading(Variable x) {
        if (x.rank() != 2 && x.rank() != 3) {
            throw wrongRank(x, "(N, C, L) or (C, L)");
        }
        return x.rank() - 1;
    }
}
