package org.jacobi.autograd;

import org.jacobi.autograd.ops.Elementary;
import org.jacobi.tensor.Tensor;

/** Training for quantization: the forward rounds, the backward lets the gradient pass where nothing was cut off. */
public sealed interface VariableQuantization permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /**
     * Returns these numbers as they would come back from quantization; the gradient passes straight through (Bengio, Leonard
     * and Courville, 2013), but where lowest or highest cut off.
     */
    default Variable fakeQuantize(double scale, long zeroPoint, long lowest, long highest) {
        return Elementary.ofInput("fakeQuantize", self(), x -> x.fakeQuantize(scale, zeroPoint, lowest, highest),
                x -> kept(x, Batch.value(x).fakeQuantize(scale, zeroPoint, below(lowest), above(highest)),
                        Batch.value(x).fakeQuantize(scale, zeroPoint, lowest, highest)));
    }

    /** Returns {@link #fakeQuantize(double, long, long, long)} with a scale for each position along an axis. */
    default Variable fakeQuantize(Tensor scales, Tensor zeroPoints, int axis, long lowest, long highest) {
        int at = Batch.axis(self(), axis);
        return Elementary.ofInput("fakeQuantize", self(),
                x -> x.fakeQuantize(scales, zeroPoints, at, lowest, highest),
                x -> kept(x, Batch.value(x).fakeQuantize(scales, zeroPoints, at, below(lowest), above(highest)),
                        Batch.value(x).fakeQuantize(scales, zeroPoints, at, lowest, highest)));
    }

    private static long below(long lowest) {
        return lowest == Long.MIN_VALUE ? lowest : lowest - 1;
    }

    private static long above(long highest) {
        return highest == Long.MAX_VALUE ? highest : highest + 1;
    }

    /** Returns where a range that is one step wider at both ends gives the same: there nothing was cut off. */
    private static Variable kept(Variable x, Tensor wider, Tensor quantized) {
        return Batch.constant(wider.eq(quantized), x);
    }
}
