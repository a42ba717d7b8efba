package org.jacobi.tensor;

import org.jacobi.tensor.backend.ReduceOp;
import org.jacobi.tensor.backend.ScatterOp;

/**
 * The ops of a tensor that pick and place elements by positions and masks.
 *
 * <p>Where several elements are written to one place they arrive there in row-major order of the index, with any number of
 * threads: the last one stays, sums and products have equal bits in every run.
 */
public sealed interface TensorIndexing extends TensorLike<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    // ---- as in brackets --------------------------------------------------------------------------------------------

    /**
     * Returns what the indices select, as PyTorch does with {@code x[...]}: they name this tensor's axes from the first on.
     *
     * <p>Without index tensors the result is a view. With them it is a copy: the index tensors and the positions of masks
     * broadcast together, and their axes take the place of those that they name if these are neighbours; otherwise they
     * come first. As in PyTorch, and other than in NumPy, {@link Index#at} is done before: it does not count as an index
     * tensor. As in NumPy, what follows a mask of several axes names the axis behind them; PyTorch takes a range there for one
     * of the mask's own.
     *
     * @throws IllegalArgumentException if an index is out of range (the message names axis, index and size), a mask's shape
     *                                  does not fit, index tensors do not broadcast, or more axes are named than there are
     */
    default Tensor get(Index... indices) {
        return Indexing.get("get", self(), indices);
    }

    /**
     * Writes a value, which broadcasts and is converted, to what the indices select, in place: {@code x[...] = value}.
     *
     * @return this
     * @see #get
     */
    default Tensor set(Tensor value, Index... indices) {
        return Indexing.put_("set", self(), value, false, indices);
    }

    /** Writes a number to what the indices select, in place. */
    default Tensor set(double value, Index... indices) {
        return Indexing.put_("set", self(), Indexing.number("set", self(), value), false, indices);
    }

    /** Writes a value, which broadcasts and is converted, to what the indices select, or adds it there, in place. */
    default Tensor indexPut_(Tensor value, boolean accumulate, Index... indices) {
        return Indexing.put_("indexPut_", self(), value, accumulate, indices);
    }

    /** Returns a copy of this with a value written to what the indices select, or added there. */
    default Tensor indexPut(Tensor value, boolean accumulate, Index... indices) {
        return Indexing.put_("indexPut", self().copy(), value, accumulate, indices);
    }

    /** Returns the elements at the positions that an integer tensor holds, as if this were one vector, in the index's shape. */
    default Tensor take(Tensor index) {
        return Indexing.take("take", self(), index);
    }

    /** Returns a copy of this with elements written, or added, to the positions that an index holds, as if this were one vector. */
    default Tensor put(Tensor index, Tensor source, boolean accumulate) {
        return Indexing.put(self(), index, source, accumulate);
    }

    // ---- slices along an axis --------------------------------------------------------------------------------------

    /** Returns the slices along an axis that an i64 vector names. */
    default Tensor indexSelect(int axis, Tensor index) {
        return Indexing.indexSelect(self(), axis, index);
    }

    /** Adds slices of source along an axis to the slices of this that an i64 vector names, in order and in place. */
    default Tensor indexAdd_(int axis, Tensor index, Tensor source) {
        return Indexing.indexAdd_("indexAdd_", self(), axis, index, source);
    }

    /** Returns a copy of this to which {@link #indexAdd_} has added. */
    default Tensor indexAdd(int axis, Tensor index, Tensor source) {
        return Indexing.indexAdd_("indexAdd", self().copy(), axis, index, source);
    }

    /** Returns a copy of this with the slices along an axis that an i64 vector names replaced by those of source. */
    default Tensor indexCopy(int axis, Tensor index, Tensor source) {
        return Indexing.indexCopy_("indexCopy", self().copy(), axis, index, source);
    }

    /** Replaces the slices along an axis that an i64 vector names by those of source, in place. */
    default Tensor indexCopy_(int axis, Tensor index, Tensor source) {
        return Indexing.indexCopy_("indexCopy_", self(), axis, index, source);
    }

    /** Returns a copy of this with a number in the slices along an axis that an i64 vector names. */
    default Tensor indexFill(int axis, Tensor index, double value) {
        return indexFill(axis, index, Indexing.number("indexFill", self(), value));
    }

    /** Returns a copy of this with the value of a tensor of no axes in the slices along an axis that an i64 vector names. */
    default Tensor indexFill(int axis, Tensor index, Tensor value) {
        return Indexing.indexFill_("indexFill", self().copy(), axis, index, value);
    }

    /** Writes a number to the slices along an axis that an i64 vector names, in place. */
    default Tensor indexFill_(int axis, Tensor index, double value) {
        return indexFill_(axis, index, Indexing.number("indexFill_", self(), value));
    }

    /** Writes the value of a tensor of no axes to the slices along an axis that an i64 vector names, in place. */
    default Tensor indexFill_(int axis, Tensor index, Tensor value) {
        return Indexing.indexFill_("indexFill_", self(), axis, index, value);
    }

    /**
     * Returns a copy of this in which the slices along an axis that an i64 vector names are reduced with those of source.
     *
     * @see #scatterReduce
     */
    default Tensor indexReduce(int axis, Tensor index, Tensor source, ReduceOp how, boolean includeSelf) {
        return Indexing.indexReduce(self(), axis, index, source, how, includeSelf);
    }

    /** Returns a copy of this with one position of an axis replaced by a source without that axis. */
    default Tensor selectScatter(Tensor source, int axis, long position) {
        return Indexing.replaced("selectScatter", self(), axis, Index.at(position), source);
    }

    /** Returns a copy of this with every step-th position of an axis from start to end (exclusive) replaced by source's. */
    default Tensor sliceScatter(Tensor source, int axis, long start, long end, long step) {
        Indexing.requireStep("sliceScatter", step);
        return Indexing.replaced("sliceScatter", self(), axis, Index.range(start, end, step), source);
    }

    // ---- elements along an axis ------------------------------------------------------------------------------------

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    default Tensor gather(int axis, Tensor index) {
        return Indexing.gather(self(), axis, index);
    }

    /** Returns what {@link #gather} does, with both broadcast to each other outside the axis. */
    default Tensor takeAlongDim(int axis, Tensor index) {
        return Indexing.takeAlongDim(self(), axis, index);
    }

    /** Returns a copy of this with each element of source at the position that the i64 index names along an axis. */
    default Tensor scatter(int axis, Tensor index, Tensor source) {
        return Indexing.scatter_(ScatterOp.REPLACE, "scatter", self().copy(), axis, index, source);
    }

    /** Returns a copy of this with a number at the positions that the i64 index names along an axis. */
    default Tensor scatter(int axis, Tensor index, double value) {
        return scatter(axis, index, Indexing.everywhere("scatter", self(), value, index));
    }

    /** Writes each element of source to the position of this that the i64 index names along an axis, in order, in place. */
    default Tensor scatter_(int axis, Tensor index, Tensor source) {
        return Indexing.scatter_(ScatterOp.REPLACE, "scatter_", self(), axis, index, source);
    }

    /** Writes a number to the positions of this that the i64 index names along an axis, in place. */
    default Tensor scatter_(int axis, Tensor index, double value) {
        return scatter_(axis, index, Indexing.everywhere("scatter_", self(), value, index));
    }

    /** Adds each element of source to the position of this that the i64 index names along an axis, in order, in place. */
    default Tensor scatterAdd_(int axis, Tensor index, Tensor source) {
        return Indexing.scatter_(ScatterOp.ADD, "scatterAdd_", self(), axis, index, source);
    }

    /** Returns a copy of this to which {@link #scatterAdd_} has added. */
    default Tensor scatterAdd(int axis, Tensor index, Tensor source) {
        return Indexing.scatter_(ScatterOp.ADD, "scatterAdd", self().copy(), axis, index, source);
    }

    /**
     * Returns a copy of this in which all elements of source that the i64 index sends to one place along an axis are reduced
     * to one number. Places that the index does not name stay as they are.
     *
     * @param how         SUM, PROD, MEAN, MAX or MIN
     * @param includeSelf whether this tensor's own element is one of those reduced
     */
    default Tensor scatterReduce(int axis, Tensor index, Tensor source, ReduceOp how, boolean includeSelf) {
        return Indexing.scatterReduce("scatterReduce", self(), axis, index, source, how, includeSelf);
    }

    /** Makes this what {@link #scatterReduce} returns, in place. */
    default Tensor scatterReduce_(int axis, Tensor index, Tensor source, ReduceOp how, boolean includeSelf) {
        return Indexing.scatterReduce_(self(), axis, index, source, how, includeSelf);
    }

    // ---- masks -----------------------------------------------------------------------------------------------------

    /** Returns the i64 positions (count, rank) of the elements that are not zero, in row-major order; a NaN is not zero. */
    default Tensor nonzero() {
        return Indexing.nonzero(self());
    }

    /** Returns what {@link #nonzero} does, under NumPy's name. */
    default Tensor argwhere() {
        return nonzero();
    }

    /** Returns the positions of the elements that are not zero, a vector for each axis; a scalar is taken as a vector. */
    default Tensor[] nonzeroTuple() {
        return Indexing.nonzeroTuple(self());
    }

    /** Returns the elements where a bool mask holds, as a vector; both broadcast. */
    default Tensor maskedSelect(Tensor mask) {
        return Indexing.maskedSelect(self(), mask);
    }

    /** Returns this with the value of a tensor of no axes where the bool mask holds. */
    default Tensor maskedFill(Tensor mask, Tensor value) {
        Indexing.requireScalar("maskedFill", value);
        return Elementwise.where("maskedFill", mask, value.to(self().dtype()), self());
    }

    /** Returns this with the first elements of source, in order, where a bool mask holds; this and the mask broadcast. */
    default Tensor maskedScatter(Tensor mask, Tensor source) {
        return Indexing.maskedScatter(self(), mask, source);
    }

    /** Writes the first elements of source, in order, to where a bool mask holds, in place; the mask broadcasts. */
    default Tensor maskedScatter_(Tensor mask, Tensor source) {
        return Indexing.maskedScatter_("maskedScatter_", self(), mask, source);
    }

    // ---- classes and checks ----------------------------------------------------------------------------------------

    /**
     * Returns an i64 tensor with a further axis, 1 at the position that this i64 tensor names and 0 elsewhere.
     *
     * @param classes the size of the new axis, or -1 for one more than the largest element
     */
    default Tensor oneHot(long classes) {
        return Indexing.oneHot(self(), classes);
    }

    /** Checks that this is a bool tensor. */
    default void requireMask(String op) {
        Checks.mask(op, self());
    }

    /** Checks that this is an i64 tensor of numbers from 0 to size - 1. */
    default void requireIndex(String op, long size) {
        Indexing.requireIndex(op, self(), size);
    }
}
