package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/**
 * Drops whole channels of (N, C, D, H, W) or (C, D, H, W) with probability p while training, and scales the others by 1 / (1 - p)
 * (Tompson et al., 2015). The random numbers come from the global generator.
 */
public final class Dropout3d extends ChannelDropout {
    /** Makes a layer that drops a channel with probability 0.5. */
    public Dropout3d() {
        this(0.5);
    }

    /** Makes a layer that drops a channel with probability p, at least 0 and below 1. */
    public Dropout3d(double p) {
        super(p);
    }

    @Override
    int leading(Variable x) {
        if (x.rank() != 4 && x.rank() != 5) {
            throw wrongRank(x, "(N, C, D, H, W) or (C, D, H, W)");
        }
        return x.rank() - 3;
    }
}
