package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScanOp;

/**
 * Running reductions along an axis of contiguous f32 tensors; totals are kept in f64, as in PyTorch.
 *
 * <p>A tensor is seen as (outer, n, inner) with the axis in the middle. Where inner is not 1, a task walks along the axis
 * with a piece of a row at a time; where it is, lines are rows, and a long one is cut into blocks: the blocks' totals come
 * first, then each block runs on from the total of those before it.
 */
final class ScanKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** The length of the blocks that a long row is cut into. */
    private static final int BLOCK = 1 << 14;
    /** The width of the pieces of rows that a task walks along the axis with. */
    private static final int PIECE = 256;

    private ScanKernels() {
    }

    private static float get(long address) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address);
    }

    private static void set(long address, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address, value);
    }

    private static long inner(Tensor x, int axis) {
        long inner = 1;
        for (int i = axis + 1; i < x.rank(); i++) {
            inner *= x.size(i);
        }
        return inner;
    }

    // ---- sums and products -----------------------------------------------------------------------------------------

    /** Knows SUM and PROD. */
    static void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis) {
        if (x.numel() == 0) {
            return;
        }
        boolean sum = op == ScanOp.SUM;
        long n = x.size(axis);
        long inner = inner(x, axis);
        if (inner > 1) {
            columns(sum, fromEnd, out.address(), x.address(), x.numel() / n / inner, n, inner);
        } else if (n > 2 * BLOCK) {
            for (long row = 0; row < x.numel() / n; row++) {
                long at = row * n * Float.BYTES;
                blocks(sum, fromEnd, out.address() + at, x.address() + at, n);
            }
        } else {
            long o = out.address();
            long a = x.address();
            WorkerPool.global().parallelFor(x.numel() / n, Math.max(1, StridedLoop.TASK_ELEMENTS / n), (from, to) -> {
                for (long row = from; row < to; row++) {
                    long at = row * n * Float.BYTES;
                    row(sum, fromEnd, o + at, a + at, (int) n, sum ? 0 : 1);
                }
            });
        }
    }

    private static void blocks(boolean sum, boolean fromEnd, long out, long x, long n) {
        int count = Math.toIntExact(Math.ceilDiv(n, BLOCK));
        double[] totals = new double[count];
        WorkerPool.global().parallelFor(count, 1, (block, _) -> {
            long at = block * BLOCK * Float.BYTES;
            int length = (int) Math.min(BLOCK, n - block * BLOCK);
            totals[(int) block] = sum ? FoldKernels.sum(x + at, length) : FoldKernels.product(x + at, length);
        });
        double total = sum ? 0 : 1;
        for (int i = 0; i < count; i++) {
            int block = fromEnd ? count - 1 - i : i;
            double own = totals[block];
            totals[block] = total;
            total = sum ? total + own : total * own;
        }
        WorkerPool.global().parallelFor(count, 1, (block, _) -> {
            long at = block * BLOCK * Float.BYTES;
            row(sum, fromEnd, out + at, x + at, (int) Math.min(BLOCK, n - block * BLOCK), totals[(int) block]);
        });
    }

    private static void row(boolean sum, boolean fromEnd, long out, long x, int n, double initial) {
        double total = initial;
        long step = fromEnd ? -Float.BYTES : Float.BYTES;
        long first = fromEnd ? (n - 1L) * Float.BYTES : 0;
        long o = out + first;
        long a = x + first;
        if (sum) {
            for (int i = 0; i < n; i++, o += step, a += step) {
                total += get(a);
                set(o, (float) total);
            }
        } else {
            for (int i = 0; i < n; i++, o += step, a += step) {
                total *= get(a);
                set(o, (float) total);
            }
        }
    }

    private static void columns(boolean sum, boolean fromEnd, long out, long x, long outer, long n, long inner) {
        long pieces = Math.ceilDiv(inner, PIECE);
        long grain = Math.max(1, StridedLoop.TASK_ELEMENTS / (n * Math.min(inner, PIECE)));
        WorkerPool.global().parallelFor(outer * pieces, grain, (from, to) -> {
            double[] totals = new double[PIECE];
            for (long task = from; task < to; task++) {
                long left = task % pieces * PIECE;
                int width = (int) Math.min(PIECE, inner - left);
                long start = (task / pieces * n * inner + left) * Float.BYTES;
                Arrays.fill(totals, sum ? 0 : 1);
                for (long i = 0; i < n; i++) {
                    long at = start + (fromEnd ? n - 1 - i : i) * inner * Float.BYTES;
                    if (sum) {
                        add(totals, out + at, x + at, width);
                    } else {
                        multiply(totals, out + at, x + at, width);
                    }
                }
            }
        });
    }

    private static void add(double[] totals, long out, long x, int width) {
        for (int j = 0; j < width; j++) {
            totals[j] += get(x + (long) j * Float.BYTES);
            set(out + (long) j * Float.BYTES, (float) totals[j]);
        }
    }

    private static void multiply(double[] totals, long out, long x, int width) {
        for (int j = 0; j < width; j++) {
            totals[j] *= get(x + (long) j * Float.BYTES);
            set(out + (long) j * Float.BYTES, (float) totals[j]);
        }
    }

    // ---- what goes along lines one by one --------------------------------------------------------------------------

    /** A line of n numbers that lie step elements apart, first elements after the tensors' addresses. */
    @FunctionalInterface
    private interface LineBody {
        void run(long first, long step, long n);
    }

    private static void forEachLine(Tensor x, int axis, LineBody body) {
        if (x.numel() == 0) {
            return;
        }
        long n = x.size(axis);
        long inner = inner(x, axis);
        WorkerPool.global().parallelFor(x.numel() / n, Math.max(1, StridedLoop.TASK_ELEMENTS / 2 / n), (from, to) -> {
            for (long line = from; line < to; line++) {
                body.run(line / inner * n * inner + line % inner, inner, n);
            }
        });
    }

    /** In f64 rounded at each element, as the scan's definition is. */
    static void logSumExp(boolean fromEnd, Tensor out, Tensor x, int axis) {
        long o = out.address();
        long a = x.address();
        forEachLine(x, axis, (first, step, n) -> {
            double total = ScanOp.LOG_SUM_EXP.initial();
            for (long i = 0; i < n; i++) {
                long at = (first + (fromEnd ? n - 1 - i : i) * step) * Float.BYTES;
                total = ScanOp.LOG_SUM_EXP.apply(total, get(a + at));
                set(o + at, (float) total);
            }
        });
    }

    static void extreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis) {
        long v = values.address();
        long p = indices.address();
        long a = x.address();
        forEachLine(x, axis, (first, step, n) -> {
            float best = get(a + first * Float.BYTES);
            long position = 0;
            for (long i = 0; i < n; i++) {
                long at = first + i * step;
                float next = get(a + at * Float.BYTES);
                if (next != next || (largest ? next >= best : next <= best)) {
                    best = next;
                    position = i;
                }
                set(v + at * Float.BYTES, best);
                MEMORY.set(JAVA_LONG_UNALIGNED, p + at * Long.BYTES, position);
            }
        });
    }

    static void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis) {
        long o = out.address();
        long factors = a.address();
        long summands = b.address();
        forEachLine(out, axis, (first, step, n) -> {
            double value = 0;
            for (long i = 0; i < n; i++) {
                long at = (first + (fromEnd ? n - 1 - i : i) * step) * Float.BYTES;
                value = (i == 0 ? 0 : value * get(factors + at)) + get(summands + at);
                set(o + at, (float) value);
            }
        });
    }
}
