package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.PadMode;

/** The outermost elements again and again added on all sides of images (N, C, H, W); N may be missing. */
public final class ReplicationPad2d extends Layer {
    private final long[] amounts;

    /** Adds as much on every side. */
    public ReplicationPad2d(long amount) {
        this(amount, amount, amount, amount);
    }

    /** Adds amounts; negative ones cut off. */
    public ReplicationPad2d(long left, long right, long top, long bottom) {
        amounts = new long[] {left, right, top, bottom};
    }

    @Override
    protected Variable compute(Variable x) {
        if (x.rank() != 3 && x.rank() != 4) {
            throw new IllegalArgumentException(
                    "ReplicationPad2d: expected (N, C, H, W), perhaps without N, got shape " + x.shape());
        }
        return x.pad(amounts, PadMode.REPLICATE);
    }
}
