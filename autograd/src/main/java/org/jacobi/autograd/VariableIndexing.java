package org.jacobi.autograd;

import java.util.Arrays;

import org.jacobi.autograd.ops.Gather;
import org.jacobi.autograd.ops.IndexSelect;
import org.jacobi.autograd.ops.ScatterAdd;
import org.jacobi.tensor.Tensor;

/** The differentiable ops that pick and place elements by index tensors. */
public sealed interface VariableIndexing permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the slices along an axis that an i64 vector names. */
    default Variable indexSelect(int axis, Tensor index) {
        return indexSelect(axis, Variable.constant(index));
    }

    /** Returns the slices along an axis that an i64 vector names. */
    default Variable indexSelect(int axis, Variable index) {
        return IndexSelect.apply(self(), self().shape().axis("indexSelect", axis), index);
    }

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    default Variable gather(int axis, Tensor index) {
        return gather(axis, Variable.constant(index));
    }

    /** Returns, for each position of the i64 index, the element at that position with the axis's entry replaced by it. */
    default Variable gather(int axis, Variable index) {
        return Gather.apply(self(), self().shape().axis("gather", axis), index);
    }

    /** Returns this with each element of source added to the position that the i64 index names along an axis. */
    default Variable scatterAdd(int axis, Tensor index, Variable source) {
        return scatterAdd(axis, Variable.constant(index), source);
    }

    /** Returns this with each element of source added to the position that the i64 index names along an axis. */
    default Variable scatterAdd(int axis, Variable index, Variable source) {
        return ScatterAdd.apply(self(), self().shape().axis("scatterAdd", axis), index, source);
    }

    /** Returns the rows (…, D) of this table (V, D) that an i64 tensor of any shape (…) names. */
    default Variable embedding(Tensor index) {
        return embedding(Variable.constant(index));
    }

    /** Returns the rows (…, D) of this table (V, D) that an i64 tensor of any shape (…) names. */
    default Variable embedding(Variable index) {
        if (self().rank() != 2) {
            throw new IllegalArgumentException("embedding: the table must be a matrix, got shape " + self().shape());
        }
        long[] sizes = Arrays.copyOf(index.shape().toArray(), index.rank() + 1);
        sizes[index.rank()] = self().size(1);
        return IndexSelect.apply(self(), 0, index.reshape(-1)).reshape(sizes);
    }
}
