package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.PadMode;

/** The elements mirrored at the last one, which is not repeated, added on both sides of the last axis (N, C, L); N may be missing. */
public final class ReflectionPad1d extends Layer {
    private final long[] amounts;

    /** Adds as much on both sides. */
    public ReflectionPad1d(long amount) {
        this(amount, amount);
    }

    /** Adds amounts; negative ones cut off. */
    public ReflectionPad1d(long left, long right) {
        amounts = new long[] {left, right};
    }

    @Override
    protected Variable compute(Variable x) {
        if (x.rank() != 2 && x.rank() != 3) {
            throw new IllegalArgumentException(
                    "ReflectionPad1d: expected (N, C, L), perhaps without N, got shape " + x.shape());
        }
        return x.pad(amounts, PadMode.REFLECT);
    }
}
