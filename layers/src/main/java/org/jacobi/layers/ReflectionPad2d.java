package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.PadMode;

/** The elements mirrored at the outermost ones, which are not repeated, added on all sides of images (N, C, H, W); N may be missing. */
public final class ReflectionPad2d extends Layer {
    private final long[] amounts;

    /** Adds as much on every side. */
    public ReflectionPad2d(long amount) {
        this(amount, amount, amount, amount);
    }

    /** Adds amounts; negative ones cut off. */
    public ReflectionPad2d(long left, long right, long top, long bottom) {
        amounts = new long[] {left, right, top, bottom};
    }

    @Override
    protected Variable compute(Variable x) {
        if (x.rank() != 3 && x.rank() != 4) {
            throw new IllegalArgumentException(
                    "ReflectionPad2d: expected (N, C, H, W), perhaps without N, got shape " + x.shape());
        }
        return x.pad(amounts, PadMode.REFLECT);
    }
}
