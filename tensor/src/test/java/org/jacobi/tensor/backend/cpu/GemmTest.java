package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.OpenBlas;
import org.jacobi.natives.SlabAllocator;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every matrix product against three nested loops in double precision. */
class GemmTest {
    /** Around lane counts, register tiles and cache blocks, and primes. */
    private static final int[][] SIZES = {{1, 1, 1}, {1, 7, 5}, {7, 1, 5}, {5, 7, 1}, {2, 3, 4}, {3, 24, 8},
        {3, 48, 16},
        {4, 25, 9}, {7, 8, 9}, {15, 16, 17}, {17, 31, 33}, {1, 129, 67}, {67, 1, 129}, {6, 96, 128}, {37, 53, 131},
        {65, 65, 65}, {121, 25, 257}, {3, 1030, 5}, {131, 103, 40}, {1, 300, 1}, {7, 50, 600},
        {8, 8, 8}, {8, 16, 16}, {9, 16, 7}, {16, 16, 16}, {11, 17, 33}, {5, 20, 3}, {24, 24, 24}, {10, 33, 70},
        {32, 32, 32}, {13, 49, 65}, {64, 8, 64}, {9, 15, 130}, {48, 48, 48}, {63, 63, 63}, {64, 32, 64}, {12, 64, 129},
        {4, 81, 300}, {67, 80, 71}, {8, 1037, 9}, {9, 1013, 70}, {125, 70, 520}, {241, 49, 20}};
    private static final float[][] SCALES = {{1, 0}, {1, 1}, {-0.5f, 2}, {3, 0}};

    static List<Gemm> implementations() {
        List<Gemm> all = new ArrayList<>(List.of(new PlainGemm()));
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            all.add(new VectorGemm());
        }
        if (OpenBlas.available()) {
            all.add(new OpenBlasGemm());
        }
        return all;
    }

    /** A stored matrix: rows × columns, or the other way round, with a gap behind each row. */
    private static int leading(boolean transposed, int rows, int columns) {
        return (transposed ? rows : columns) + 3;
    }

    private static int stored(boolean transposed, int rows, int columns) {
        return (transposed ? columns : rows) * leading(transposed, rows, columns);
    }

    private static int at(boolean transposed, int ld, int row, int column) {
        return transposed ? column * ld + row : row * ld + column;
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void singlePrecision(Gemm gemm) {
        for (int[] size : SIZES) {
            for (int flags = 0; flags < 4; flags++) {
                for (float[] scale : SCALES) {
                    single(gemm, (flags & 1) != 0, (flags & 2) != 0, size[0], size[1], size[2], scale[0], scale[1]);
                }
            }
        }
    }

    /** Rows so far apart that offsets of a few of them do not fit an int; only pages that are touched take memory. */
    @ParameterizedTest
    @MethodSource("implementations")
    void rowsFarApart(Gemm gemm, @TempDir Path folder) throws IOException {
        int lda = 1 << 27;
        int m = 9;
        int n = 20;
        int k = 5;
        try (FileChannel file = FileChannel.open(folder.resolve("sparse"), StandardOpenOption.CREATE_NEW,
                StandardOpenOption.SPARSE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Arena arena = Arena.ofConfined(); Floats b = Floats.random(k * n, 1);
                Floats c = Floats.random(m * n, 2)) {
            MemorySegment a = file.map(FileChannel.MapMode.READ_WRITE, 0, 4L * ((m - 1L) * lda + k), arena);
            for (int i = 0; i < m * k; i++) {
                a.setAtIndex(ValueLayout.JAVA_FLOAT, (long) (i / k) * lda + i % k, i - 20);
            }
            gemm.sgemm(false, false, m, n, k, 1, a.address(), lda, b.address, n, 0, c.address, n);
            float[] right = b.toArray();
            float[] result = c.toArray();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double want = 0;
                    for (int p = 0; p < k; p++) {
                        want += (double) (i * k + p - 20) * right[p * n + j];
                    }
                    assertEquals(want, result[i * n + j], 1e-3, gemm.name() + " " + i + ", " + j);
                }
            }
        }
    }

    private static void single(Gemm gemm, boolean transA, boolean transB, int m, int n, int k, float alpha,
            float beta) {
        int lda = leading(transA, m, k);
        int ldb = leading(transB, k, n);
        int ldc = n + 5;
        String what =
                gemm.name() + " " + m + "x" + n + "x" + k + (transA ? " T" : " N") + (transB ? "T" : "N") + " alpha "
                        + alpha + " beta " + beta;
        try (Floats a = Floats.random(stored(transA, m, k), 1); Floats b = Floats.random(stored(transB, k, n), 2);
                Floats c = Floats.random(m * ldc, 3); Floats again = c.copy()) {
            float[] before = c.toArray();
            if (beta == 0) {
                for (int i = 0; i < m * ldc; i++) {
                    c.set(i, i % ldc < n ? Float.NaN : before[i]);
                }
            }
            gemm.sgemm(transA, transB, m, n, k, alpha, a.address, lda, b.address, ldb, beta, c.address, ldc);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < ldc; j++) {
                    if (j >= n) {
                        assertEquals(before[i * ldc + j], c.get(i * ldc + j), what + ": wrote beside the matrix");
                        continue;
                    }
                    double sum = 0;
                    double size = 0;
                    for (int p = 0; p < k; p++) {
                        double product = (double) a.get(at(transA, lda, i, p)) * b.get(at(transB, ldb, p, j));
                        sum += product;
                        size += Math.abs(product);
                    }
                    double want = alpha * sum + (beta == 0 ? 0 : beta * before[i * ldc + j]);
                    double have = c.get(i * ldc + j);
                    assertTrue(Math.abs(want - have) <= 1e-6 * (1 + size),
                            what + ": (" + i + ", " + j + ") is " + have + ", expected " + want);
                }
            }
            c.assertMargins(what);
            gemm.sgemm(transA, transB, m, n, k, alpha, a.address, lda, b.address, ldb, beta, again.address, ldc);
            Floats.assertSameBits(what + " again", c.toArray(), again.toArray());
        }
    }

    /** A B that is packed once gives what it gives unpacked, with a bias in every row or added to what is there. */
    @ParameterizedTest
    @MethodSource("implementations")
    void packed(Gemm gemm) {
        for (int[] size : SIZES) {
            for (int flags = 0; flags < 4; flags++) {
                packed(gemm, (flags & 1) != 0, (flags & 2) != 0, size[0], size[1], size[2]);
            }
        }
    }

    private static void packed(Gemm gemm, boolean transA, boolean transB, int m, int n, int k) {
        int lda = leading(transA, m, k);
        int ldb = leading(transB, k, n);
        int ldc = n + 5;
        String what = gemm.name() + " packed " + m + "x" + n + "x" + k + (transA ? " T" : " N") + (transB ? "T" : "N");
        try (Floats a = Floats.random(stored(transA, m, k), 1); Floats b = Floats.random(stored(transB, k, n), 2);
                Floats bias = Floats.random(n, 3); Floats c = Floats.random(m * ldc, 4); Floats sum = c.copy();
                Floats packed = Floats.random((int) (gemm.packedBytes(n, k) / Float.BYTES), 5)) {
            float[] before = c.toArray();
            gemm.pack(packed.address, transB, n, k, b.address, ldb);
            packed.assertMargins(what);
            gemm.sgemmPackedBiased(transA, m, n, k, a.address, lda, packed.address, bias.address, c.address, ldc);
            gemm.sgemmPacked(transA, m, n, k, a.address, lda, packed.address, 1, sum.address, ldc);
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double product = 0;
                    double size = 0;
                    for (int p = 0; p < k; p++) {
                        double part = (double) a.get(at(transA, lda, i, p)) * b.get(at(transB, ldb, p, j));
                        product += part;
                        size += Math.abs(part);
                    }
                    assertEquals(bias.get(j) + product, c.get(i * ldc + j), 1e-6 * (1 + size), what + " and a bias");
                    assertEquals(before[i * ldc + j] + product, sum.get(i * ldc + j), 1e-6 * (1 + size),
                            what + " added");
                }
            }
            c.assertMargins(what);
            sum.assertMargins(what);
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void doublePrecision(Gemm gemm) {
        for (int[] size : SIZES) {
            for (int flags = 0; flags < 4; flags++) {
                doubles(gemm, (flags & 1) != 0, (flags & 2) != 0, size[0], size[1], size[2]);
            }
        }
    }

    private static void doubles(Gemm gemm, boolean transA, boolean transB, int m, int n, int k) {
        int lda = leading(transA, m, k);
        int ldb = leading(transB, k, n);
        int sizeA = stored(transA, m, k);
        int sizeB = stored(transB, k, n);
        long bytes = 8L * (sizeA + sizeB + m * n);
        long a = SlabAllocator.global().allocate(bytes);
        long b = a + 8L * sizeA;
        long c = b + 8L * sizeB;
        Random random = new Random(4);
        for (long at = a; at < c; at += 8) {
            NativeMemory.ALL.set(JAVA_DOUBLE, at, random.nextGaussian());
        }
        gemm.dgemm(transA, transB, m, n, k, 2, a, lda, b, ldb, 0, c, n);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int p = 0; p < k; p++) {
                    sum += NativeMemory.ALL.get(JAVA_DOUBLE, a + 8L * at(transA, lda, i, p))
                            * NativeMemory.ALL.get(JAVA_DOUBLE, b + 8L * at(transB, ldb, p, j));
                }
                assertEquals(2 * sum, NativeMemory.ALL.get(JAVA_DOUBLE, c + 8L * (i * n + j)), 1e-12 * k + 1e-13,
                        gemm.name() + " " + m + "x" + n + "x" + k);
            }
        }
        SlabAllocator.global().free(a, bytes);
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void noProductsLeaveBetaC(Gemm gemm) {
        try (Floats c = Floats.of(1, 2, 3, 4, 5, 6)) {
            gemm.sgemm(false, false, 2, 3, 0, 1, c.address, 1, c.address, 3, 2, c.address, 3);
            Floats.assertSameBits("beta c", new float[] {2, 4, 6, 8, 10, 12}, c.toArray());
            gemm.sgemm(false, false, 2, 3, 0, 1, c.address, 1, c.address, 3, 0, c.address, 3);
            Floats.assertSameBits("0 c", new float[6], c.toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("implementations")
    void notANumberSpreadsToItsRowAndColumn(Gemm gemm) {
        int n = 50;
        try (Floats a = Floats.random(n * n, 1); Floats b = Floats.random(n * n, 2); Floats c = new Floats(n * n)) {
            a.set(7 * n + 3, Float.NaN);
            gemm.sgemm(false, false, n, n, n, 1, a.address, n, b.address, n, 0, c.address, n);
            for (int i = 0; i < n * n; i++) {
                assertEquals(i / n == 7, Float.isNaN(c.get(i)), "element " + i);
            }
        }
    }
}
