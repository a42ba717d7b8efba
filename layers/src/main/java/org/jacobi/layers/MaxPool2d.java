package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Located;

/** The largest element of each window of (N, C, H, W); what lies in the padding counts as -infinity. N may be missing. */
public final class MaxPool2d extends Windowed {
    private final long[] dilation;

    /** Makes windows of the same size along every axis, side by side. */
    public MaxPool2d(long kernel) {
        this(kernel, kernel);
    }

    /** Makes windows of the same size along every axis. */
    public MaxPool2d(long kernel, long stride) {
        this(kernel, stride, 0);
    }

    /** Makes windows of the same size along every axis, with padding on both sides. */
    public MaxPool2d(long kernel, long stride, long padding) {
        this(all(2, kernel), all(2, stride), all(2, padding), all(2, 1), false);
    }

    /**
     * Makes windows with one size for each axis.
     *
     * @param padding  at most half of the kernel
     * @param dilation the distance between neighbours in a window
     * @param ceilMode whether a last window may hang over the end
     */
    public MaxPool2d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
        super(2, kernel, stride, padding, ceilMode);
        if (dilation.length != 2) {
            throw new IllegalArgumentException("MaxPool2d: there are " + dilation.length + " dilations, expected 2");
        }
        this.dilation = dilation.clone();
    }

    /** Takes (N, C, H, W) to (N, C, H out, W out). */
    @Override
    protected Variable compute(Variable x) {
        return x.maxPool2d(kernel, stride, padding, dilation, ceilMode);
    }

    /** Returns the output, and where each of its elements was, counted in row-major order within its channel. */
    public Located<Variable> forwardWithIndices(Variable x) {
        return x.maxPoolWithIndices(kernel, stride, padding, dilation, ceilMode);
    }
}
