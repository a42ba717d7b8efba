package org.jacobi.tensor.backend.cpu;

import java.util.Arrays;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The axes that a kernel walks over, and the strides of several operands along them: merged wherever the strides of all
 * operands allow, so that most kernels are left with one or two.
 *
 * <p>A row is what lies along the last axis. There is always at least one axis.
 */
public final class Axes {
    /** The sizes, outermost first. */
    public final long[] sizes;
    /** The strides in elements, one array an operand. */
    public final long[][] strides;

    private Axes(long[] sizes, long[][] strides) {
        this.sizes = sizes;
        this.strides = strides;
    }

    /** The axes of a shape that all operands have. */
    public static Axes of(Shape shape, Tensor... operands) {
        long[][] strides = new long[operands.length][shape.rank()];
        for (int k = 0; k < operands.length; k++) {
            for (int axis = 0; axis < shape.rank(); axis++) {
                strides[k][axis] = operands[k].stride(axis);
            }
        }
        return merged(shape.toArray(), strides);
    }

    /** Drops axes of size 1 and merges neighbours whose strides make them one; takes over the arrays. */
    public static Axes merged(long[] sizes, long[][] strides) {
        int rank = 0;
        for (int axis = 0; axis < sizes.length; axis++) {
            if (sizes[axis] == 1) {
                continue;
            }
            boolean merges = rank > 0;
            for (int k = 0; merges && k < strides.length; k++) {
                merges = strides[k][rank - 1] == sizes[axis] * strides[k][axis];
            }
            int at = merges ? rank - 1 : rank++;
            sizes[at] = merges ? sizes[at] * sizes[axis] : sizes[axis];
            for (long[] stride : strides) {
                stride[at] = stride[axis];
            }
        }
        if (rank == 0) {
            long[][] ones = new long[strides.length][1];
            for (long[] one : ones) {
                one[0] = 1;
            }
            return new Axes(new long[] {1}, ones);
        }
        for (int k = 0; k < strides.length; k++) {
            strides[k] = Arrays.copyOf(strides[k], rank);
        }
        return new Axes(Arrays.copyOf(sizes, rank), strides);
    }

    public int rank() {
        return sizes.length;
    }

    /** Returns the length of a row. */
    public long rowLength() {
        return sizes[sizes.length - 1];
    }

    /** Returns how many rows there are. */
    public long rows() {
        long rows = 1;
        for (int axis = 0; axis < sizes.length - 1; axis++) {
            rows *= sizes[axis];
        }
        return rows;
    }

    /** Returns an operand's stride along the rows. */
    public long rowStride(int operand) {
        return strides[operand][sizes.length - 1];
    }

    /** Returns how many elements after the operand's first one a row begins. */
    public long rowOffset(int operand, long row) {
        if (sizes.length == 1) {
            return 0;
        }
        long[] stride = strides[operand];
        long offset = 0;
        long left = row;
        for (int axis = sizes.length - 2; axis > 0; axis--) {
            long outer = left / sizes[axis];
            offset += (left - outer * sizes[axis]) * stride[axis];
            left = outer;
        }
        return offset + left * stride[0];
    }

    /** Returns how many elements after the operand's first one another element lies, in row-major order. */
    public long offset(int operand, long index) {
        long row = index / rowLength();
        return rowOffset(operand, row) + (index - row * rowLength()) * rowStride(operand);
    }

    /** Returns these axes without one; its entries count as a single position. */
    public Axes without(int axis) {
        Axes fewer = new Axes(sizes.clone(), strides);
        fewer.sizes[axis] = 1;
        return fewer;
    }

    /** Returns whether an operand is one element, everywhere. */
    public boolean isConstant(int operand) {
        for (long stride : strides[operand]) {
            if (stride != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether an operand's elements lie side by side in the order of the walk. */
    public boolean isDense(int operand) {
        long expected = 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            if (strides[operand][axis] != expected) {
                return false;
            }
            expected *= sizes[axis];
        }
        return true;
    }
}
