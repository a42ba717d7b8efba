package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OpenBlasTest {
    private static final MemorySegment ALL = NativeMemory.ALL;
    private static final SlabAllocator MEMORY = SlabAllocator.global();
    private static final float UNTOUCHED = -77;

    private static void assumeAvailable() {
        assumeTrue(OpenBlas.available(), OpenBlas.unavailableReason());
    }

    @Test
    void tellsItsVersionAndCore() {
        assumeAvailable();
        assertNull(OpenBlas.unavailableReason());
        assertTrue(OpenBlas.version().matches("OpenBLAS \\d+\\.\\d+\\.\\d+.* .+"), OpenBlas.version());
    }

    /** A product with room to the right of every row, in both precisions, against plain loops. */
    private static void check(boolean transA, boolean transB, int m, int n, int k, double alpha, double beta) {
        var random = new SplittableRandom(m * 31 + n * 7 + k);
        int lda = (transA ? m : k) + 3;
        int ldb = (transB ? k : n) + 1;
        int ldc = n + 2;
        int sizeA = (transA ? k : m) * lda;
        int sizeB = (transB ? n : k) * ldb;
        int sizeC = m * ldc;
        int total = sizeA + sizeB + sizeC;
        long f = MEMORY.allocate(4L * total);
        long d = MEMORY.allocate(8L * total);
        for (int i = 0; i < total; i++) {
            // Small multiples of 1/8: products and sums are exact in both precisions, whatever their order.
            float value = random.nextInt(-16, 17) / 8f;
            if (i >= sizeA + sizeB) {
                int column = (i - sizeA - sizeB) % ldc;
                value = column >= n ? UNTOUCHED : beta == 0 ? Float.NaN : value;
            }
            ALL.set(JAVA_FLOAT, f + 4L * i, value);
            ALL.set(JAVA_DOUBLE, d + 8L * i, value);
        }
        double[] expected = new double[sizeC];
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < ldc; j++) {
                double old = ALL.get(JAVA_FLOAT, f + 4L * (sizeA + sizeB + i * ldc + j));
                double sum = 0;
                for (int p = 0; j < n && p < k; p++) {
                    sum += (double) ALL.get(JAVA_FLOAT, f + 4L * (transA ? p * lda + i : i * lda + p))
                            * ALL.get(JAVA_FLOAT, f + 4L * (sizeA + (transB ? j * ldb + p : p * ldb + j)));
                }
                expected[i * ldc + j] = j >= n ? old : alpha * sum + (beta == 0 ? 0 : beta * old);
            }
        }
        OpenBlas.sgemm(transA, transB, m, n, k, (float) alpha, f, lda, f + 4L * sizeA, ldb, (float) beta,
                f + 4L * (sizeA + sizeB), ldc);
        OpenBlas.dgemm(transA, transB, m, n, k, alpha, d, lda, d + 8L * sizeA, ldb, beta, d + 8L * (sizeA + sizeB),
                ldc);
        String what = "m=" + m + " n=" + n + " k=" + k + " transA=" + transA + " transB=" + transB + " beta=" + beta;
        for (int i = 0; i < sizeC; i++) {
            assertEquals(expected[i], ALL.get(JAVA_FLOAT, f + 4L * (sizeA + sizeB + i)), "sgemm " + what + " at " + i);
            assertEquals(expected[i], ALL.get(JAVA_DOUBLE, d + 8L * (sizeA + sizeB + i)), "dgemm " + what + " at " + i);
        }
        MEMORY.free(f, 4L * total);
        MEMORY.free(d, 8L * total);
    }

    @Test
    void agreesWithPlainLoops() {
        assumeAvailable();
        int[][] sizes =
                {{1, 1, 1}, {1, 17, 5}, {17, 1, 5}, {3, 4, 1}, {8, 8, 8}, {13, 31, 29}, {64, 65, 66}, {129, 100, 37},
                    {256, 48, 300}};
        for (int[] size : sizes) {
            for (int trans = 0; trans < 4; trans++) {
                check(trans % 2 == 1, trans / 2 == 1, size[0], size[1], size[2], 1, 0); // over NaN
                check(trans % 2 == 1, trans / 2 == 1, size[0], size[1], size[2], 0.5, 1);
                check(trans % 2 == 1, trans / 2 == 1, size[0], size[1], size[2], -2, 0.25);
            }
        }
    }

    @Test
    void emptyProductsAreZerosOrWhatWasThere() {
        assumeAvailable();
        check(false, false, 3, 5, 0, 1, 0); // zeros over NaN
        check(false, false, 3, 5, 0, 1, 1);
        check(true, true, 3, 5, 0, 1, 0.5);
        check(false, false, 0, 5, 4, 1, 0);
        check(false, true, 3, 0, 4, 1, 0);
        check(false, false, 0, 0, 0, 1, 0);
    }

    @Test
    void callsFromSeveralThreadsGiveTheBitsOfOne() {
        assumeAvailable();
        int n = 96;
        long bytes = 4L * n * n;
        long a = MEMORY.allocate(bytes);
        long b = MEMORY.allocate(bytes);
        var random = new SplittableRandom(5);
        for (long at = 0; at < bytes; at += 4) {
            ALL.set(JAVA_FLOAT, a + at, (float) random.nextDouble(-1, 1));
            ALL.set(JAVA_FLOAT, b + at, (float) random.nextDouble(-1, 1));
        }
        long[] results = new long[64];
        for (int i = 0; i < results.length; i++) {
            results[i] = MEMORY.allocate(bytes);
        }
        WorkerPool.setThreads(4);
        WorkerPool.global().parallelFor(results.length, 1,
                (from, _) -> OpenBlas.sgemm(false, true, n, n, n, 1, a, n, b, n, 0, results[(int) from], n));
        for (long result : results) {
            assertEquals(-1, ALL.asSlice(results[0], bytes).mismatch(ALL.asSlice(result, bytes)));
            MEMORY.free(result, bytes);
        }
        MEMORY.free(a, bytes);
        MEMORY.free(b, bytes);
    }

    @Test
    void wrongSizesAreNamed() {
        assumeAvailable();
        var error = assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.sgemm(false, false, 2, 3, 4, 1, 64, 3, 64, 3, 0, 64, 3));
        assertTrue(error.getMessage().startsWith("sgemm: m=2 n=3 k=4 transA=false transB=false lda=3 ldb=3 ldc=3;"));
        assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.dgemm(false, false, 2, 3, 4, 1, 64, 4, 64, 2, 0, 64, 3));
        assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.dgemm(false, true, 2, 3, 4, 1, 64, 4, 64, 3, 0, 64, 3));
        assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.dgemm(true, false, 2, 3, 4, 1, 64, 1, 64, 3, 0, 64, 3));
        assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.sgemm(true, false, 2, 3, 4, 1, 64, 2, 64, 3, 0, 64, 2));
        assertThrows(IllegalArgumentException.class,
                () -> OpenBlas.sgemm(false, false, -1, 3, 4, 1, 64, 4, 64, 3, 0, 64, 3));
    }

    /** Absent, turned off or misspelt: a reason, no exception, and not a line more. */
    @Test
    void absenceIsQuietAndExplained() throws Exception {
        assertEquals(
                "not on the class path (no org.bytedeco.javacpp.FloatPointer); add org.bytedeco:openblas and its natives\n"
                        + "IllegalStateException\n",
                ChildJvm.run(Reason.class));
        assertEquals("turned off by -Djacobi.blas=none\nIllegalStateException\n",
                ChildJvm.run(Reason.class, "-Djacobi.blas=none"));
        assertEquals("-Djacobi.blas=mkl is unknown; expected openblas or none\nIllegalStateException\n",
                ChildJvm.run(Reason.class, "-Djacobi.blas=mkl"));
    }

    static final class Reason {
        public static void main(String[] args) {
            System.out.println(OpenBlas.available() ? "available" : OpenBlas.unavailableReason());
            try {
                OpenBlas.sgemm(false, false, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
            } catch (IllegalStateException e) {
                System.out.println(e.getClass().getSimpleName());
            }
        }
    }
}
