package org.jacobi.tensor.backend.reference;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScanOp;

/** Running reductions along an axis. */
final class Scans {
    private Scans() {
    }

    /** Calls the body for every line along an axis, with the address of its first element in each operand. */
    private static void forEachLine(int axis, LineBody body, Tensor... operands) {
        long[][] strides = new long[operands.length][];
        long[] first = new long[operands.length];
        for (int k = 0; k < operands.length; k++) {
            strides[k] = Walk.strides(operands[k]);
            first[k] = operands[k].address();
        }
        Walk walk = new Walk(operands[0].shape().with(axis, 1).toArray(), strides);
        long[] at = new long[operands.length];
        for (boolean row = walk.start(first); row; row = walk.next()) {
            for (long i = 0; i < walk.length(); i++) {
                for (int k = 0; k < at.length; k++) {
                    at[k] = walk.address(k) + i * walk.step(k);
                }
                body.run(at);
            }
        }
    }

    @FunctionalInterface
    private interface LineBody {
        void run(long... first);
    }

    private static long step(Tensor x, int axis) {
        return x.stride(axis) * x.dtype().bytes();
    }

    static void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        DType type = x.dtype();
        long n = x.size(axis);
        long outStep = step(out, axis);
        long step = step(x, axis);
        forEachLine(axis, at -> {
            double total = op.initial();
            long count = (long) op.initial();
            for (long i = 0; i < n; i++) {
                long p = fromEnd ? n - 1 - i : i;
                if (type.isFloating()) {
                    total = op.apply(total, Elements.getDouble(type, at[1] + p * step));
                    Elements.setDouble(out.dtype(), at[0] + p * outStep, total);
                } else {
                    count = op.apply(count, Elements.getLong(type, at[1] + p * step));
                    Elements.setLong(out.dtype(), at[0] + p * outStep, count);
                }
            }
        }, out, x);
    }

    static void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        DType type = x.dtype();
        long n = x.size(axis);
        long step = step(x, axis);
        forEachLine(axis, at -> {
            long best = 0;
            for (long i = 0; i < n; i++) {
                // The last of equal ones, and the last NaN once there is one.
                if (Sorts.isNaN(type, at[2] + i * step) || !Sorts.isNaN(type, at[2] + best * step)
                        && Sorts.compare(type, at[2] + i * step, at[2] + best * step) * (largest ? 1 : -1) >= 0) {
                    best = i;
                }
                Elements.move(type, at[0] + i * step(values, axis), at[2] + best * step);
                Elements.setLong(DType.I64, at[1] + i * step(indices, axis), best);
            }
        }, values, indices, x);
    }

    static void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        DType type = out.dtype();
        long n = out.size(axis);
        forEachLine(axis, at -> {
            double value = 0;
            for (long i = 0; i < n; i++) {
                long p = fromEnd ? n - 1 - i : i;
                double before = i == 0 ? 0 : value * Elements.getDouble(type, at[1] + p * step(a, axis));
                value = before + Elements.getDouble(type, at[2] + p * step(b, axis));
                Elements.setDouble(type, at[0] + p * step(out, axis), value);
            }
        }, out, a, b);
    }
}
