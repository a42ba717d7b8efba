package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Located;

/** The largest element of each window of (N, C, D, H, W); what lies in the padding counts as -infinity. N may be missing. */
public final class MaxPool3d extends Windowed {
    private final long[] dilation;

    /** Makes windows of the same size along every axis, side by side. */
    public MaxPool3d(long kernel) {
        this(kernel, kernel);
    }

    /** Makes windows of the same size along every axis. */
    public MaxPool3d(long kernel, long stride) {
        this(kernel, stride, 0);
    }

    /** Makes windows of the same size along every axis, with padding on both sides. */
    public MaxPool3d(long kernel, long stride, long padding) {
        this(all(3, kernel), all(3, stride), all(3, padding), all(3, 1), false);
    }

    /**
     * Makes windows with one size for each axis.
     *
     * @param padding  at most half of the kernel
     * @param dilation the distance between neighbours in a window
     * @param ceilMode whether a last window may hang over the end
     */
    public MaxPool3d(long[] kernel, long[] stride, long[] padding, long[] dilation, boolean ceilMode) {
        super(3, kernel, stride, padding, ceilMode);
        if (dilation.length != 3) {
            throw new IllegalArgumentException("MaxPool3d: there are " + dilation.length + " dilations, expected 3");
        }
        this.dilation = dilation.clone();
    }

    /** Takes (N, C, D, H, W) to (N, C, D out, H out, W out). */
    @Override
    protected Variable compute(Variable x) {
        return x.maxPool3d(kernel, stride, padding, dilation, ceilMode);
    }

    /** Returns the output, and where each of its elements was, counted in row-major order within its channel. */
    public Located<Variable> forwardWithIndices(Variable x) {
        return x.maxPoolWithIndices(kernel, stride, padding, dilation, ceilMode);
    }
}
