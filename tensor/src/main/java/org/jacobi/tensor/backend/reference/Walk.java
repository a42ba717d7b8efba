package org.jacobi.tensor.backend.reference;

import java.util.Arrays;

import org.jacobi.tensor.Tensor;

/**
 * Visits the positions of a shape in row-major order, a row at a time, and tells every operand's address there.
 *
 * <p>It turns like an odometer: the next row is reached by adding strides, without a division. Neighbouring axes that
 * are regular in every operand are merged first, so that contiguous operands make one single row.
 *
 * <pre>{@code
 * Walk walk = new Walk(shape, stridesOfOut, stridesOfX);
 * for (boolean row = walk.start(out, x); row; row = walk.next()) {
 *     // walk.length() elements, walk.step(k) bytes apart, from walk.address(k) on
 * }
 * }</pre>
 */
final class Walk {
    /** The merged axes, outermost first; the last one is the row. */
    private final long[] sizes;
    /** Bytes between neighbours, by operand and axis. */
    private final long[][] strides;
    private final long[] position;
    private final long[] addresses;

    /**
     * @param sizes   the shape to visit
     * @param strides for every operand the bytes between neighbours along each axis
     */
    Walk(long[] sizes, long[]... strides) {
        this.sizes = new long[Math.max(1, sizes.length)];
        this.strides = new long[strides.length][this.sizes.length];
        Arrays.fill(this.sizes, 1);
        // Merge from the last axis on, filling up from the end; what stays free in front are axes of size 1.
        int at = this.sizes.length - 1;
        for (int axis = sizes.length - 1; axis >= 0; axis--) {
            if (sizes[axis] == 1) {
                continue;
            }
            if (this.sizes[at] != 1 && !continues(at, strides, axis)) {
                at--;
            }
            if (this.sizes[at] == 1) {
                for (int k = 0; k < strides.length; k++) {
                    this.strides[k][at] = strides[k][axis];
                }
            }
            this.sizes[at] *= sizes[axis];
        }
        position = new long[this.sizes.length];
        addresses = new long[strides.length];
    }

    /** Tells whether an outer axis goes on, in every operand, where the merged axis ends. */
    private boolean continues(int at, long[][] outer, int axis) {
        for (int k = 0; k < outer.length; k++) {
            if (outer[k][axis] != strides[k][at] * sizes[at]) {
                return false;
            }
        }
        return true;
    }

    /** Returns a tensor's strides in bytes. */
    static long[] strides(Tensor tensor) {
        long[] strides = new long[tensor.rank()];
        for (int axis = 0; axis < strides.length; axis++) {
            strides[axis] = tensor.stride(axis) * tensor.dtype().bytes();
        }
        return strides;
    }

    /** Goes to the first row, with the operands' first elements at the given addresses; false if there is none. */
    boolean start(long... first) {
        System.arraycopy(first, 0, addresses, 0, addresses.length);
        Arrays.fill(position, 0);
        for (long size : sizes) {
            if (size == 0) {
                return false;
            }
        }
        return true;
    }

    /** Goes to the next row; false if that was the last. */
    boolean next() {
        for (int axis = sizes.length - 2; axis >= 0; axis--) {
            boolean carry = ++position[axis] == sizes[axis];
            long by = carry ? 1 - sizes[axis] : 1;
            for (int k = 0; k < addresses.length; k++) {
                addresses[k] += by * strides[k][axis];
            }
            if (!carry) {
                return true;
            }
            position[axis] = 0;
        }
        return false;
    }

    /** Returns how many elements a row has. */
    long length() {
        return sizes[sizes.length - 1];
    }

    /** Returns an operand's address of the row's first element. */
    long address(int operand) {
        return addresses[operand];
    }

    /** Returns the bytes between an operand's neighbours in a row. */
    long step(int operand) {
        return strides[operand][sizes.length - 1];
    }
}
