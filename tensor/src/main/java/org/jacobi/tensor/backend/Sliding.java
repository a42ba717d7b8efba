package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;

/**
 * How a kernel slides over the spatial axes of its input: along each axis, place p of the kernel at output position o meets the
 * input's element o stride - padding + p dilation, or a zero if there is none.
 *
 * @param stride   for each spatial axis, from one output position to the next; 1 or more
 * @param padding  how many zeros lie before the input; after it there are as many as the output's size asks for
 * @param dilation from one place of the kernel to the next; 1 or more
 */
public record Sliding(long[] stride, long[] padding, long[] dilation) {
    /** Returns the number of spatial axes. */
    public int axes() {
        return stride.length;
    }

    /** Returns the first output position along an axis at which a place of the kernel meets an element of the input. */
    public long first(int axis, long place) {
        return Math.max(0, Math.ceilDiv(padding[axis] - place * dilation[axis], stride[axis]));
    }

    /** Returns the output position after the last at which a place of the kernel meets one of size elements. */
    public long end(int axis, long place, long size, long outputs) {
        return Math.min(outputs, Math.floorDiv(size - 1 + padding[axis] - place * dilation[axis], stride[axis]) + 1);
    }

    /** Returns the element of the input that a place of the kernel meets at an output position; it may lie outside. */
    public long source(int axis, long place, long output) {
        return output * stride[axis] - padding[axis] + place * dilation[axis];
    }

    /**
     * Returns views of the input (N, C, ...) and the output (N, K, ...), of equal spatial sizes, whose elements meet at one
     * place of the kernel; null if none do.
     */
    Meeting meet(Tensor x, Tensor out, long[] place) {
        if (x.numel() == 0 || out.numel() == 0) {
            return null;
        }
        Tensor inputs = x;
        Tensor outputs = out;
        for (int i = 0; i < axes(); i++) {
            long first = first(i, place[i]);
            long end = end(i, place[i], x.size(2 + i), out.size(2 + i));
            if (first >= end) {
                return null;
            }
            inputs = inputs.slice(2 + i, source(i, place[i], first), source(i, place[i], end - 1) + 1, stride[i]);
            outputs = outputs.narrow(2 + i, first, end - first);
        }
        return new Meeting(inputs, outputs);
    }

    /** Elements of an input and of an output that meet at one place of the kernel. */
    record Meeting(Tensor inputs, Tensor outputs) {
    }
}
