package org.jacobi.tensor;

/**
 * The ops of a tensor that show the same elements in another shape or order, as views where nothing else is said, or
 * arrange copies of them. {@link ComposedShapes} has those that are composed of these.
 */
public sealed interface TensorShapes extends ComposedShapes<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    // ---- views -----------------------------------------------------------------------------------------------------

    /** Returns another handle of the same elements. */
    default Tensor alias() {
        return self().view(self().offset(), shape(), self().strides());
    }

    /** Returns the same elements in another shape, as a view where strides allow it, else as a copy; one size may be -1. */
    @Override
    default Tensor reshape(long... sizes) {
        return Views.reshape(self(), shape().inferred("reshape", sizes));
    }

    /** Returns the same elements in another shape, always as a view. */
    default Tensor view(long... sizes) {
        return Views.view(self(), shape().inferred("view", sizes));
    }

    @Override
    default Tensor permute(int... axes) {
        return Views.permute(self(), axes);
    }

    /** Returns a view with a new axis of size 1 before the given position. */
    default Tensor unsqueeze(int axis) {
        return Views.unsqueeze(self(), axis);
    }

    /** Returns a view without those of the given axes that have size 1; of all axes if none is given. */
    default Tensor squeeze(int... axes) {
        return Views.squeeze(self(), axes);
    }

    @Override
    default Tensor expandTo(Shape target) {
        return Views.expandTo("expandTo", self(), target);
    }

    /** Returns a view of length elements along an axis, from start on. */
    default Tensor narrow(int axis, long start, long length) {
        return Views.narrow(self(), axis, start, length);
    }

    /** Returns a view of every step-th element along an axis, from start to end (exclusive); negative ones count back. */
    default Tensor slice(int axis, long start, long end, long step) {
        return Views.slice(self(), axis, start, end, step);
    }

    /** Returns a view of one position along an axis, without that axis; negative positions count from the end. */
    default Tensor select(int axis, long position) {
        return Views.select(self(), axis, position);
    }

    @Override
    default Tensor[] split(int axis, long... lengths) {
        return Views.split(self(), axis, lengths);
    }

    /** Returns a view of the diagonal of a matrix. */
    default Tensor diagonal() {
        return diagonal(0, 0, 1);
    }

    /**
     * Returns a view of the diagonal of the matrices that two axes make, as a new last axis.
     *
     * @param offset how far above the main diagonal; below it when negative
     */
    @Override
    default Tensor diagonal(long offset, int axis1, int axis2) {
        return Views.diagonal(self(), offset, axis1, axis2);
    }

    /**
     * Returns a view of all windows of a size along an axis, one every step elements: the axis counts the windows, and their
     * elements are a new last axis.
     */
    default Tensor unfold(int axis, long size, long step) {
        return Views.unfold(self(), axis, size, step);
    }

    /** Returns a view of this tensor's storage from this tensor's first element on; see {@link #asStrided(long[], long[], long)}. */
    default Tensor asStrided(long[] sizes, long[] strides) {
        return asStrided(sizes, strides, self().offset());
    }

    /**
     * Returns a view of this tensor's storage through any shape and strides; elements may show up several times.
     *
     * @param strides how many elements lie between neighbours along each axis, not negative
     * @param offset  where the first element lies in the storage
     * @throws IllegalArgumentException if an element would lie outside the storage
     */
    default Tensor asStrided(long[] sizes, long[] strides, long offset) {
        return Views.asStrided(self(), Shape.of("asStrided", sizes), strides, offset);
    }

    // ---- copies ----------------------------------------------------------------------------------------------------

    /** Returns a copy in reverse order along the given axes. */
    @Override
    default Tensor flip(int... axes) {
        return Arrangements.flip(self(), axes);
    }

    /** Returns a copy shifted along axes, the first shift along the first axis; what leaves at the end enters at the beginning. */
    @Override
    default Tensor roll(long[] shifts, int[] axes) {
        return Arrangements.roll(self(), shifts, axes);
    }

    /** Returns a copy of the matrices that the last two axes hold, with zeros above the main diagonal. */
    default Tensor tril() {
        return tril(0);
    }

    /** Returns a copy of the matrices that the last two axes hold, with zeros above the k-th diagonal. */
    default Tensor tril(long k) {
        return Arrangements.triangle("tril", true, self(), k);
    }

    /** Returns a copy of the matrices that the last two axes hold, with zeros below the main diagonal. */
    default Tensor triu() {
        return triu(0);
    }

    /** Returns a copy of the matrices that the last two axes hold, with zeros below the k-th diagonal. */
    default Tensor triu(long k) {
        return Arrangements.triangle("triu", false, self(), k);
    }

    /** Returns the matrix with this vector on its k-th diagonal, or a copy of the k-th diagonal of this matrix. */
    default Tensor diag(long k) {
        shape().requireDiag();
        return rank() == 1 ? Arrangements.diagEmbed("diag", self(), k, 0, 1) : diagonal(k, 0, 1).copy();
    }

    /** Returns the matrix with this vector on its diagonal, or a copy of the diagonal of this matrix. */
    default Tensor diag() {
        return diag(0);
    }

    /**
     * Returns square matrices, in two new axes, with this tensor's last axis on their diagonal, and zero elsewhere.
     *
     * @param offset how far above the main diagonal; below it when negative
     */
    default Tensor diagEmbed(long offset, int axis1, int axis2) {
        return Arrangements.diagEmbed("diagEmbed", self(), offset, axis1, axis2);
    }

    /** Returns square matrices, in two new last axes, with this tensor's last axis on their diagonal. */
    default Tensor diagEmbed() {
        return diagEmbed(0, -2, -1);
    }

    /**
     * Returns a copy with amounts added before and after its last axes, filled with a value. Negative amounts cut off.
     *
     * @param amounts before and after the last axis, before and after the one before it, and so on, as
     *                torch.nn.functional.pad takes them
     */
    @Override
    default Tensor pad(long[] amounts, double value) {
        return Arrangements.pad(self(), amounts, value);
    }
}
