package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.Cast;
import org.jacobi.autograd.ops.Contiguous;
import org.jacobi.autograd.ops.Expand;
import org.jacobi.autograd.ops.Permute;
import org.jacobi.autograd.ops.Reshape;
import org.jacobi.autograd.ops.Slice;
import org.jacobi.autograd.ops.Split;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;

/** The differentiable ops that give the same elements another shape, order or type, or pick a range of them. */
public sealed interface VariableShapes permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the same elements in another shape; one size may be -1. */
    default Variable reshape(long... sizes) {
        return Reshape.apply(self(), sizes);
    }

    /** Returns the axes from start to end (inclusive) merged into one. */
    default Variable flatten(int start, int end) {
        return reshape(self().shape().flattened(start, end).toArray());
    }

    /** Returns the axes in another order. */
    default Variable permute(int... axes) {
        return Permute.apply(self(), axes);
    }

    /** Returns two axes exchanged. */
    default Variable transpose(int a, int b) {
        return permute(self().shape().swapped(a, b));
    }

    /** Returns the transpose of a matrix. */
    default Variable t() {
        if (self().rank() != 2) {
            throw new IllegalArgumentException(
                    "t: needs a matrix, got shape " + self().shape() + "; use transpose(a, b)");
        }
        return transpose(0, 1);
    }

    /** Returns this with a new axis of size 1 before the given position. */
    default Variable unsqueeze(int axis) {
        return reshape(self().shape().unsqueezed(axis).toArray());
    }

    /** Returns this without an axis of size 1. */
    default Variable squeeze(int axis) {
        int at = self().shape().axis("squeeze", axis);
        if (self().size(at) != 1) {
            throw new IllegalArgumentException(
                    "squeeze: axis " + axis + " of shape " + self().shape() + " has size " + self().size(at)
                            + ", not 1");
        }
        return reshape(self().shape().without(at).toArray());
    }

    /** Returns this with axes of size 1 repeated; -1 leaves a size as it is. */
    default Variable expand(long... sizes) {
        return expandTo(self().shape().expandedTo(sizes));
    }

    /** Returns this with axes of size 1 repeated to fill a shape. */
    default Variable expandTo(Shape shape) {
        return Expand.apply(self(), shape);
    }

    /** Returns the sum over the axes along which this shape was broadcast from another: the reverse of expandTo. */
    default Variable sumTo(Shape target) {
        if (target.equals(self().shape())) {
            return self();
        }
        int extra = self().rank() - target.rank();
        int[] axes = new int[self().rank()];
        int count = 0;
        for (int i = 0; i < self().rank(); i++) {
            if (i < extra || target.size(i - extra) == 1 && self().size(i) != 1) {
                axes[count++] = i;
            }
        }
        Variable summed = count == 0 ? self() : self().sum(true, Arrays.copyOf(axes, count));
        return summed.reshape(target.toArray());
    }

    /** Returns length elements of an axis, from start on. */
    default Variable narrow(int axis, long start, long length) {
        int at = self().shape().axis("narrow", axis);
        if (start < 0 || length < 0 || start + length > self().size(at)) {
            throw new IllegalArgumentException("narrow: elements " + start + " to " + (start + length)
                    + " do not lie in axis " + axis + " of shape " + self().shape());
        }
        return Slice.apply(self(), at, start, start + length, 1);
    }

    /** Returns every step-th element of an axis, from start to end (exclusive); negative ones count back. */
    default Variable slice(int axis, long start, long end, long step) {
        return Slice.apply(self(), axis, start, end, step);
    }

    /** Returns one position of an axis, without that axis; negative positions count from the end. */
    default Variable select(int axis, long position) {
        int at = self().shape().axis("select", axis);
        long index = position < 0 ? position + self().size(at) : position;
        if (index < 0 || index >= self().size(at)) {
            throw new IllegalArgumentException(
                    "select: position " + position + " is out of range for axis " + axis + " of shape "
                            + self().shape());
        }
        return narrow(at, index, 1).squeeze(at);
    }

    /** Returns consecutive pieces of an axis, of the given lengths. */
    default Variable[] split(int axis, long... lengths) {
        return Split.apply(self(), axis, lengths);
    }

    /** Returns pieces of the given size along an axis; the last may be smaller. */
    default Variable[] split(int axis, long size) {
        return Split.apply(self(), axis, Batch.value(self()).splitLengths(Batch.axis(self(), axis), size));
    }

    /** Returns this in another type; conversion to an integer type ends the gradient. */
    default Variable to(DType type) {
        return Cast.apply(self(), type);
    }

    /** Returns a contiguous copy if this is not contiguous already. */
    default Variable contiguous() {
        return Batch.value(self()).isContiguous() ? self() : Contiguous.apply(self());
    }
}
