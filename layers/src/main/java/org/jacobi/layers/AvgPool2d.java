package org.jacobi.layers;

import org.jacobi.autograd.Variable;

/** The average of each window of (N, C, H, W); N may be missing. */
public final class AvgPool2d extends Windowed {
    private final boolean countIncludePad;

    /** Makes windows of the same size along every axis, side by side. */
    public AvgPool2d(long kernel) {
        this(kernel, kernel);
    }

    /** Makes windows of the same size along every axis. */
    public AvgPool2d(long kernel, long stride) {
        this(kernel, stride, 0);
    }

    /** Makes windows of the same size along every axis, with zeros as padding on both sides. */
    public AvgPool2d(long kernel, long stride, long padding) {
        this(all(2, kernel), all(2, stride), all(2, padding), false, true);
    }

    /**
     * Makes windows with one size for each axis.
     *
     * @param padding         at most half of the kernel
     * @param ceilMode        whether a last window may hang over the end
     * @param countIncludePad whether padding counts as zeros; else the average is that of what lies on the input
     */
    public AvgPool2d(long[] kernel, long[] stride, long[] padding, boolean ceilMode, boolean countIncludePad) {
        super(2, kernel, stride, padding, ceilMode);
        this.countIncludePad = countIncludePad;
    }

    /** Takes (N, C, H, W) to (N, C, H out, W out). */
    @Override
    protected Variable compute(Variable x) {
        return x.avgPool2d(kernel, stride, padding, ceilMode, countIncludePad);
    }
}
