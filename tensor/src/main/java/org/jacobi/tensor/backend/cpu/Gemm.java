package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.OpenBlas;

/**
 * A matrix product on one thread: C = alpha op(A) op(B) + beta C, with op the transpose or nothing.
 *
 * <p>Matrices are row-major at absolute addresses. op(A) is m x k, op(B) is k x n, C is m x n; a leading dimension is
 * the distance of neighbouring rows as they are stored, in elements. With beta 0, C is not read. Equal operands give
 * equal bits. {@link MatmulKernels} cuts large products into such pieces for several threads.
 */
interface Gemm {
    /** Returns the implementation's name, as {@code jacobi info} prints it. */
    String name();

    void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b, int ldb,
            float beta, long c, int ldc);

    void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b, int ldb,
            double beta, long c, int ldc);

    // ---- one B for many products -----------------------------------------------------------------------------------

    /** Whether a large product is fastest in pieces that share a packed B. */
    default boolean packsOnce() {
        return false;
    }

    /** Returns how many rows of B are packed together: rows from a multiple of it on begin at {@link #packedBytes} of it. */
    default int packedDepth() {
        return 256;
    }

    /** Returns how much memory {@link #pack} needs for a B of k x n. */
    default long packedBytes(int n, int k) {
        return (long) n * k * Float.BYTES;
    }

    /** Writes op(B), k x n, as {@link #sgemmPacked} reads it. */
    default void pack(long packed, boolean transB, int n, int k, long b, int ldb) {
        for (int row = 0; row < k; row++) {
            for (int column = 0; column < n; column++) {
                long from = transB ? (long) column * ldb + row : (long) row * ldb + column;
                FusedRows.set(packed + ((long) row * n + column) * Float.BYTES, FusedRows.get(b + from * Float.BYTES));
            }
        }
    }

    /** C = op(A) B + beta C, for a packed B; no element of A may be one of C. */
    default void sgemmPacked(boolean transA, int m, int n, int k, long a, int lda, long packed, float beta, long c,
            int ldc) {
        sgemm(transA, false, m, n, k, 1, a, lda, packed, n, beta, c, ldc);
    }

    /** C = op(A) B + bias, for a packed B and a row that is added to every row; no element of A may be one of C. */
    default void sgemmPackedBiased(boolean transA, int m, int n, int k, long a, int lda, long packed, long bias, long c,
            int ldc) {
        for (int row = 0; row < m; row++) {
            Simd.rows().copy(c + (long) row * ldc * Float.BYTES, bias, n);
        }
        sgemmPacked(transA, m, n, k, a, lda, packed, 1, c, ldc);
    }

    /**
     * Returns the fastest implementation that this process can use: OpenBLAS, else the one in Java. If that is not what
     * was asked for, one line on standard error says why.
     */
    static Gemm best() {
        if (OpenBlas.available()) {
            return new OpenBlasGemm();
        }
        if (!OpenBlas.turnedOff()) {
            System.err.println(
                    "jacobi: matrix products run in Java instead of OpenBLAS: " + OpenBlas.unavailableReason());
        }
        return Simd.gemm();
    }
}
