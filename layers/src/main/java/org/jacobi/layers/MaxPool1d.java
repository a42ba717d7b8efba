package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Located;

/** The largest element of each window of (N, C, L); what lies in the padding counts as -infinity. N may be missing. */
public final class MaxPool1d extends Windowed {
    private final long[] dilation;

    /** Makes windows of the same size along every axis, side by side. */
    public MaxPool1d(long kernel) {
        this(kernel, kernel);
    }

    /** Makes windows of the same size along every axis. */
    public MaxPool1d(long kernel, long stride) {
        this(kernel, stride, 0);
    }

    /** Makes windows of the same size along every axis, with padding on both sides. */
    public MaxPool1d(long kernel, long stride, long padding) {
        this(all(1, kernel), all(1, stride), all(1, padding), all(1, 1), false);
    }

    /**
     * Makes windows with one size for each axis.
     *
     * @param padding  at most half of the kernel
     * @param dilation the distance between neighbours in a window
     * @param ceilMode whether a last window may hang over the end
     */
    public MaxPool1d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
        super(1, kernel, stride, padding, ceilMode);
        if (dilation.length != 1) {
            throw new IllegalArgumentException("MaxPool1d: there are " + dilation.length + " dilations, expected 1");
        }
        this.dilation = dilation.clone();
    }

    /** Takes (N, C, L) to (N, C, L out). */
    @Override
    protected Variable compute(Variable x) {
        return x.maxPool1d(kernel[0], stride[0], padding[0], dilation[0], ceilMode);
    }

    /** Returns the output, and where each of its elements was, counted in row-major order within its channel. */
    public Located<Variable> forwardWithIndices(Variable x) {
        return x.maxPoolWithIndices(kernel, stride, padding, dilation, ceilMode);
    }
}
