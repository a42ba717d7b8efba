package org.jacobi.autograd;

import java.util.function.BiFunction;

import org.jacobi.autograd.ops.Cumprod;
import org.jacobi.autograd.ops.Cumsum;
import org.jacobi.autograd.ops.Extremum;
import org.jacobi.autograd.ops.Gather;
import org.jacobi.autograd.ops.Logcumsumexp;
import org.jacobi.autograd.ops.Quantile;
import org.jacobi.tensor.Located;
import org.jacobi.tensor.QuantileMethod;

/** The differentiable ops that sort, select and accumulate: what picks elements passes the gradient to them. */
public sealed interface VariableSorting permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the elements along an axis from the smallest to the largest, and where they were. */
    default Located<Variable> sort(int axis) {
        return sort(axis, false);
    }

    /** Returns the elements along an axis in rising or falling order, and where they were; equal ones stay in order. */
    default Located<Variable> sort(int axis, boolean descending) {
        return Gather.picked(self(), self().value().sort(axis, descending), true, axis);
    }

    /** Returns the k largest elements along an axis, the largest first, and where they were. */
    default Located<Variable> topk(long k, int axis) {
        return topk(k, axis, true);
    }

    /** Returns the k largest or smallest elements along an axis, the most extreme first, and where they were. */
    default Located<Variable> topk(long k, int axis, boolean largest) {
        return Gather.picked(self(), self().value().topk(k, axis, largest), true, axis);
    }

    /** Returns the k-th smallest element along an axis, counted from 1, and where it was. */
    default Located<Variable> kthvalue(long k, int axis) {
        return kthvalue(k, false, axis);
    }

    /** Returns the k-th smallest element along an axis, which is kept at size 1 if asked for. */
    default Located<Variable> kthvalue(long k, boolean keepAxis, int axis) {
        return Gather.picked(self(), self().value().kthvalue(k, true, axis), keepAxis, axis);
    }

    /** Returns the median of all elements, of two middle ones the lower; elements equal to it share the gradient. NaN if there is none. */
    default Variable median() {
        return Extremum.median(self(), false);
    }

    /** Returns the medians along an axis, of two middle elements the lower, and where they were. */
    default Located<Variable> median(int axis) {
        return median(false, axis);
    }

    /** Returns the medians along an axis, which is kept at size 1 if asked for. */
    default Located<Variable> median(boolean keepAxis, int axis) {
        return Gather.picked(self(), self().value().median(true, axis), keepAxis, axis);
    }

    /** Returns the median of all elements that are not NaN; elements equal to it share the gradient. */
    default Variable nanMedian() {
        return Extremum.median(self(), true);
    }

    /** Returns the medians of what is not NaN along an axis, and where they were. */
    default Located<Variable> nanMedian(int axis) {
        return nanMedian(false, axis);
    }

    /** Returns the medians of what is not NaN along an axis, which is kept at size 1 if asked for. */
    default Located<Variable> nanMedian(boolean keepAxis, int axis) {
        return Gather.picked(self(), self().value().nanMedian(true, axis), keepAxis, axis);
    }

    /** Returns the number below which the part q of the elements lies, over the given axes or all; linear in between. */
    default Variable quantile(double q, int... axes) {
        return quantile(new double[] {q}, QuantileMethod.LINEAR, axes).select(0, 0);
    }

    /** Returns several quantiles, in a new first axis. */
    default Variable quantile(double[] q, QuantileMethod method, int... axes) {
        return Quantile.apply(self(), q, method, false, axes);
    }

    /** Returns a quantile of what is not NaN. */
    default Variable nanQuantile(double q, int... axes) {
        return nanQuantile(new double[] {q}, QuantileMethod.LINEAR, axes).select(0, 0);
    }

    /** Returns several quantiles of what is not NaN, in a new first axis. */
    default Variable nanQuantile(double[] q, QuantileMethod method, int... axes) {
        return Quantile.apply(self(), q, method, true, axes);
    }

    /** Returns the sum of the elements up to each position of an axis. */
    default Variable cumsum(int axis) {
        return alongLines("cumsum", axis, (x, at) -> Cumsum.apply(Autocast.cast("cumsum", x), at, false));
    }

    /** Returns the product of the elements up to each position of an axis. */
    default Variable cumprod(int axis) {
        return alongLines("cumprod", axis, (x, at) -> Cumprod.apply(Autocast.cast("cumprod", x), at, false));
    }

    /** Returns log sum e^x of the elements up to each position of an axis, without overflow. */
    default Variable logcumsumexp(int axis) {
        return alongLines("logcumsumexp", axis, Logcumsumexp::apply);
    }

    /** Runs an op along an axis; a scalar is a line of one element. */
    private Variable alongLines(String name, int axis, BiFunction<Variable, Integer, Variable> op) {
        if (self().rank() > 0) {
            return op.apply(self(), self().shape().axis(name, axis));
        }
        Variable line = self().reshape(1);
        return op.apply(line, line.shape().axis(name, axis)).reshape();
    }

    /** Returns the largest element up to each position of an axis, and its last position, to which the gradient goes. */
    default Located<Variable> cummax(int axis) {
        return Gather.picked(self(), self().value().cummax(axis), true, axis);
    }

    /** Returns the smallest element up to each position of an axis, and its last position, to which the gradient goes. */
    default Located<Variable> cummin(int axis) {
        return Gather.picked(self(), self().value().cummin(axis), true, axis);
    }

    /** Returns the differences of neighbours along an axis, each less the one before. */
    default Variable diff(int axis) {
        return diff(1, axis);
    }

    /** Returns the differences of neighbours along an axis, of these the differences and so on, the given number of times. */
    default Variable diff(int times, int axis) {
        int at = self().shape().axis("diff", axis);
        if (times < 0) {
            throw new IllegalArgumentException("diff: the order must not be negative, got " + times);
        }
        Variable out = self();
        for (int i = 0; i < times && out.size(at) > 0; i++) {
            out = out.narrow(at, 1, out.size(at) - 1).sub(out.narrow(at, 0, out.size(at) - 1));
        }
        return out;
    }
}
