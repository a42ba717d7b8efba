package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.BiConsumer;

import org.jacobi.tensor.backend.ReduceOp;

/** The ops of {@link Tensor} that work along axes: reductions, and kernels over rows. */
final class Reductions {
    private Reductions() {
    }

    static Tensor reduce(ReduceOp op, String name, Tensor x, DType type, boolean keepAxes, int[] axes) {
        boolean[] reduced = x.shape().reducedAxes(name, axes);
        if (op == ReduceOp.MAX || op == ReduceOp.MIN) {
            x.shape().requireElements(name, axes);
        }
        Tensor out = Tensor.make(name, x.device(), type, kept(x, reduced));
        Tensor operand = op.isLogical() ? x : x.to(type);
        x.backend().reduce(op, out, operand);
        Reference.reachabilityFence(operand);
        return keepAxes ? out : dropped(out, reduced);
    }

    /** Returns x's shape with the reduced axes set to 1. */
    static Shape kept(Tensor x, boolean[] reduced) {
        long[] sizes = x.shape().toArray();
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = reduced[i] ? 1 : sizes[i];
        }
        return Shape.of(sizes);
    }

    /** Returns a result without the axes of size 1 that were reduced, in place of its handle. */
    static Tensor dropped(Tensor out, boolean[] reduced) {
        long[] left = new long[out.rank()];
        int count = 0;
        for (int i = 0; i < reduced.length; i++) {
            if (!reduced[i]) {
                left[count++] = out.size(i);
            }
        }
        return out.replacedBy(out.reshape(Arrays.copyOf(left, count)));
    }

    /** Returns x with the reduced axes moved to the end and merged into one, as a view where strides allow it. */
    static Tensor rows(Tensor x, boolean[] reduced) {
        int[] order = new int[x.rank()];
        long[] sizes = new long[x.rank() + 1];
        int left = 0;
        for (int i = 0; i < reduced.length; i++) {
            if (!reduced[i]) {
                sizes[left] = x.size(i);
                order[left++] = i;
            }
        }
        int last = left;
        long n = 1;
        for (int i = 0; i < reduced.length; i++) {
            if (reduced[i]) {
                n *= x.size(i);
                order[left++] = i;
            }
        }
        sizes[last] = n;
        return x.permute(order).reshape(Arrays.copyOf(sizes, last + 1));
    }

    static VarMean<Tensor> varMean(String name, Tensor x, double correction, boolean keepAxes, int[] axes) {
        floating(name, x);
        if (x.dtype().isHalf()) {
            VarMean<Tensor> wide = varMean(name, x.to(DType.F32), correction, keepAxes, axes);
            return new VarMean<>(wide.var().to(x.dtype()), wide.mean().to(x.dtype()));
        }
        boolean[] reduced = x.shape().reducedAxes(name, axes);
        Shape kept = kept(x, reduced);
        Tensor out = Tensor.make(name, x.device(), x.dtype(), kept);
        Tensor mean = Tensor.make(name, x.device(), x.dtype(), kept);
        x.backend().deviation(out, mean, x);
        Reference.reachabilityFence(x);
        // Of fewer numbers than the correction nothing is known: 0 / 0.
        out.mul_(1 / Math.max(0, count(x, kept) - correction));
        return keepAxes ? new VarMean<>(out, mean) : new VarMean<>(dropped(out, reduced), dropped(mean, reduced));
    }

    private static double count(Tensor x, Shape kept) {
        double count = 1;
        for (int axis = 0; axis < x.rank(); axis++) {
            count *= kept.size(axis) == 1 ? x.size(axis) : 1;
        }
        return count;
    }

    /** The p-norm: (sum |x|^p)^(1/p), with its limits for p = 0 and for infinite p. */
    static Tensor norm(String op, Tensor x, double p, boolean keepAxes, int[] axes) {
        floating(op, x);
        x.shape().reducedAxes(op, axes);
        if (Double.isNaN(p)) {
            throw new IllegalArgumentException(op + ": p must be a number or infinite, got NaN");
        }
        if (x.dtype().isHalf()) {
            return norm(op, x.to(DType.F32), p, keepAxes, axes).to(x.dtype());
        }
        if (p == 0) {
            Tensor count = x.countNonzero(keepAxes, axes);
            return count.replacedBy(count.to(x.dtype()));
        }
        if (p == 2) {
            Tensor squares = reduce(ReduceOp.SUM_OF_SQUARES, op, x, x.dtype(), keepAxes, axes);
            return squares.replacedBy(squares.sqrt());
        }
        if (p == Double.POSITIVE_INFINITY) {
            // Without a copy of |x|: the larger of the largest and the negative of the smallest.
            Tensor high = reduce(ReduceOp.MAX, op, x, x.dtype(), keepAxes, axes);
            Tensor low = reduce(ReduceOp.MIN, op, x, x.dtype(), keepAxes, axes);
            Tensor out = high.maximum(low.neg());
            high.release();
            low.release();
            return out;
        }
        Tensor magnitude = x.abs();
        if (p == Double.NEGATIVE_INFINITY) {
            return magnitude.replacedBy(reduce(ReduceOp.MIN, op, magnitude, x.dtype(), keepAxes, axes));
        }
        Tensor powers = p == 1 ? magnitude : magnitude.replacedBy(magnitude.pow(p));
        Tensor sum = powers.replacedBy(reduce(ReduceOp.SUM, op, powers, x.dtype(), keepAxes, axes));
        return p == 1 ? sum : sum.replacedBy(sum.pow(1 / p));
    }

    static Tensor logsumexp(Tensor x, boolean keepAxes, int[] axes) {
        if (!x.dtype().isFloating()) {
            Tensor numbers = x.to(DType.F32);
            return numbers.replacedBy(logsumexp(numbers, keepAxes, axes));
        }
        if (x.dtype().isHalf()) {
            return logsumexp(x.to(DType.F32), keepAxes, axes).to(x.dtype());
        }
        boolean[] reduced = x.shape().reducedAxes("logsumexp", axes);
        Shape kept = kept(x, reduced);
        Tensor out = Tensor.make("logsumexp", x.device(), x.dtype(), kept);
        Tensor rows = rows(x, reduced);
        if (rows.size(-1) == 0) {
            out.fill_(Double.NEGATIVE_INFINITY);
        } else {
            x.backend().logSumExp(out.view(rows.shape().with(-1, 1).toArray()), rows);
        }
        Reference.reachabilityFence(rows);
        return keepAxes ? out : dropped(out, reduced);
    }

    /** The type of sums: integers and truth values are counted in i64. */
    static DType sumType(Tensor x) {
        return x.dtype().isFloating() ? x.dtype() : DType.I64;
    }

    /** Returns the type of a tensor that must be floating-point. */
    static DType floating(String name, Tensor x) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(name + ": needs a floating-point tensor, got " + x.dtype()
                    + "; convert with to(DType.F32) first");
        }
        return x.dtype();
    }

    static Tensor argReduce(String name, boolean largest, Tensor x, boolean keepAxis, int axis) {
        int at = x.shape().axis(name, axis);
        if (x.shape().size(at) == 0) {
            throw new IllegalArgumentException(name + ": axis " + axis + " of shape " + x.shape() + " is empty");
        }
        Tensor out = Tensor.make(name, x.device(), DType.I64, x.shape().with(at, 1));
        x.backend().argReduce(largest, out, x, at);
        Reference.reachabilityFence(x);
        return keepAxis ? out : out.replacedBy(out.squeeze(at));
    }

    /** The largest or smallest element along an axis, and where it is. */
    static Located<Tensor> extreme(String name, boolean largest, Tensor x, boolean keepAxis, int axis) {
        Tensor indices = argReduce(name, largest, x, true, axis);
        Tensor values = x.gather(axis, indices);
        if (keepAxis) {
            return new Located<>(values, indices);
        }
        return new Located<>(values.replacedBy(values.squeeze(axis)), indices.replacedBy(indices.squeeze(axis)));
    }

    /** Runs a kernel that works on rows along any axis, by moving that axis to the end. */
    static Tensor alongLastAxis(String name, Tensor x, int axis, BiConsumer<Tensor, Tensor> kernel) {
        if (x.dtype().isHalf() && !x.backend().takesHalves()) {
            return alongLastAxis(name, x.to(DType.F32), axis, kernel).to(x.dtype());
        }
        int at = x.shape().axis(name, axis);
        boolean last = at == x.rank() - 1;
        Tensor rows = last ? x : x.transpose(at, -1).contiguous();
        Tensor out = Tensor.make(name, x.device(), floating(name, x), rows.shape());
        kernel.accept(out, rows);
        Reference.reachabilityFence(rows);
        return last ? out : out.replacedBy(out.transpose(at, -1));
    }
}
