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

final class VectorGemm implements Gemm {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final Gemm PLAIN = new PlainGemm();
    private static final long ADDRESSES = (1L << 60) - 1;
    private static final long STRIDES = (1L << 40) - 1;
    static int DEPTH = Integer.getInteger("kc", 2048 / LANES);
    static int HEIGHT = Integer.getInteger("mc", 120);
    static int WIDTH = Integer.getInteger("nc", 1008) / (3 * LANES) * (3 * LANES);
    static long DIRECT_B = Long.getLong("directb", 64 * 64);
    static int DIRECT_M = Integer.getInteger("directm", 8);
    static long DIRECT_A = Long.getLong("directa", 64 * 64);

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
        boolean packB = transB || n < LANES || m > DIRECT_M && (long) n * k > DIRECT_B;
        boolean packA = transA && (long) m * k > DIRECT_A;
        if (!packA && !packB) {
            for (int start = 0; start < k; start += DEPTH) {
                int length = Math.min(DEPTH, k - start);
                block(a + start * stride(transA ? lda : 1), stride(transA ? 1 : lda), stride(transA ? lda : 1), m,
                        b + start * stride(ldb), stride(ldb), 0, n, length, alpha, start == 0 ? beta : 1, c, stride(ldc));
            }
            return;
        }
        packed(packA, packB, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    private static void packed(boolean packA, boolean packB, boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        int depth = Math.min(DEPTH, k);
        int height = packA ? Math.min(HEIGHT, m) : HEIGHT;
        int width = packB ? Math.min(WIDTH, n) : WIDTH;
        long rowBytesA = depth * 4L + 64;
        long bytesA = packA ? height * rowBytesA : 0;
        long bytesB = packB ? (long) depth * (width + 4 * LANES) * Float.BYTES : 0;
        long bytes = bytesA + bytesB + 4 * BYTES;
        long scratch = SlabAllocator.global().allocate(bytes);
        long panels = scratch;
        long blockA = scratch + bytesB;
        try {
            for (int left = 0; left < n; left += width) {
                int columns = Math.min(width, n - left);
                for (int start = 0; start < k; start += depth) {
                    int length = Math.min(depth, k - start);
                    float keep = start == 0 ? beta : 1;
                    if (packB) {
                        packB(panels, transB, b, ldb, start, length, left, columns);
                    }
                    for (int top = 0; top < m; top += height) {
                        int rows = Math.min(height, m - top);
                        long x = a + (transA ? start * stride(lda) + top * 4L : top * stride(lda) + start * 4L);
                        long rowA = stride(transA ? 1 : lda);
                        long depthA = stride(transA ? lda : 1);
                        if (packA) {
                            transpose(blockA, rowBytesA, x, depthA, length, rows);
                            x = blockA;
                            rowA = rowBytesA;
                            depthA = 4;
                        }
                        long target = c + top * stride(ldc) + left * 4L;
                        if (columns < LANES) {
                            narrow(x, rowA, depthA, rows, panels, columns, length, alpha, keep, target, stride(ldc), scratch + bytesA + bytesB);
                        } else if (packB) {
                            block(x, rowA, depthA, rows, panels, 0, (long) length * BYTES, columns, length, alpha, keep, target, stride(ldc));
                        } else {
                            block(x, rowA, depthA, rows, b + start * stride(ldb) + left * 4L, stride(ldb), 0, columns, length, alpha, keep, target, stride(ldc));
                        }
                    }
                }
            }
        } finally {
            SlabAllocator.global().free(scratch, bytes);
        }
    }

    private static long stride(int elements) {
        return (long) elements * Float.BYTES;
    }

    /** How many vectors wide the next tile is, of so many that are left. */
    private static int vectors(int left) {
        int v = (left + LANES - 1) / LANES;
        return v == 4 ? 2 : Math.min(3, v);
    }

    private static float get(long address) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address);
    }

    private static void set(long address, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address, value);
    }

    private static void packB(long panels, boolean trans, long b, int ldb, int start, int length, int left,
            int columns) {
        for (int j = 0; j < columns;) {
            int vectors = vectors(columns - j);
            int width = Math.min(vectors * LANES, columns - j);
            long depthBytes = (long) vectors * BYTES;
            if (trans) {
                if (width < LANES) {
                    zero(panels, length);
                }
                transpose(panels, depthBytes, b + (left + j) * stride(ldb) + start * 4L, stride(ldb), width, length);
            } else {
                long from = b + start * stride(ldb) + (left + j) * 4L;
                if (width < LANES) {
                    zero(panels, length);
                    for (int i = 0; i < width; i++) {
                        for (int p = 0; p < length; p++) {
                            set(known(panels) + (long) p * BYTES + i * 4L, get(known(from) + p * stride(ldb) + i * 4L));
                        }
                    }
                } else if (vectors == 3) {
                    copy3(panels, from, stride(ldb), (width - LANES) * 4L, length);
                } else {
                    copy2(panels, depthBytes, from, stride(ldb), (width - LANES) * 4L, length);
                }
            }
            panels += length * depthBytes;
            j += width;
        }
    }

    private static long known(long address) {
        return address & ADDRESSES;
    }

    private static void zero(long to, int length) {
        for (int p = 0; p < length; p++) {
            store(known(to) + (long) p * BYTES, all(0f));
        }
    }

    private static void copy3(long to, long from, long row, long last, int length) {
        long x = known(from);
        long y = known(to);
        for (int p = 0; p < length; p++) {
            store(y, load(x));
            store(y + BYTES, load(x + BYTES));
            store(y + (last & STRIDES), load(x + (last & STRIDES)));
            x = known(x + row);
            y = known(y + 3 * BYTES);
        }
    }

    private static void copy2(long to, long rowTo, long from, long row, long last, int length) {
        long x = known(from);
        long y = known(to);
        for (int p = 0; p < length; p++) {
            store(y, load(x));
            store(y + (last & STRIDES), load(x + (last & STRIDES)));
            x = known(x + row);
            y = known(y + rowTo);
        }
    }

    /** to[j][i] = from[i][j] */
    private static void transpose(long to, long rowTo, long from, long rowFrom, int rows, int columns) {
        int i = 0;
        for (; i + 4 <= rows; i += 4) {
            transpose4(to + i * 4L, rowTo, from + i * rowFrom, rowFrom, columns);
        }
        for (; i < rows; i++) {
            long y = known(to + i * 4L);
            long x = known(from + i * rowFrom);
            for (int j = 0; j < columns; j++) {
                set(y, get(x + j * 4L));
                y = known(y + rowTo);
            }
        }
    }

    private static void transpose4(long to, long rowTo, long from, long rowFrom, int columns) {
        long y = known(to);
        long x0 = known(from);
        long x1 = known(from + rowFrom);
        long x2 = known(from + 2 * rowFrom);
        long x3 = known(from + 3 * rowFrom);
        for (int j = 0; j < columns; j++) {
            long at = j * 4L;
            set(y, get(x0 + at));
            set(y + 4, get(x1 + at));
            set(y + 8, get(x2 + at));
            set(y + 12, get(x3 + at));
            y = known(y + rowTo);
        }
    }

    private static void narrow(long a, long rowA, long depthA, int rows, long panel, int columns, int length,
            float alpha, float beta, long c, long rowC, long tile) {
        for (int i = 0; i < rows; i += 4) {
            int height = Math.min(4, rows - i);
            tile2(a + i * rowA, rowA, depthA, height, panel, 0, BYTES, length, 1, 0, tile, BYTES);
            for (int r = 0; r < height; r++) {
                for (int j = 0; j < columns; j++) {
                    float product = get(known(tile) + r * (long) BYTES + j * 4L) * alpha;
                    long at = known(c + (i + r) * rowC) + j * 4L;
                    set(at, beta == 0 ? product : Math.fma(get(at), beta, product));
                }
            }
        }
    }

    /** Adds the product of a packed block of A and one of B to a block of C. */
    private static void block(long a, long rowA, long depthA, int rows, long b, long depthB, long vectorB, int columns, int length, float alpha,
            float beta, long c, long rowC) {
        long panel = b;
        for (int j = 0; j < columns;) {
            int vectors = vectors(columns - j);
            int width = Math.min(vectors * LANES, columns - j);
            long step = depthB == 0 ? (long) vectors * BYTES : depthB;
            long last = (width - LANES) * 4L;
            if (vectors == 3) {
                for (int i = 0; i < rows; i += 3) {
                    tile3(a + i * rowA, rowA, depthA, rows - i, panel, last, step, length, alpha, beta, c + i * rowC + j * 4L, rowC);
                }
            } else {
                for (int i = 0; i < rows; i += 4) {
                    tile2(a + i * rowA, rowA, depthA, rows - i, panel, last, step, length, alpha, beta, c + i * rowC + j * 4L, rowC);
                }
            }
            panel += depthB == 0 ? length * step : width * 4L;
            j += width;
        }
    }

    private static void tile3(long a, long rowA, long depthA, int height, long b, long last, long depthB, int length, float alpha, float beta, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = 0 + (height > 1 ? rowA & STRIDES : 0);
        long a2 = a1 + (height > 2 ? rowA & STRIDES : 0);
        long b2 = last & STRIDES;
        FloatVector c00 = all(0f);
        FloatVector c01 = all(0f);
        FloatVector c02 = all(0f);
        FloatVector c10 = all(0f);
        FloatVector c11 = all(0f);
        FloatVector c12 = all(0f);
        FloatVector c20 = all(0f);
        FloatVector c21 = all(0f);
        FloatVector c22 = all(0f);
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + BYTES);
            FloatVector y2 = load(y + b2);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            c02 = x0.fma(y2, c02);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            c12 = x1.fma(y2, c12);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            c22 = x2.fma(y2, c22);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long z0 = known(c);
        long z1 = known(z0 + (height > 1 ? rowC : 0));
        long z2 = known(z1 + (height > 2 ? rowC : 0));
        c00 = c00.mul(alpha);
        c01 = c01.mul(alpha);
        c02 = c02.mul(alpha);
        c10 = c10.mul(alpha);
        c11 = c11.mul(alpha);
        c12 = c12.mul(alpha);
        c20 = c20.mul(alpha);
        c21 = c21.mul(alpha);
        c22 = c22.mul(alpha);
        if (beta != 0) {
            c00 = load(z0).fma(all(beta), c00);
            c01 = load(z0 + BYTES).fma(all(beta), c01);
            c02 = load(z0 + b2).fma(all(beta), c02);
            c10 = load(z1).fma(all(beta), c10);
            c11 = load(z1 + BYTES).fma(all(beta), c11);
            c12 = load(z1 + b2).fma(all(beta), c12);
            c20 = load(z2).fma(all(beta), c20);
            c21 = load(z2 + BYTES).fma(all(beta), c21);
            c22 = load(z2 + b2).fma(all(beta), c22);
        }
        store(z0, c00);
        store(z0 + BYTES, c01);
        store(z0 + b2, c02);
        store(z1, c10);
        store(z1 + BYTES, c11);
        store(z1 + b2, c12);
        store(z2, c20);
        store(z2 + BYTES, c21);
        store(z2 + b2, c22);
    }

    private static void tile2(long a, long rowA, long depthA, int height, long b, long last, long depthB, int length, float alpha, float beta, long c, long rowC) {
        long x = known(a);
        long y = known(b);
        long end = known(a + length * depthA);
        long a1 = 0 + (height > 1 ? rowA & STRIDES : 0);
        long a2 = a1 + (height > 2 ? rowA & STRIDES : 0);
        long a3 = a2 + (height > 3 ? rowA & STRIDES : 0);
        long b1 = last & STRIDES;
        FloatVector c00 = all(0f);
        FloatVector c01 = all(0f);
        FloatVector c10 = all(0f);
        FloatVector c11 = all(0f);
        FloatVector c20 = all(0f);
        FloatVector c21 = all(0f);
        FloatVector c30 = all(0f);
        FloatVector c31 = all(0f);
        while (x != end) {
            FloatVector y0 = load(y);
            FloatVector y1 = load(y + b1);
            FloatVector x0 = all(get(x));
            c00 = x0.fma(y0, c00);
            c01 = x0.fma(y1, c01);
            FloatVector x1 = all(get(x + a1));
            c10 = x1.fma(y0, c10);
            c11 = x1.fma(y1, c11);
            FloatVector x2 = all(get(x + a2));
            c20 = x2.fma(y0, c20);
            c21 = x2.fma(y1, c21);
            FloatVector x3 = all(get(x + a3));
            c30 = x3.fma(y0, c30);
            c31 = x3.fma(y1, c31);
            x = known(x + depthA);
            y = known(y + depthB);
        }
        long z0 = known(c);
        long z1 = known(z0 + (height > 1 ? rowC : 0));
        long z2 = known(z1 + (height > 2 ? rowC : 0));
        long z3 = known(z2 + (height > 3 ? rowC : 0));
        c00 = c00.mul(alpha);
        c01 = c01.mul(alpha);
        c10 = c10.mul(alpha);
        c11 = c11.mul(alpha);
        c20 = c20.mul(alpha);
        c21 = c21.mul(alpha);
        c30 = c30.mul(alpha);
        c31 = c31.mul(alpha);
        if (beta != 0) {
            c00 = load(z0).fma(all(beta), c00);
            c01 = load(z0 + b1).fma(all(beta), c01);
            c10 = load(z1).fma(all(beta), c10);
            c11 = load(z1 + b1).fma(all(beta), c11);
            c20 = load(z2).fma(all(beta), c20);
            c21 = load(z2 + b1).fma(all(beta), c21);
            c30 = load(z3).fma(all(beta), c30);
            c31 = load(z3 + b1).fma(all(beta), c31);
        }
        store(z0, c00);
        store(z0 + b1, c01);
        store(z1, c10);
        store(z1 + b1, c11);
        store(z2, c20);
        store(z2 + b1, c21);
        store(z3, c30);
        store(z3 + b1, c31);
    }

}
