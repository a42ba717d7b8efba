package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.Cast;
import org.jacobi.autograd.ops.Contiguous;
import org.jacobi.autograd.ops.Diagonal;
import org.jacobi.autograd.ops.Expand;
import org.jacobi.autograd.ops.Flip;
import org.jacobi.autograd.ops.Move;
import org.jacobi.autograd.ops.Pad;
import org.jacobi.autograd.ops.Permute;
import org.jacobi.autograd.ops.PlaceDiagonal;
import org.jacobi.autograd.ops.Reshape;
import org.jacobi.autograd.ops.Roll;
import org.jacobi.autograd.ops.Slice;
import org.jacobi.autograd.ops.Split;
import org.jacobi.autograd.ops.Triangle;
import org.jacobi.autograd.ops.Unfold;
import org.jacobi.tensor.ComposedShapes;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;

/**
 * The differentiable ops that give the same elements another shape, order or type, pick a range of them, or put them on
 * diagonals and between zeros. {@link ComposedShapes} has those that are composed of these.
 */
public sealed interface VariableShapes extends ComposedShapes<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    // ---- the same elements -----------------------------------------------------------------------------------------

    @Override
    default Variable reshape(long... sizes) {
        return Reshape.apply(self(), sizes);
    }

    @Override
    default Variable permute(int... axes) {
        return Permute.apply(self(), axes);
    }

    /** Returns this with a new axis of size 1 before the given position. */
    default Variable unsqueeze(int axis) {
        return reshape(shape().unsqueezed(axis).toArray());
    }

    /** Returns this without those of the given axes that have size 1; of all axes if none is given. */
    default Variable squeeze(int... axes) {
        return reshape(shape().squeezed(axes).toArray());
    }

    @Override
    default Variable expandTo(Shape shape) {
        return Expand.apply(self(), shape);
    }

    /** Returns the sum over the axes along which this shape was broadcast from another: the reverse of expandTo. */
    default Variable sumTo(Shape target) {
        if (target.equals(shape())) {
            return self();
        }
        target.requireExpands("sumTo", shape());
        int extra = rank() - target.rank();
        int[] axes = new int[rank()];
        int count = 0;
        for (int i = 0; i < rank(); i++) {
            if (i < extra || target.size(i - extra) == 1 && size(i) != 1) {
                axes[count++] = i;
            }
        }
        Variable summed = count == 0 ? self() : self().sum(true, Arrays.copyOf(axes, count));
        return summed.reshape(target.toArray());
    }

    @Override
    default Variable flip(int... axes) {
        return Flip.apply(self(), axes);
    }

    @Override
    default Variable roll(long[] shifts, int[] axes) {
        return Roll.apply(self(), shifts, axes);
    }

    /** Returns this in another type; conversion to an integer type ends the gradient. */
    default Variable to(DType type) {
        return Cast.apply(self(), type);
    }

    /** Returns this on another device; the gradient comes back to this one's. */
    default Variable to(Device device) {
        return Move.apply(self(), device);
    }

    /** Returns a contiguous copy if this is not contiguous already. */
    default Variable contiguous() {
        return Batch.value(self()).isContiguous() ? self() : Contiguous.apply(self());
    }

    // ---- some of them ----------------------------------------------------------------------------------------------

    /** Returns length elements of an axis, from start on. */
    default Variable narrow(int axis, long start, long length) {
        int at = shape().axis("narrow", axis);
        if (start < 0 || length < 0 || length > size(at) - start) {
            throw new IllegalArgumentException("narrow: " + length + " elements from " + start
                    + " on do not lie in axis " + axis + " of shape " + shape());
        }
        return Slice.apply(self(), at, start, start + length, 1);
    }

    /** Returns every step-th element of an axis, from start to end (exclusive); negative ones count back. */
    default Variable slice(int axis, long start, long end, long step) {
        return Slice.apply(self(), axis, start, end, step);
    }

    /** Returns one position of an axis, without that axis; negative positions count from the end. */
    default Variable select(int axis, long position) {
        int at = shape().axis("select", axis);
        return narrow(at, shape().position("select", at, position), 1).squeeze(at);
    }

    @Override
    default Variable[] split(int axis, long... lengths) {
        return Split.apply(self(), axis, lengths);
    }

    /**
     * Returns all windows of a size along an axis, one every step elements: the axis counts the windows, and their elements
     * are a new last axis. Where windows overlap, gradients add up.
     */
    default Variable unfold(int axis, long size, long step) {
        return Unfold.apply(self(), axis, size, step);
    }

    // ---- diagonals and triangles, and zeros beside ------------------------------------------------------------------

    /** Returns the diagonal of a matrix. */
    default Variable diagonal() {
        return diagonal(0, 0, 1);
    }

    /**
     * Returns the diagonal of the matrices that two axes make, as a new last axis.
     *
     * @param offset how far above the main diagonal; below it when negative
     */
    @Override
    default Variable diagonal(long offset, int axis1, int axis2) {
        return Diagonal.apply(self(), offset, axis1, axis2);
    }

    /** Returns the matrix with this vector on its diagonal, or the diagonal of this matrix. */
    default Variable diag() {
        return diag(0);
    }

    /** Returns the matrix with this vector on its k-th diagonal, or the k-th diagonal of this matrix. */
    default Variable diag(long k) {
        shape().requireDiag();
        return rank() == 1 ? diagEmbedded("diag", k, 0, 1) : diagonal(k, 0, 1);
    }

    /** Returns square matrices, in two new last axes, with this variable's last axis on their diagonal. */
    default Variable diagEmbed() {
        return diagEmbed(0, -2, -1);
    }

    /**
     * Returns square matrices, in two new axes, with this variable's last axis on their diagonal, and zero elsewhere.
     *
     * @param offset how far above the main diagonal; below it when negative
     */
    default Variable diagEmbed(long offset, int axis1, int axis2) {
        return diagEmbedded("diagEmbed", offset, axis1, axis2);
    }

    private Variable diagEmbedded(String op, long offset, int axis1, int axis2) {
        return PlaceDiagonal.apply(self(), shape().diagEmbedded(op, offset, axis1, axis2), offset, axis1, axis2);
    }

    /** Returns the matrices that the last two axes hold, with zeros above the main diagonal. */
    default Variable tril() {
        return tril(0);
    }

    /** Returns the matrices that the last two axes hold, with zeros above the k-th diagonal. */
    default Variable tril(long k) {
        return Triangle.apply(self(), true, k);
    }

    /** Returns the matrices that the last two axes hold, with zeros below the main diagonal. */
    default Variable triu() {
        return triu(0);
    }

    /** Returns the matrices that the last two axes hold, with zeros below the k-th diagonal. */
    default Variable triu(long k) {
        return Triangle.apply(self(), false, k);
    }

    /**
     * Returns this with amounts added before and after its last axes, filled with a value. Negative amounts cut off.
     *
     * @param amounts before and after the last axis, before and after the one before it, and so on, as
     *                torch.nn.functional.pad takes them
     */
    @Override
    default Variable pad(long[] amounts, double value) {
        return Pad.apply(self(), amounts, value);
    }
}
