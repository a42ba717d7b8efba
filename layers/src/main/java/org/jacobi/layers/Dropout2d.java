package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * Drops whole channels of (N, C, H, W) or (N, C, L) with probability p while training, and scales the others by 1 / (1 - p)
 * (Tompson et al., 2015). The random numbers come from the global generator.
 */
public final class Dropout2d extends ChannelDropout {
    /** Makes a layer that drops a channel with probability 0.5. */
    public Dropout2d() {
        this(0.5);
    }

    /** Makes a layer that drops a channel with probability p, at least 0 and below 1. */
    public Dropout2d(double p) {
        super(p);
    }

    @Override
    int leading(Variable x) {
        if (x.rank() != 3 && x.rank() != 4) {
            throw wrongRank(x, "(N, C, H, W) or (N, C, L)");
        }
        return 2;
    }
}
