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
    @Override
    default Tensor mean(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.MEAN, "mean", self(), Reductions.floating("mean", self()), keepAxes, axes);
    }

    /** Returns the product over the given axes, or over all when none is given. */
    default Tensor prod(int... axes) {
        return Reductions.reduce(ReduceOp.PROD, "prod", self(), Reductions.sumType(self()), false, axes);
    }

    /** Returns the product, with the reduced axes kept at size 1 if asked for. */
    default Tensor prod(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.PROD, "prod", self(), Reductions.sumType(self()), keepAxes, axes);
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
        return any(false, axes);
    }

    /** Returns whether any element is not zero, with the reduced axes kept at size 1 if asked for. */
    default Tensor any(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.ANY, "any", self(), DType.BOOL, keepAxes, axes);
    }

    /** Returns whether no element is zero, over the given axes or all. */
    default Tensor all(int... axes) {
        return all(false, axes);
    }

    /** Returns whether no element is zero, with the reduced axes kept at size 1 if asked for. */
    default Tensor all(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.ALL, "all", self(), DType.BOOL, keepAxes, axes);
    }

    /** Returns how many elements are not zero, i64, over the given axes or all; NaN is not zero. */
    default Tensor countNonzero(int... axes) {
        return countNonzero(false, axes);
    }

    /** Returns how many elements are not zero, i64, with the reduced axes kept at size 1 if asked for. */
    default Tensor countNonzero(boolean keepAxes, int... axes) {
        return Reductions.reduce(ReduceOp.COUNT, "countNonzero", self(), DType.I64, keepAxes, axes);
    }

    /** Returns the i64 position of the first largest element, of all in row-major order; a NaN counts as the largest. */
    default Tensor argmax() {
        return Reductions.argReduce("argmax", true, self().reshape(-1), false, 0);
    }

    /** Returns the i64 position of the first largest element along an axis; a NaN counts as the largest. */
    default Tensor argmax(int axis) {
        return argmax(false, axis);
    }

    /** Returns the i64 position of the first largest element along an axis, which is kept at size 1 if asked for. */
    default Tensor argmax(boolean keepAxis, int axis) {
        return Reductions.argReduce("argmax", true, self(), keepAxis, axis);
    }

    /** Returns the i64 position of the first smallest element, of all in row-major order; a NaN counts as the smallest. */
    default Tensor argmin() {
        return Reductions.argReduce("argmin", false, self().reshape(-1), false, 0);
    }

    /** Returns the i64 position of the first smallest element along an axis; a NaN counts as the smallest. */
    default Tensor argmin(int axis) {
        return argmin(false, axis);
    }

    /** Returns the i64 position of the first smallest element along an axis, which is kept at size 1 if asked for. */
    default Tensor argmin(boolean keepAxis, int axis) {
        return Reductions.argReduce("argmin", false, self(), keepAxis, axis);
    }

    /** Returns the largest elements along an axis, NaN where there is one, and the first position of each. */
    default Located<Tensor> max(int axis) {
        return max(false, axis);
    }

    /** Returns the largest elements along an axis and their first positions, with the axis kept at size 1 if asked for. */
    default Located<Tensor> max(boolean keepAxis, int axis) {
        return Reductions.extreme("max", true, self(), keepAxis, axis);
    }

    /** Returns the smallest elements along an axis, NaN where there is one, and the first position of each. */
    default Located<Tensor> min(int axis) {
        return min(false, axis);
    }

    /** Returns the smallest elements along an axis and their first positions, with the axis kept at size 1 if asked for. */
    default Located<Tensor> min(boolean keepAxis, int axis) {
        return Reductions.extreme("min", false, self(), keepAxis, axis);
    }

    /** Returns the smallest and the largest element over the given axes, or over all; PyTorch takes one axis at most. */
    default MinMax<Tensor> aminmax(int... axes) {
        return aminmax(false, axes);
    }

    /** Returns the smallest and the largest element, with the reduced axes kept at size 1 if asked for. */
    default MinMax<Tensor> aminmax(boolean keepAxes, int... axes) {
        self().shape().requireElements("aminmax", axes);
        return new MinMax<>(amin(keepAxes, axes), amax(keepAxes, axes));
    }

    /** Returns the variance over the given axes, or over all, by Bessel's correction: of n numbers the divisor is n - 1. */
    default Tensor var(int... axes) {
        return var(1, false, axes);
    }

    /**
     * Returns the variance over the given axes, or over all.
     *
     * @param correction what is taken off the number of elements in the divisor: 1 for an unbiased estimate, 0 for the
     *                   mean square; with no more elements than that the result is NaN (or infinite)
     */
    default Tensor var(double correction, boolean keepAxes, int... axes) {
        return Reductions.varMean("var", self(), correction, keepAxes, axes).var();
    }

    /** Returns the square root of {@link #var(int...)}. */
    default Tensor std(int... axes) {
        return std(1, false, axes);
    }

    /** Returns the square root of {@link #var(double, boolean, int...)}. */
    default Tensor std(double correction, boolean keepAxes, int... axes) {
        return stdMean(correction, keepAxes, axes).std();
    }

    /** Returns the variance and the mean in one go; see {@link #var(double, boolean, int...)}. */
    default VarMean<Tensor> varMean(double correction, boolean keepAxes, int... axes) {
        return Reductions.varMean("varMean", self(), correction, keepAxes, axes);
    }

    /** Returns the standard deviation and the mean in one go; see {@link #var(double, boolean, int...)}. */
    default StdMean<Tensor> stdMean(double correction, boolean keepAxes, int... axes) {
        VarMean<Tensor> both = Reductions.varMean("stdMean", self(), correction, keepAxes, axes);
        return new StdMean<>(both.var().replacedBy(both.var().sqrt()), both.mean());
    }

    /**
     * Returns the p-norm over the given axes, or over all: (sum |x|^p)^(1/p), the largest |x| for p = infinity, the
     * smallest for -infinity, and for 0 how many are not 0. It is torch.linalg.vector_norm.
     */
    default Tensor norm(double p, int... axes) {
        return norm(p, false, axes);
    }

    /** Returns the p-norm, with the reduced axes kept at size 1 if asked for. */
    default Tensor norm(double p, boolean keepAxes, int... axes) {
        return Reductions.norm("norm", self(), p, keepAxes, axes);
    }

    /** Returns this divided by its p-norm along an axis, or by 1e-12 where the norm is smaller. */
    default Tensor normalize(double p, int axis) {
        return self().div(Reductions.norm("normalize", self(), p, true, new int[] {axis}).maximum(1e-12));
    }

    /** Returns log sum e^x over the given axes, or over all, without overflow; in f32 for integers. */
    default Tensor logsumexp(int... axes) {
        return logsumexp(false, axes);
    }

    /** Returns log sum e^x, with the reduced axes kept at size 1 if asked for. */
    default Tensor logsumexp(boolean keepAxes, int... axes) {
        return Reductions.logsumexp(self(), keepAxes, axes);
    }

    /** Returns the sum of what is not NaN, over the given axes or all. */
    default Tensor nanSum(int... axes) {
        self().shape().reducedAxes("nanSum", axes);
        return self().maskedFill(self().isNaN(), 0).sum(axes);
    }

    /** Returns the mean of what is not NaN, over the given axes or all; NaN where there is nothing else. */
    default Tensor nanMean(int... axes) {
        Reductions.floating("nanMean", self());
        self().shape().reducedAxes("nanMean", axes);
        return nanSum(axes).div(self().isNaN().logicalNot().countNonzero(axes));
    }

    /**
     * Returns the covariances of the rows of a matrix, each a variable of which the columns are observations; a vector is
     * one variable. See {@link #var(double, boolean, int...)} for the correction.
     */
    default Tensor cov(double correction) {
        return Statistics.cov("cov", self(), correction);
    }

    /** Returns the correlation coefficients of the rows of a matrix, by Pearson: covariances over standard deviations. */
    default Tensor corrcoef() {
        return Statistics.corrcoef(self());
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
