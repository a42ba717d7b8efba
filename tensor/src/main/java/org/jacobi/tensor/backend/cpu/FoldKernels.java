package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ReduceOp;

/**
 * Products, counts and deviations along rows of neighbours, in blocks of fixed length whose results are combined in
 * order. Totals are kept in f64 in several strands, because an operation takes about four cycles.
 */
final class FoldKernels {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final FusedRows FUSED_ROWS = Simd.fusedRows();
    /** The length of the blocks that rows are cut into: short enough for a float to hold a sum. */
    private static final int BLOCK = 1 << 12;

    private FoldKernels() {
    }

    private static float get(long x, int i) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, x + (long) i * Float.BYTES);
    }

    /** Returns sum x[i]. */
    static double sum(long x, int n) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i <= n - 4; i += 4) {
            s0 += get(x, i);
            s1 += get(x, i + 1);
            s2 += get(x, i + 2);
            s3 += get(x, i + 3);
        }
        for (; i < n; i++) {
            s0 += get(x, i);
        }
        return s0 + s1 + (s2 + s3);
    }

    /** Returns the product of all x[i]. */
    static double product(long x, int n) {
        double p0 = 1;
        double p1 = 1;
        double p2 = 1;
        double p3 = 1;
        int i = 0;
        for (; i <= n - 4; i += 4) {
            p0 *= get(x, i);
            p1 *= get(x, i + 1);
            p2 *= get(x, i + 2);
            p3 *= get(x, i + 3);
        }
        for (; i < n; i++) {
            p0 *= get(x, i);
        }
        return p0 * p1 * (p2 * p3);
    }

    private static long nonzeroFloats(long x, int n) {
        int count = 0;
        for (int i = 0; i < n; i++) {
            count += get(x, i) != 0 ? 1 : 0;
        }
        return count;
    }

    /** Each byte is 0 or 1: eight at a time are as many set bits. */
    private static long nonzeroBools(long x, int n) {
        int count = 0;
        int i = 0;
        for (; i <= n - Long.BYTES; i += Long.BYTES) {
            count += Long.bitCount(MEMORY.get(JAVA_LONG_UNALIGNED, x + i));
        }
        for (; i < n; i++) {
            count += MEMORY.get(JAVA_BYTE, x + i);
        }
        return count;
    }

    /** Views x with the axes that out keeps first and those that it reduces behind them: rows, in out's order. */
    static Tensor rows(Tensor out, Tensor x) {
        int[] order = new int[x.rank()];
        int at = 0;
        for (int axis = 0; axis < order.length; axis++) {
            if (out.size(axis) == x.size(axis)) {
                order[at++] = axis;
            }
        }
        for (int axis = 0; axis < order.length; axis++) {
            if (out.size(axis) != x.size(axis)) {
                order[at++] = axis;
            }
        }
        return x.permute(order);
    }

    /** Reduces one block of n neighbours to two numbers, which it writes from {@code at} on. */
    @FunctionalInterface
    private interface BlockBody {
        void run(long address, int n, double[] results, int at);
    }

    /** Makes a row's result of those of its blocks, two numbers each from {@code at} on. */
    @FunctionalInterface
    private interface RowBody {
        void run(long row, double[] results, int at);
    }

    /** Reduces the rows of a contiguous x, which has elements. */
    private static void forEachRow(long rows, Tensor x, BlockBody body, RowBody combine) {
        long n = x.numel() / rows;
        int bytes = x.dtype().bytes();
        long address = x.address();
        if (n <= BLOCK) {
            WorkerPool.global().parallelFor(rows, Math.max(1, StridedLoop.TASK_ELEMENTS / n), (from, to) -> {
                double[] results = new double[2];
                for (long row = from; row < to; row++) {
                    body.run(address + row * n * bytes, (int) n, results, 0);
                    combine.run(row, results, 0);
                }
            });
            return;
        }
        int perRow = Math.toIntExact(Math.ceilDiv(n, BLOCK));
        double[] results = new double[Math.toIntExact(2 * rows * perRow)];
        WorkerPool.global().parallelFor(rows * perRow, StridedLoop.TASK_ELEMENTS / BLOCK, (from, to) -> {
            for (long block = from; block < to; block++) {
                long start = block % perRow * BLOCK;
                body.run(address + (block / perRow * n + start) * bytes, (int) Math.min(BLOCK, n - start), results,
                        2 * (int) block);
            }
        });
        for (long row = 0; row < rows; row++) {
            combine.run(row, results, (int) (2 * row * perRow));
        }
    }

    /** PROD of the rows of a contiguous f32 tensor that has elements. */
    static void product(Tensor out, Tensor x) {
        long o = out.address();
        int blocks = blocks(out, x);
        forEachRow(out.numel(), x, (address, n, results, at) -> results[at] = product(address, n),
                (row, results, at) -> {
                    double product = results[at];
                    for (int i = 1; i < blocks; i++) {
                        product *= results[at + 2 * i];
                    }
                    MEMORY.set(JAVA_FLOAT_UNALIGNED, o + row * Float.BYTES, (float) product);
                });
    }

    private static int blocks(Tensor out, Tensor x) {
        return Math.toIntExact(Math.ceilDiv(x.numel() / out.numel(), BLOCK));
    }

    /** COUNT, ANY or ALL of the rows of a contiguous f32 or bool tensor that has elements. */
    static void count(ReduceOp op, Tensor out, Tensor x) {
        long o = out.address();
        long n = x.numel() / out.numel();
        int blocks = blocks(out, x);
        boolean bool = x.dtype() == DType.BOOL;
        forEachRow(out.numel(), x,
                (address, length, results, at) -> results[at] =
                        bool ? nonzeroBools(address, length) : nonzeroFloats(address, length),
                (row, results, at) -> {
                    double count = 0;
                    for (int i = 0; i < blocks; i++) {
                        count += results[at + 2 * i];
                    }
                    if (op == ReduceOp.COUNT) {
                        MEMORY.set(JAVA_LONG_UNALIGNED, o + row * Long.BYTES, (long) count);
                    } else {
                        boolean holds = op == ReduceOp.ANY ? count > 0 : count == n;
                        MEMORY.set(JAVA_BYTE, o + row, (byte) (holds ? 1 : 0));
                    }
                });
    }

    /**
     * The mean and the sum of squared deviations of the rows of a contiguous f32 tensor that has elements: of each block
     * about its own mean while it is in the cache, and of two parts from the parts' by the formula of Chan, Golub and
     * LeVeque, 1979.
     */
    static void deviation(Tensor out, Tensor mean, Tensor x) {
        long o = out.address();
        long m = mean.address();
        long n = x.numel() / out.numel();
        int blocks = blocks(out, x);
        forEachRow(out.numel(), x, (address, length, results, at) -> {
            double center = sum(address, length) / length;
            // The mean rounded to f32 is off by a little, which adds its square to every square.
            double off = center - (float) center;
            double squares = FUSED_ROWS.sumOfSquares(address, (float) center, length) - length * off * off;
            results[at] = center;
            results[at + 1] = Math.max(0, squares);
        }, (row, results, at) -> {
            double center = results[at];
            double total = results[at + 1];
            double done = Math.min(BLOCK, n);
            for (int i = 1; i < blocks; i++) {
                double more = Math.min(BLOCK, n - done);
                double apart = results[at + 2 * i] - center;
                total += results[at + 2 * i + 1] + apart * apart * done * more / (done + more);
                center += apart * more / (done + more);
                done += more;
            }
            MEMORY.set(JAVA_FLOAT_UNALIGNED, o + row * Float.BYTES, (float) total);
            MEMORY.set(JAVA_FLOAT_UNALIGNED, m + row * Float.BYTES, (float) center);
        });
    }
}
