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
        boolean[] reduced = new boolean[x.rank()];
        for (int axis : axes) {
            int at = x.shape().axis(name, axis);
            if (reduced[at]) {
                throw new IllegalArgumentException(
                        name + ": axis " + axis + " is named twice in " + Arrays.toString(axes));
            }
            reduced[at] = true;
        }
        long[] kept = x.shape().toArray();
        for (int i = 0; i < kept.length; i++) {
            if (axes.length == 0 || reduced[i]) {
                if (kept[i] == 0 && (op == ReduceOp.MAX || op == ReduceOp.MIN)) {
                    throw new IllegalArgumentException(
                            name + ": axis " + i + " of shape " + x.shape()
                                    + " is empty and has no largest or smallest element");
                }
                kept[i] = 1;
                reduced[i] = true;
            }
        }
        Tensor out = Tensor.make(name, type, Shape.of(kept));
        Tensor operand = op == ReduceOp.ANY || op == ReduceOp.ALL ? x : x.to(type);
        x.backend().reduce(op, out, operand);
        Reference.reachabilityFence(operand);
        if (keepAxes) {
            return out;
        }
        long[] left = new long[x.rank()];
        int count = 0;
        for (int i = 0; i < kept.length; i++) {
            if (!reduced[i]) {
                left[count++] = kept[i];
            }
        }
        return out.replacedBy(out.reshape(Arrays.copyOf(left, count)));
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

    static Tensor argReduce(String name, boolean largest, Tensor x, int axis) {
        int at = x.shape().axis(name, axis);
        if (x.shape().size(at) == 0) {
            throw new IllegalArgumentException(name + ": axis " + axis + " of shape " + x.shape() + " is empty");
        }
        Tensor out = Tensor.make(name, DType.I64, x.shape().with(at, 1));
        x.backend().argReduce(largest, out, x, at);
        Reference.reachabilityFence(x);
        return out.replacedBy(out.squeeze(at));
    }

    /** Runs a kernel that works on rows along any axis, by moving that axis to the end. */
    static Tensor alongLastAxis(String name, Tensor x, int axis, BiConsumer<Tensor, Tensor> kernel) {
        if (x.dtype().isHalf()) {
            return alongLastAxis(name, x.to(DType.F32), axis, kernel).to(x.dtype());
        }
        int at = x.shape().axis(name, axis);
        boolean last = at == x.rank() - 1;
        Tensor rows = last ? x : x.transpose(at, -1).contiguous();
        Tensor out = Tensor.make(name, floating(name, x), rows.shape());
        kernel.accept(out, rows);
        Reference.reachabilityFence(rows);
        return last ? out : out.replacedBy(out.transpose(at, -1));
    }
}
