package org.jacobi.tests;

import org.jacobi.tensor.Tensor;

/** How the elements of an operand lie in memory; its numbers are the same in every layout but {@link #BROADCAST}. */
enum Layout {
    /** Row-major, without gaps. */
    CONTIGUOUS,
    /** Stored with the axes in reverse order. */
    TRANSPOSED,
    /** The first axis is one slice, repeated with stride 0. */
    BROADCAST,
    /** Every second element of rows that are longer, from the second on. */
    SLICED;

    /** Returns the shape that is stored for an operand of the given shape. */
    long[] stored(long[] shape) {
        long[] sizes = shape.clone();
        if (shape.length == 0) {
            return sizes;
        }
        switch (this) {
            case TRANSPOSED -> {
                for (int i = 0; i < shape.length; i++) {
                    sizes[i] = shape[shape.length - 1 - i];
                }
            }
            case BROADCAST -> sizes[0] = Math.min(1, shape[0]);
            case SLICED -> sizes[shape.length - 1] = 2 * shape[shape.length - 1] + 1;
            case CONTIGUOUS -> {
            }
        }
        return sizes;
    }

    /** Returns the operand as a view of what is stored. */
    Tensor view(Tensor stored, long[] shape) {
        int rank = shape.length;
        if (rank == 0) {
            return stored;
        }
        return switch (this) {
            case CONTIGUOUS -> stored;
            case TRANSPOSED -> {
                int[] order = new int[rank];
                for (int i = 0; i < rank; i++) {
                    order[i] = rank - 1 - i;
                }
                yield stored.permute(order);
            }
            case BROADCAST -> stored.expand(shape);
            case SLICED -> stored.slice(-1, 1, 2 * shape[rank - 1] + 1, 2);
        };
    }

    /** Returns where in the stored row-major order the element lies that is the given one in the operand's. */
    int position(int element, long[] shape) {
        long[] sizes = stored(shape);
        long[] strides = new long[shape.length];
        long stride = 1;
        for (int i = shape.length - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= sizes[i];
        }
        long at = 0;
        long rest = element;
        for (int i = shape.length - 1; i >= 0; i--) {
            long index = rest % shape[i];
            rest /= shape[i];
            at += switch (this) {
                case CONTIGUOUS -> index * strides[i];
                case TRANSPOSED -> index * strides[shape.length - 1 - i];
                case BROADCAST -> i == 0 ? 0 : index * strides[i];
                case SLICED -> (i == shape.length - 1 ? 2 * index + 1 : index) * strides[i];
            };
        }
        return (int) at;
    }
}
