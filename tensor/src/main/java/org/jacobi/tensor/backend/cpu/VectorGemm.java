package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.jacobi.tensor.backend.cpu.VectorMath.BYTES;
import static org.jacobi.tensor.backend.cpu.VectorMath.LANES;
import static org.jacobi.tensor.backend.cpu.VectorMath.all;
import static org.jacobi.tensor.backend.cpu.VectorMath.load;
import static org.jacobi.tensor.backend.cpu.VectorMath.store;

import java.lang.foreign.MemorySegment;

import jdk.incubator.vector.FloatVector;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/**
 * Matrix products in Java by the Vector API, after Goto and van de Geijn, "Anatomy of High-Performance Matrix
 * Multiplication", ACM TOMS 34(3), 2008.
 *
 * <p>A block of B and a block of A are packed into panels that lie in memory as the innermost loop reads them: for each
 * depth the {@code TILE_COLUMNS} numbers of B, and the {@code TILE_ROWS} numbers of A, that a tile of the result needs.
 * A panel of B stays in the first cache while all of A's panels pass by, which come from the second. The tile itself, 3
 * rows of 3 vectors, stays in registers: so many does the JIT compiler keep there with 16 registers.
 */
final class VectorGemm implements Gemm {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Gemm PLAIN = new PlainGemm();
    private static final int TILE_ROWS = 3;
    private static final int TILE_VECTORS = 3;
    private static final int TILE_COLUMNS = TILE_VECTORS * LANES;
    private static final long TILE_BYTES = (long) TILE_ROWS * TILE_COLUMNS * Float.BYTES;
    /** How many products are added in registers: a panel of B has then 24 KiB. */
    private static final int DEPTH = 2048 / LANES;
    /** The height of A's blocks and the width of B's. */
    private static final int HEIGHT = 40 * TILE_ROWS;
    private static final int WIDTH = 1024 / TILE_COLUMNS * TILE_COLUMNS;

    @Override
    public String name() {
        return "VectorGemm";
    }

    /** By plain loops: f64 serves gradient checks, not speed. */
    @Override
    public void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
            int ldb, double beta, long c, int ldc) {
        PLAIN.dgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        if (k == 0) {
            PLAIN.sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
            return;
        }
        int depth = Math.min(DEPTH, k);
        int height = Math.min(HEIGHT, roundUp(m, TILE_ROWS));
        int width = Math.min(WIDTH, roundUp(n, TILE_COLUMNS));
        long bytesB = (long) depth * width * Float.BYTES;
        long bytesA = (long) depth * height * Float.BYTES;
        long scratchBytes = bytesB + bytesA + TILE_BYTES;
        long panelsB = SlabAllocator.global().allocate(scratchBytes);
        long panelsA = panelsB + bytesB;
        long tile = panelsA + bytesA;
        try {
            for (int left = 0; left < n; left += width) {
                int columns = Math.min(width, n - left);
                for (int start = 0; start < k; start += depth) {
                    int length = Math.min(depth, k - start);
                    float keep = start == 0 ? beta : 1;
                    packB(panelsB, transB, b, ldb, start, length, left, columns);
                    for (int top = 0; top < m; top += height) {
                        int rows = Math.min(height, m - top);
                        packA(panelsA, transA, a, lda, start, length, top, rows);
                        long target = c + ((long) top * ldc + left) * Float.BYTES;
                        block(panelsA, panelsB, tile, rows, columns, length, alpha, keep, target, ldc);
                    }
                }
            }
        } finally {
            SlabAllocator.global().free(panelsB, scratchBytes);
        }
    }

    private static int roundUp(int size, int multiple) {
        return (int) Math.min(Integer.MAX_VALUE - multiple, Math.ceilDiv((long) size, multiple) * multiple);
    }

    private static float get(long address, long i) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address + i * Float.BYTES);
    }

    private static void set(long address, long i, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address + i * Float.BYTES, value);
    }

    /** Panels of TILE_COLUMNS columns, each depth after depth; columns past the end are 0. */
    private static void packB(long panels, boolean trans, long b, int ldb, int start, int length, int left,
            int columns) {
        for (int j = 0; j < columns; j += TILE_COLUMNS) {
            long panel = panels + (long) j * length * Float.BYTES;
            int width = Math.min(TILE_COLUMNS, columns - j);
            if (trans) {
                packAcross(panel, TILE_COLUMNS, b + ((left + j) * (long) ldb + start) * Float.BYTES, ldb, width,
                        length);
            } else if (width == TILE_COLUMNS) {
                packVectors(panel, b + ((long) start * ldb + left + j) * Float.BYTES, ldb, length);
            } else {
                packAlong(panel, TILE_COLUMNS, b + ((long) start * ldb + left + j) * Float.BYTES, ldb, width, length);
            }
        }
    }

    /** Panels of TILE_ROWS rows, each depth after depth; rows past the end are 0. */
    private static void packA(long panels, boolean trans, long a, int lda, int start, int length, int top, int rows) {
        for (int i = 0; i < rows; i += TILE_ROWS) {
            long panel = panels + (long) i * length * Float.BYTES;
            int height = Math.min(TILE_ROWS, rows - i);
            long first = a + (trans ? (long) start * lda + top + i : (top + i) * (long) lda + start) * Float.BYTES;
            if (height == TILE_ROWS) {
                packThree(panel, first, trans ? lda : 1, trans ? 1 : lda, length);
            } else if (trans) {
                packAlong(panel, TILE_ROWS, first, lda, height, length);
            } else {
                packAcross(panel, TILE_ROWS, first, lda, height, length);
            }
        }
    }

    /** Packs a whole panel of A; strides in elements. */
    private static void packThree(long panel, long x, int depthStride, int rowStride, int length) {
        for (int p = 0; p < length; p++) {
            long from = x + (long) p * depthStride * Float.BYTES;
            long to = panel + (long) p * TILE_ROWS * Float.BYTES;
            set(to, 0, get(from, 0));
            set(to, 1, get(from, rowStride));
            set(to, 2, get(from, 2L * rowStride));
        }
    }

    private static void packVectors(long panel, long x, int ld, int length) {
        for (int p = 0; p < length; p++) {
            long from = x + (long) p * ld * Float.BYTES;
            long to = panel + (long) p * TILE_COLUMNS * Float.BYTES;
            store(to, load(from));
            store(to + BYTES, load(from + BYTES));
            store(to + 2 * BYTES, load(from + 2 * BYTES));
        }
    }

    /** Packs count <= size numbers a depth that are neighbours in memory. */
    private static void packAlong(long panel, int size, long x, int ld, int count, int length) {
        for (int p = 0; p < length; p++) {
            long from = x + (long) p * ld * Float.BYTES;
            long to = panel + (long) p * size * Float.BYTES;
            for (int i = 0; i < size; i++) {
                set(to, i, i < count ? get(from, i) : 0);
            }
        }
    }

    /** Packs count <= size numbers a depth that lie ld apart, where the depths are neighbours. */
    private static void packAcross(long panel, int size, long x, int ld, int count, int length) {
        for (int i = 0; i < size; i++) {
            long from = x + (long) i * ld * Float.BYTES;
            long to = panel + (long) i * Float.BYTES;
            for (int p = 0; p < length; p++) {
                set(to, (long) p * size, i < count ? get(from, p) : 0);
            }
        }
    }

    /** Adds the product of a packed block of A and one of B to a block of C. */
    private static void block(long panelsA, long panelsB, long tile, int rows, int columns, int length, float alpha,
            float beta, long c, int ldc) {
        for (int j = 0; j < columns; j += TILE_COLUMNS) {
            long panelB = panelsB + (long) j * length * Float.BYTES;
            int width = Math.min(TILE_COLUMNS, columns - j);
            for (int i = 0; i < rows; i += TILE_ROWS) {
                multiplyTile(tile, panelsA + (long) i * length * Float.BYTES, panelB, length);
                long target = c + ((long) i * ldc + j) * Float.BYTES;
                for (int row = 0; row < Math.min(TILE_ROWS, rows - i); row++) {
                    addRow(target + (long) row * ldc * Float.BYTES, tile + (long) row * TILE_COLUMNS * Float.BYTES,
                            width,
                            alpha, beta);
                }
            }
        }
    }

    /** The innermost loop: 9 multiply-adds for 6 loads. */
    private static void multiplyTile(long tile, long panelA, long panelB, int length) {
        FloatVector c00 = all(0f);
        FloatVector c01 = c00;
        FloatVector c02 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c12 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c22 = c00;
        for (int p = 0; p < length; p++) {
            long a = panelA + (long) p * TILE_ROWS * Float.BYTES;
            long b = panelB + (long) p * TILE_VECTORS * BYTES;
            FloatVector b0 = load(b);
            FloatVector b1 = load(b + BYTES);
            FloatVector b2 = load(b + 2 * BYTES);
            FloatVector a0 = all(get(a, 0));
            c00 = a0.fma(b0, c00);
            c01 = a0.fma(b1, c01);
            c02 = a0.fma(b2, c02);
            FloatVector a1 = all(get(a, 1));
            c10 = a1.fma(b0, c10);
            c11 = a1.fma(b1, c11);
            c12 = a1.fma(b2, c12);
            FloatVector a2 = all(get(a, 2));
            c20 = a2.fma(b0, c20);
            c21 = a2.fma(b1, c21);
            c22 = a2.fma(b2, c22);
        }
        store(tile, c00);
        store(tile + BYTES, c01);
        store(tile + 2 * BYTES, c02);
        store(tile + 3 * BYTES, c10);
        store(tile + 4 * BYTES, c11);
        store(tile + 5 * BYTES, c12);
        store(tile + 6 * BYTES, c20);
        store(tile + 7 * BYTES, c21);
        store(tile + 8 * BYTES, c22);
    }

    /** c = alpha tile + beta c for the numbers of one row of a tile. With beta 0, c is not read: it may be NaN. */
    private static void addRow(long c, long tile, int width, float alpha, float beta) {
        int j = 0;
        for (; j <= width - LANES; j += LANES) {
            long at = (long) j * Float.BYTES;
            FloatVector product = load(tile + at).mul(alpha);
            store(c + at, beta == 0 ? product : load(c + at).fma(all(beta), product));
        }
        for (; j < width; j++) {
            float product = get(tile, j) * alpha;
            set(c, j, beta == 0 ? product : Math.fma(get(c, j), beta, product));
        }
    }
}
