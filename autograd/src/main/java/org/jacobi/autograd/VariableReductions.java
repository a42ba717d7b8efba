package org.jacobi.autograd;

import org.jacobi.autograd.ops.Extremum;
import org.jacobi.autograd.ops.Gather;
import org.jacobi.autograd.ops.LogSoftmax;
import org.jacobi.autograd.ops.Logsumexp;
import org.jacobi.autograd.ops.Norm;
import org.jacobi.autograd.ops.Prod;
import org.jacobi.autograd.ops.Softmax;
import org.jacobi.autograd.ops.Sum;
import org.jacobi.autograd.ops.Variance;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.MinMax;
import org.jacobi.tensor.StdMean;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.VarMean;

import org.jacobi.tensor.TensorLike;

/** The differentiable ops that make one number of many, and what is normalized by them. */
public sealed interface VariableReductions extends TensorLike<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the sum over the given axes, or over all when none is given. */
    default Variable sum(int... axes) {
        return Sum.apply(Autocast.cast("sum", self()), false, axes);
    }

    /** Returns the sum, with the reduced axes kept at size 1 if asked for. */
    default Variable sum(boolean keepAxes, int... axes) {
        return Sum.apply(Autocast.cast("sum", self()), keepAxes, axes);
    }

    /** Returns the mean over the given axes, or over all when none is given. */
    default Variable mean(int... axes) {
        return mean(false, axes);
    }

    /** Returns the mean, with the reduced axes kept at size 1 if asked for. */
    @Override
    default Variable mean(boolean keepAxes, int... axes) {
        if (self().dtype().isHalf()) {
            return self().to(DType.F32).mean(keepAxes, axes).to(self().dtype()); // a sum of 16 bits soon overflows
        }
        double count = (double) self().numel() / self().shape().reduced("mean", axes).numel();
        return Sum.apply(self(), keepAxes, axes).div(count);
    }

    /** Returns the product over the given axes, or over all when none is given. */
    default Variable prod(int... axes) {
        return prod(false, axes);
    }

    /** Returns the product, with the reduced axes kept at size 1 if asked for. */
    default Variable prod(boolean keepAxes, int... axes) {
        return Prod.apply(Autocast.cast("prod", self()), keepAxes, axes);
    }

    /** Returns the sum of squares over the given axes, or over all when none is given. */
    default Variable sumOfSquares(int... axes) {
        self().shape().reduced("sumOfSquares", axes);
        Variable numbers = self().dtype() == DType.BOOL ? self().to(DType.I64) : self();
        return numbers.square().sum(axes);
    }

    /** Returns the largest element over the given axes, or over all; ties share the gradient. */
    default Variable amax(int... axes) {
        return Extremum.apply("amax", self(), true, false, axes);
    }

    /** Returns the largest element, with the reduced axes kept at size 1 if asked for. */
    default Variable amax(boolean keepAxes, int... axes) {
        return Extremum.apply("amax", self(), true, keepAxes, axes);
    }

    /** Returns the smallest element over the given axes, or over all; ties share the gradient. */
    default Variable amin(int... axes) {
        return Extremum.apply("amin", self(), false, false, axes);
    }

    /** Returns the smallest element, with the reduced axes kept at size 1 if asked for. */
    default Variable amin(boolean keepAxes, int... axes) {
        return Extremum.apply("amin", self(), false, keepAxes, axes);
    }

    /** Returns the largest elements along an axis, and the first position of each, to which the gradient goes. */
    default Located<Variable> max(int axis) {
        return max(false, axis);
    }

    /** Returns the largest elements along an axis and their positions, with the axis kept at size 1 if asked for. */
    default Located<Variable> max(boolean keepAxis, int axis) {
        return Gather.picked(self(), self().value().max(true, axis), keepAxis, axis);
    }

    /** Returns the smallest elements along an axis, and the first position of each, to which the gradient goes. */
    default Located<Variable> min(int axis) {
        return min(false, axis);
    }

    /** Returns the smallest elements along an axis and their positions, with the axis kept at size 1 if asked for. */
    default Located<Variable> min(boolean keepAxis, int axis) {
        return Gather.picked(self(), self().value().min(true, axis), keepAxis, axis);
    }

    /** Returns the smallest and the largest element over the given axes, or over all; ties share the gradient. */
    default MinMax<Variable> aminmax(int... axes) {
        return aminmax(false, axes);
    }

    /** Returns the smallest and the largest element, with the reduced axes kept at size 1 if asked for. */
    default MinMax<Variable> aminmax(boolean keepAxes, int... axes) {
        return new MinMax<>(Extremum.apply("aminmax", self(), false, keepAxes, axes),
                Extremum.apply("aminmax", self(), true, keepAxes, axes));
    }

    /** Returns the variance over the given axes, or over all, by Bessel's correction: of n numbers the divisor is n - 1. */
    default Variable var(int... axes) {
        return var(1, false, axes);
    }

    /** Returns the variance with a divisor of n less the correction, the reduced axes kept at size 1 if asked for. */
    default Variable var(double correction, boolean keepAxes, int... axes) {
        return Variance.apply("var", self(), correction, keepAxes, axes).var();
    }

    /** Returns the square root of {@link #var(int...)}; where that is 0 no gradient passes. */
    default Variable std(int... axes) {
        return std(1, false, axes);
    }

    /** Returns the square root of {@link #var(double, boolean, int...)}; where that is 0 no gradient passes. */
    default Variable std(double correction, boolean keepAxes, int... axes) {
        return deviation("std", correction, keepAxes, axes).std();
    }

    /** Returns the variance and the mean in one go; see {@link #var(double, boolean, int...)}. */
    default VarMean<Variable> varMean(double correction, boolean keepAxes, int... axes) {
        return Variance.apply("varMean", self(), correction, keepAxes, axes);
    }

    /** Returns the standard deviation and the mean in one go; see {@link #std(double, boolean, int...)}. */
    default StdMean<Variable> stdMean(double correction, boolean keepAxes, int... axes) {
        return deviation("stdMean", correction, keepAxes, axes);
    }

    private StdMean<Variable> deviation(String op, double correction, boolean keepAxes, int... axes) {
        VarMean<Variable> both = Variance.apply(op, self(), correction, keepAxes, axes);
        Variable flat = Batch.constant(Batch.value(both.var()).eq(0), both.var());
        return new StdMean<>(both.var().maskedFill(flat, 1).sqrt().maskedFill(flat, 0), both.mean());
    }

    /**
     * Returns the p-norm over the given axes, or over all: (sum |x|^p)^(1/p), the largest |x| for p = infinity, the
     * smallest for -infinity, and for 0 how many are not 0. Where it has no derivative the gradient is 0.
     */
    default Variable norm(double p, int... axes) {
        return norm(p, false, axes);
    }

    /** Returns the p-norm, with the reduced axes kept at size 1 if asked for. */
    default Variable norm(double p, boolean keepAxes, int... axes) {
        return Norm.apply(Autocast.cast("norm", self()), p, keepAxes, axes);
    }

    /** Returns this divided by its p-norm along an axis, or by 1e-12 where the norm is smaller. */
    default Variable normalize(double p, int axis) {
        self().shape().axis("normalize", axis);
        if (Double.isInfinite(p)) {
            self().shape().requireElements("normalize", axis);
        }
        if (!self().dtype().isFloating() || Double.isNaN(p)) {
            throw new IllegalArgumentException("normalize: needs floating-point numbers and a p that is a number or"
                    + " infinite, got " + self().dtype() + " and p " + p);
        }
        return self().div(norm(p, true, axis).maximum(1e-12));
    }

    /** Returns log sum e^x over the given axes, or over all, without overflow; in f32 for integers. */
    default Variable logsumexp(int... axes) {
        return logsumexp(false, axes);
    }

    /** Returns log sum e^x, with the reduced axes kept at size 1 if asked for. */
    default Variable logsumexp(boolean keepAxes, int... axes) {
        return Logsumexp.apply(Autocast.cast("logsumexp", self()), keepAxes, axes);
    }

    /** Returns the sum of what is not NaN, over the given axes or all. */
    default Variable nanSum(int... axes) {
        self().shape().reduced("nanSum", axes);
        return self().maskedFill(Batch.constant(Batch.value(self()).isNaN(), self()), 0).sum(axes);
    }

    /** Returns the mean of what is not NaN, over the given axes or all; NaN where there is nothing else. */
    default Variable nanMean(int... axes) {
        self().shape().reduced("nanMean", axes);
        Tensor counted = Batch.value(self()).isNaN().logicalNot().to(DType.I64);
        return nanSum(axes).div(Batch.constant(counted, self()).sum(axes));
    }

    /** Returns the covariances of the rows of a matrix, each a variable of which the columns are observations. */
    default Variable cov(double correction) {
        return covariance("cov", correction);
    }

    private Variable covariance(String op, double correction) {
        if (self().rank() > 2) {
            throw new IllegalArgumentException(
                    op + ": needs a matrix whose rows are variables, or a vector, got shape " + self().shape());
        }
        Variable rows = self().rank() == 2 ? self() : self().reshape(1, -1);
        Variable centered = rows.sub(rows.mean(true, 1));
        Variable cov = centered.matmul(centered.t()).div(Math.max(0, rows.size(1) - correction));
        return self().rank() == 2 ? cov : cov.reshape();
    }

    /** Returns the correlation coefficients of the rows of a matrix, by Pearson: covariances over standard deviations. */
    default Variable corrcoef() {
        Variable cov = covariance("corrcoef", 1);
        if (cov.rank() == 0) {
            return cov.div(cov);
        }
        Variable diagonal = cov.mul(Tensor.eye(cov.size(0)).to(cov.dtype()).to(cov.device())).sum(1).sqrt();
        return cov.div(diagonal.unsqueeze(1)).div(diagonal).clamp(-1, 1);
    }

    /** Returns e^x over its sum along an axis. */
    default Variable softmax(int axis) {
        return Softmax.apply(Autocast.cast("softmax", self()), axis);
    }

    /** Returns the logarithm of softmax along an axis. */
    default Variable logSoftmax(int axis) {
        return LogSoftmax.apply(Autocast.cast("logSoftmax", self()), axis);
    }
}
