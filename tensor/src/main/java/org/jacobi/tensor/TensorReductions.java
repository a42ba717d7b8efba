package org.jacobi.tensor;

import org.jacobi.tensor.backend.ReduceOp;

/** The ops of a tensor that make one number of many: sums, means, extremes, and what is normalized by them. */
public sealed interface TensorReductions extends TensorLike<Tensor> permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /** Returns the sum over the given axes, or over all when none is given. Integers and bool sum in i64. */
    default Tensor sum(int... axes) {
        return Reductions.reduce(ReduceOp.SUM, "sum", self(), Reductions.sumType(self()), false, axes);
    }

    /** Returns the sum, with the reduced axes kept at size 1 if asked for. */
    default Tensor sum(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.SUM, "sum", self(), Reductions.sumType(self()), keepAxes, axes);
    }

    /** Returns the mean over the given axes, or over all when none is given. */
    default Tensor mean(int... axes) {
        return Reductions.reduce(ReduceOp.MEAN, "mean", self(), Reductions.floating("mean", self()), false, axes);
    }

    /** Returns the mean, with the reduced axes kept at size 1 if asked for. */
    default Tensor mean(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.MEAN, "mean", self(), Reductions.floating("mean", self()), keepAxes, axes);
    }

    /** Returns the product over the given axes, or over all when none is given. */
    default Tensor prod(int... axes) {
        return Reductions.reduce(ReduceOp.PROD, "prod", self(), Reductions.sumType(self()), false, axes);
    }

    /** Returns the largest element over the given axes, or over all when none is given. */
    default Tensor amax(int... axes) {
        return Reductions.reduce(ReduceOp.MAX, "amax", self(), self().dtype(), false, axes);
    }

    /** Returns the largest element, with the reduced axes kept at size 1 if asked for. */
    default Tensor amax(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.MAX, "amax", self(), self().dtype(), keepAxes, axes);
    }

    /** Returns the smallest element over the given axes, or over all when none is given. */
    default Tensor amin(int... axes) {
        return Reductions.reduce(ReduceOp.MIN, "amin", self(), self().dtype(), false, axes);
    }

    /** Returns the smallest element, with the reduced axes kept at size 1 if asked for. */
    default Tensor amin(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.MIN, "amin", self(), self().dtype(), keepAxes, axes);
    }

    /** Returns the sum of squares over the given axes, or over all when none is given. */
    default Tensor sumOfSquares(int... axes) {
        return Reductions.reduce(ReduceOp.SUM_OF_SQUARES, "sumOfSquares", self(), Reductions.sumType(self()), false,
                axes);
    }

    /** Returns whether any element is not zero, over the given axes or all. */
    default Tensor any(int... axes) {
        return Reductions.reduce(ReduceOp.ANY, "any", self(), DType.BOOL, false, axes);
    }

    /** Returns whether no element is zero, over the given axes or all. */
    default Tensor all(int... axes) {
        return Reductions.reduce(ReduceOp.ALL, "all", self(), DType.BOOL, false, axes);
    }

    /** Returns the i64 position of the first largest element along an axis. */
    default Tensor argmax(int axis) {
        return Reductions.argReduce("argmax", true, self(), axis);
    }

    /** Returns the i64 position of the first smallest element along an axis. */
    default Tensor argmin(int axis) {
        return Reductions.argReduce("argmin", false, self(), axis);
    }

    /** Returns softmax along an axis: e^x over its sum, with the largest element subtracted first. */
    default Tensor softmax(int axis) {
        return Reductions.alongLastAxis("softmax", self(), axis, (out, x) -> x.backend().softmax(out, x));
    }

    /** Returns the logarithm of softmax along an axis. */
    default Tensor logSoftmax(int axis) {
        return Reductions.alongLastAxis("logSoftmax", self(), axis, (out, x) -> x.backend().logSoftmax(out, x));
    }
}
