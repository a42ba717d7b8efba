package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

import org.jacobi.natives.NativeMemory;

/**
 * Matrix products in plain loops over Java arrays, which the compiler turns into vectors by itself.
 *
 * <p>Blocks of B and of the result are held as doubles, and f32 products are computed in double: one code serves both
 * types.
 */
final class PlainGemm implements Gemm {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /**
     * Rows of a block of the result, its columns, and how many of its products are added before B's next block comes.
     */
    private static final int ROWS = 64;
    private static final int COLUMNS = 256;
    private static final int DEPTH = 128;
    /** How many products are added to a number in one go: a load and a store for four of them. */
    private static final int UNROLL = 4;

    private static final ThreadLocal<Blocks> BLOCKS = ThreadLocal.withInitial(Blocks::new);

    private static final class Blocks {
        final double[] b = new double[DEPTH * COLUMNS];
        final double[] sums = new double[ROWS * COLUMNS];
        final double[] a = new double[DEPTH];
    }

    @Override
    public String name() {
        return "PlainGemm";
    }

    @Override
    public void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        gemm(Float.BYTES, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
            int ldb, double beta, long c, int ldc) {
        gemm(Double.BYTES, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    private static void gemm(int bytes, boolean transA, boolean transB, int m, int n, int k, double alpha, long a,
            int lda, long b, int ldb, double beta, long c, int ldc) {
        Blocks blocks = BLOCKS.get();
        for (int left = 0; left < n; left += COLUMNS) {
            int width = Math.min(COLUMNS, n - left);
            for (int top = 0; top < m; top += ROWS) {
                int height = Math.min(ROWS, m - top);
                Arrays.fill(blocks.sums, 0);
                for (int depth = 0; depth < k; depth += DEPTH) {
                    int length = Math.min(DEPTH, k - depth);
                    loadB(blocks.b, bytes, transB, b, ldb, depth, length, left, width);
                    for (int row = 0; row < height; row++) {
                        loadA(blocks.a, bytes, transA, a, lda, top + row, depth, length);
                        addProducts(blocks.sums, row * COLUMNS, blocks.a, blocks.b, length, width);
                    }
                }
                store(bytes, blocks.sums, alpha, beta, c, ldc, top, height, left, width);
            }
        }
    }

    private static double get(int bytes, long address, long i) {
        return bytes == Float.BYTES ? MEMORY.get(JAVA_FLOAT_UNALIGNED, address + i * Float.BYTES)
                : MEMORY.get(JAVA_DOUBLE_UNALIGNED, address + i * Double.BYTES);
    }

    private static void loadA(double[] row, int bytes, boolean trans, long a, int lda, int i, int depth, int length) {
        for (int p = 0; p < length; p++) {
            row[p] = get(bytes, a, trans ? (long) (depth + p) * lda + i : (long) i * lda + depth + p);
        }
        // Rows are added four at a time; the products past the end are 0.
        Arrays.fill(row, length, Math.ceilDiv(length, UNROLL) * UNROLL, 0);
    }

    private static void loadB(double[] block, int bytes, boolean trans, long b, int ldb, int depth, int length,
            int left,
            int width) {
        for (int p = 0; p < length; p++) {
            for (int j = 0; j < width; j++) {
                block[p * COLUMNS + j] = get(bytes, b,
                        trans ? (long) (left + j) * ldb + depth + p : (long) (depth + p) * ldb + left + j);
            }
        }
        int end = Math.ceilDiv(length, UNROLL) * UNROLL;
        Arrays.fill(block, length * COLUMNS, end * COLUMNS, 0);
    }

    private static void addProducts(double[] sums, int row, double[] a, double[] b, int length, int width) {
        for (int p = 0; p < length; p += UNROLL) {
            addFour(sums, row, b, p * COLUMNS, a[p], a[p + 1], a[p + 2], a[p + 3], width);
        }
    }

    private static void addFour(double[] sums, int row, double[] b, int at, double a0, double a1, double a2, double a3,
            int width) {
        for (int j = 0; j < width; j++) {
            double sum = Math.fma(a0, b[at + j], sums[row + j]);
            sum = Math.fma(a1, b[at + COLUMNS + j], sum);
            sum = Math.fma(a2, b[at + 2 * COLUMNS + j], sum);
            sums[row + j] = Math.fma(a3, b[at + 3 * COLUMNS + j], sum);
        }
    }

    private static void store(int bytes, double[] sums, double alpha, double beta, long c, int ldc, int top, int height,
            int left, int width) {
        for (int row = 0; row < height; row++) {
            for (int j = 0; j < width; j++) {
                long at = (long) (top + row) * ldc + left + j;
                double value = alpha * sums[row * COLUMNS + j];
                // With beta 0, what C holds is not read: it may be NaN.
                double result = beta == 0 ? value : value + beta * get(bytes, c, at);
                if (bytes == Float.BYTES) {
                    MEMORY.set(JAVA_FLOAT_UNALIGNED, c + at * Float.BYTES, (float) result);
                } else {
                    MEMORY.set(JAVA_DOUBLE_UNALIGNED, c + at * Double.BYTES, result);
                }
            }
        }
    }
}
