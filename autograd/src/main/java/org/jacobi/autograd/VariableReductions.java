package org.jacobi.autograd;

import org.jacobi.autograd.ops.Extremum;
import org.jacobi.autograd.ops.LogSoftmax;
import org.jacobi.autograd.ops.Prod;
import org.jacobi.autograd.ops.Softmax;
import org.jacobi.autograd.ops.Sum;
import org.jacobi.tensor.DType;

/** The differentiable ops that make one number of many, and what is normalized by them. */
public sealed interface VariableReductions permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the sum over the given axes, or over all when none is given. */
    default Variable sum(int... axes) {
        return Sum.apply(self(), false, axes);
    }

    /** Returns the sum, with the reduced axes kept at size 1 if asked for. */
    default Variable sum(boolean keepAxes, int... axes) {
        return Sum.apply(self(), keepAxes, axes);
    }

    /** Returns the mean over the given axes, or over all when none is given. */
    default Variable mean(int... axes) {
        return mean(false, axes);
    }

    /** Returns the mean, with the reduced axes kept at size 1 if asked for. */
    default Variable mean(boolean keepAxes, int... axes) {
        if (self().dtype().isHalf()) {
            return self().to(DType.F32).mean(keepAxes, axes).to(self().dtype()); // a sum of 16 bits soon overflows
        }
        double count = (double) self().numel() / self().shape().reduced("mean", axes).numel();
        return Sum.apply(self(), keepAxes, axes).div(count);
    }

    /** Returns the product over the given axes, or over all when none is given. */
    default Variable prod(int... axes) {
        return Prod.apply(self(), axes);
    }

    /** Returns the sum of squares over the given axes, or over all when none is given. */
    default Variable sumOfSquares(int... axes) {
        return self().square().sum(axes);
    }

    /** Returns the largest element over the given axes, or over all; ties share the gradient. */
    default Variable amax(int... axes) {
        return Extremum.apply(self(), true, false, axes);
    }

    /** Returns the largest element, with the reduced axes kept at size 1 if asked for. */
    default Variable amax(boolean keepAxes, int... axes) {
        return Extremum.apply(self(), true, keepAxes, axes);
    }

    /** Returns the smallest element over the given axes, or over all; ties share the gradient. */
    default Variable amin(int... axes) {
        return Extremum.apply(self(), false, false, axes);
    }

    /** Returns the smallest element, with the reduced axes kept at size 1 if asked for. */
    default Variable amin(boolean keepAxes, int... axes) {
        return Extremum.apply(self(), false, keepAxes, axes);
    }

    /** Returns e^x over its sum along an axis. */
    default Variable softmax(int axis) {
        return Softmax.apply(self(), axis);
    }

    /** Returns the logarithm of softmax along an axis. */
    default Variable logSoftmax(int axis) {
        return LogSoftmax.apply(self(), axis);
    }
}
