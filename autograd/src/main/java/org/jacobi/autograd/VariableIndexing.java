package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.Gather;
import org.jacobi.autograd.ops.IndexAdd;
import org.jacobi.autograd.ops.IndexCopy;
import org.jacobi.autograd.ops.IndexFill;
import org.jacobi.autograd.ops.IndexGet;
import org.jacobi.autograd.ops.IndexPut;
import org.jacobi.autograd.ops.IndexSelect;
import org.jacobi.autograd.ops.MaskedScatter;
import org.jacobi.autograd.ops.Put;
import org.jacobi.autograd.ops.Scatter;
import org.jacobi.autograd.ops.ScatterAdd;
import org.jacobi.autograd.ops.ScatterReduce;
import org.jacobi.autograd.ops.Take;
import org.jacobi.autograd.ops.Where;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorIndexing;
import org.jacobi.tensor.TensorLike;
import org.jacobi.tensor.backend.ReduceOp;

/** The differentiable ops that pick and place elements by positions and masks; {@link TensorIndexing} says what they do. */
public sealed interface VariableIndexing extends TensorLike<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    // ---- as in brackets --------------------------------------------------------------------------------------------

    /** Returns what the indices select, as {@link Tensor#get} does. */
    default Variable get(Index... indices) {
        return IndexGet.apply(self(), indices);
    }

    /**
     * Returns this with a value, which broadcasts and is converted, written to what the indices select, or added there. Where
     * a place is named twice and the value is written, each of its elements gets the place's gradient, as in PyTorch.
     */
    default Variable indexPut(Variable value, boolean accumulate, Index... indices) {
        Variable x = Autocast.widest(self(), Variable.present(value));
        return IndexPut.apply(x, value.to(x.dtype()), accumulate, indices);
    }

    /** Returns the elements at the positions that an integer tensor holds, as if this were one vector, in the index's shape. */
    default Variable take(Tensor index) {
        return Take.apply(self(), index);
    }

    /** Returns this with elements written, or added, to the positions that an index holds, as if this were one vector. */
    default Variable put(Tensor index, Variable source, boolean accumulate) {
        return Put.apply(self(), index, source, accumulate);
    }

    // ---- slices along an axis --------------------------------------------------------------------------------------

    /** Returns the slices along an axis that an i64 vector names. */
    default Variable indexSelect(int axis, Tensor index) {
        return indexSelect(axis, Variable.constant(index));
    }

    /** Returns the slices along an axis that an i64 vector names. */
    default Variable indexSelect(int axis, Variable index) {
        return IndexSelect.apply(self(), self().shape().axis("indexSelect", axis), index);
    }

    /** Returns this with slices of source along an axis added to those that an i64 vector names, in order. */
    default Variable indexAdd(int axis, Tensor index, Variable source) {
        return IndexAdd.apply(self(), self().shape().axis("indexAdd", axis), index, source);
    }

    /** Returns this with the slices along an axis that an i64 vector names replaced by those of source. */
    default Variable indexCopy(int axis, Tensor index, Variable source) {
        return IndexCopy.apply(self(), self().shape().axis("indexCopy", axis), index, source);
    }

    /** Returns this with a number in the slices along an axis that an i64 vector names. */
    default Variable indexFill(int axis, Tensor index, double value) {
        return indexFill(axis, index, self().number(value));
    }

    /** Returns this with the value of a variable of no axes in the slices along an axis that an i64 vector names. */
    default Variable indexFill(int axis, Tensor index, Variable value) {
        return IndexFill.apply(self(), self().shape().axis("indexFill", axis), index, value.to(self().dtype()));
    }

    /** Returns this in which the slices along an axis that an i64 vector names are reduced with those of source. */
    default Variable indexReduce(int axis, Tensor index, Variable source, ReduceOp how, boolean includeSelf) {
        int at = self().shape().axis("indexReduce", axis);
        index.requireIndex("indexReduce", self().size(at));
        if (index.rank() != 1 || !source.shape().equals(self().shape().with(at, index.numel()))) {
            throw new IllegalArgumentException("indexReduce: index " + index.shape() + " and source " + source.shape()
                    + " do not fit axis " + axis + " of " + self().shape());
        }
        long[] sizes = new long[self().rank()];
        Arrays.fill(sizes, 1);
        sizes[at] = index.numel();
        return ScatterReduce.apply(self(), at, index.view(sizes).expandTo(source.shape()), source, how, includeSelf);
    }

    /** Returns this with one position of an axis replaced by a source without that axis. */
    default Variable selectScatter(Variable source, int axis, long position) {
        self().shape().position("selectScatter", axis, position);
        return replaced("selectScatter", axis, Index.at(position), source);
    }

    /** Returns this with every step-th position of an axis from start to end (exclusive) replaced by source's. */
    default Variable sliceScatter(Variable source, int axis, long start, long end, long step) {
        if (step < 1) {
            throw new IllegalArgumentException("sliceScatter: step " + step + " must be at least 1");
        }
        return replaced("sliceScatter", axis, Index.range(start, end, step), source);
    }

    private Variable replaced(String op, int axis, Index index, Variable source) {
        Index[] indices = new Index[self().shape().axis(op, axis) + 1];
        Arrays.fill(indices, Index.all());
        indices[indices.length - 1] = index;
        Shape part = IndexGet.apply(self().detach(), indices).shape();
        if (!part.equals(source.shape())) {
            throw new IllegalArgumentException(op + ": the source has shape " + source.shape()
                    + ", the part that it replaces " + part);
        }
        return indexPut(source, false, indices);
    }

    /** Returns the rows (..., D) of this table (V, D) that an i64 tensor of any shape (...) names. */
    default Variable embedding(Tensor index) {
        return embedding(Variable.constant(index));
    }

    /** Returns the rows (..., D) of this table (V, D) that an i64 tensor of any shape (...) names. */
    default Variable embedding(Variable index) {
        if (self().rank() != 2) {
            throw new IllegalArgumentException("embedding: the table must be a matrix, got shape " + self().shape());
        }
        Batch.value(index).requireIndex("embedding", self().size(0));
        long[] sizes = Arrays.copyOf(index.shape().toArray(), index.rank() + 1);
        sizes[index.rank()] = self().size(1);
        return IndexSelect.apply(self(), 0, index.reshape(-1)).reshape(sizes);
    }

    // ---- elements along an axis ------------------------------------------------------------------------------------

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    default Variable gather(int axis, Tensor index) {
        return gather(axis, Variable.constant(index));
    }

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    default Variable gather(int axis, Variable index) {
        return Gather.apply(self(), self().shape().axis("gather", axis), index);
    }

    /** Returns what {@link #gather} does, with both broadcast to each other outside the axis. */
    default Variable takeAlongDim(int axis, Tensor index) {
        int at = self().shape().axis("takeAlongDim", axis);
        if (index.rank() != self().rank()) {
            throw new IllegalArgumentException("takeAlongDim: this of shape " + self().shape()
                    + " and the index of shape " + index.shape() + " must have equally many axes");
        }
        index.requireIndex("takeAlongDim", self().size(at));
        Shape common = Shape.broadcast("takeAlongDim", self().shape().with(at, 1), index.shape().with(at, 1));
        return Gather.apply(self().expandTo(common.with(at, self().size(at))), at,
                index.expandTo(common.with(at, index.size(at))));
    }

    /**
     * Returns this with each element of source at the position that the i64 index names along an axis. Where a place is named
     * twice, each element gets the place's gradient, as in PyTorch.
     */
    default Variable scatter(int axis, Tensor index, Variable source) {
        return Scatter.apply(self(), self().shape().axis("scatter", axis), index, source);
    }

    /** Returns this with a number at the positions that the i64 index names along an axis. */
    default Variable scatter(int axis, Tensor index, double value) {
        return scatter(axis, index, self().number(value).to(self().device()).expandTo(index.shape()));
    }

    /** Returns this with each element of source added to the position that the i64 index names along an axis. */
    default Variable scatterAdd(int axis, Tensor index, Variable source) {
        return scatterAdd(axis, Variable.constant(index), source);
    }

    /** Returns this with each element of source added to the position that the i64 index names along an axis. */
    default Variable scatterAdd(int axis, Variable index, Variable source) {
        return ScatterAdd.apply(Autocast.widest(self(), source), self().shape().axis("scatterAdd", axis), index,
                Autocast.widest(source, self()));
    }

    /**
     * Returns this in which all elements of source that the i64 index sends to one place along an axis are reduced to one
     * number. The elements that are equal to the largest (or smallest) share its gradient.
     *
     * @throws UnsupportedOperationException from a backward that records the gradient of a product with two zeros of source
     *                                       in one place
     */
    default Variable scatterReduce(int axis, Tensor index, Variable source, ReduceOp how, boolean includeSelf) {
        return ScatterReduce.apply(self(), self().shape().axis("scatterReduce", axis), index, source, how, includeSelf);
    }

    // ---- masks -----------------------------------------------------------------------------------------------------

    /** Returns the elements where a bool mask holds, as a vector; both broadcast. */
    default Variable maskedSelect(Tensor mask) {
        mask.requireMask("maskedSelect");
        Shape common = Shape.broadcast("maskedSelect", self().shape(), mask.shape());
        return self().expandTo(common).get(Index.mask(mask.expandTo(common)));
    }

    /** Returns this with the value of a variable of no axes where the bool mask holds. */
    default Variable maskedFill(Tensor mask, Variable value) {
        if (value.rank() != 0) {
            throw new IllegalArgumentException(
                    "maskedFill: the value must be one number or a variable of no axes, got shape " + value.shape());
        }
        mask.requireMask("maskedFill");
        Shape.broadcast("maskedFill", mask.shape(), self().shape());
        return Where.apply(mask, value.to(self().dtype()), self());
    }

    /** Returns this with the first elements of source, in order, where a bool mask holds; this and the mask broadcast. */
    default Variable maskedScatter(Tensor mask, Variable source) {
        return MaskedScatter.apply(self(), mask, source);
    }
}
