package org.jacobi.tensor;

import java.lang.ref.Reference;

/** The ops of {@link Tensor} that copy elements to other places: reversed, shifted, padded, on diagonals, in triangles. */
final class Arrangements {
    private Arrangements() {
    }

    static Tensor flip(Tensor x, int... axes) {
        // A view that runs backwards, which only this copy ever sees: other kernels expect strides from 0 on.
        long[] strides = x.strides().clone();
        long first = x.offset();
        for (int axis : x.shape().axes("flip", axes)) {
            first += Math.max(0, x.size(axis) - 1) * strides[axis];
            strides[axis] = -strides[axis];
        }
        Tensor backwards = x.view(first, x.shape(), strides);
        Tensor out = copyOf("flip", backwards);
        backwards.release();
        return out;
    }

    static Tensor roll(Tensor x, long[] shifts, int[] axes) {
        Checks.required("roll", "the array of shifts", shifts);
        Checks.required("roll", "the array of axes", axes);
        if (shifts.length != axes.length || shifts.length == 0) {
            throw new IllegalArgumentException("roll: " + shifts.length + " shifts do not fit " + axes.length
                    + " axes; there must be one for each, and at least one");
        }
        for (int axis : axes) {
            if (!x.shape().isAxisOfScalar(axis)) {
                x.shape().axis("roll", axis);
            }
        }
        Tensor out = Tensor.make("roll", x.device(), x.dtype(), x.shape());
        if (x.numel() > 0) {
            long[] total = new long[x.rank()];
            for (int i = 0; i < axes.length && x.rank() > 0; i++) {
                // The same axis may be named twice: its shifts add up.
                int at = x.shape().axis("roll", axes[i]);
                total[at] = Math.floorMod(total[at] + Math.floorMod(shifts[i], x.size(at)), x.size(at));
            }
            rolled(out, x, total, 0);
        }
        Reference.reachabilityFence(x);
        return out;
    }

    /** Copies x to out in two parts an axis, from one axis on. */
    private static void rolled(Tensor out, Tensor x, long[] shifts, int axis) {
        if (axis == shifts.length) {
            out.backend().copy(out, x);
            return;
        }
        long shift = shifts[axis];
        if (shift == 0) {
            rolled(out, x, shifts, axis + 1);
            return;
        }
        long rest = x.size(axis) - shift;
        Tensor[] to = out.split(axis, shift, rest);
        Tensor[] from = x.split(axis, rest, shift);
        rolled(to[0], from[1], shifts, axis + 1);
        rolled(to[1], from[0], shifts, axis + 1);
        release(to);
        release(from);
    }

    private static void release(Tensor... views) {
        for (Tensor view : views) {
            view.release();
        }
    }

    static Tensor triangle(String op, boolean lower, Tensor x, long k) {
        if (x.rank() < 2) {
            throw new IllegalArgumentException(op + ": needs at least two axes, got shape " + x.shape());
        }
        Tensor out = Tensor.make(op, x.device(), x.dtype(), x.shape());
        // k far outside the matrix must not overflow.
        out.backend().triangle(out, x, lower, Math.clamp(k, -x.size(-2), x.size(-1)));
        Reference.reachabilityFence(x);
        return out;
    }

    static Tensor diagEmbed(String op, Tensor x, long offset, int axis1, int axis2) {
        Shape target = x.shape().diagEmbedded(op, offset, axis1, axis2);
        Tensor out = Tensor.make(op, x.device(), x.dtype(), target);
        out.backend().fill(out, 0);
        Tensor diagonal = out.diagonal(offset, axis1, axis2);
        out.backend().copy(diagonal, x);
        diagonal.release();
        Reference.reachabilityFence(x);
        return out;
    }

    static Tensor pad(Tensor x, long[] amounts, double value) {
        Tensor out = Tensor.make("pad", x.device(), x.dtype(), x.shape().padded(amounts));
        Tensor target = out.alias();
        Tensor source = x.alias();
        boolean grows = false;
        for (int i = 0; i < amounts.length; i += 2) {
            int at = x.rank() - 1 - i / 2;
            long before = amounts[i];
            long after = amounts[i + 1];
            grows |= before > 0 || after > 0;
            long length = x.size(at) + Math.min(0, before) + Math.min(0, after);
            target = target.replacedBy(target.narrow(at, Math.max(0, before), length));
            source = source.replacedBy(source.narrow(at, Math.max(0, -before), length));
        }
        if (grows) {
            out.backend().fill(out, value);
        }
        out.backend().copy(target, source);
        release(target, source);
        Reference.reachabilityFence(x);
        return out;
    }

    private static Tensor copyOf(String op, Tensor x) {
        Tensor out = Tensor.make(op, x.device(), x.dtype(), x.shape());
        out.backend().copy(out, x);
        Reference.reachabilityFence(x);
        return out;
    }
}
