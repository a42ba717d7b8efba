package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.OpenBlas;

/** Matrix products by OpenBLAS. */
final class OpenBlasGemm implements Gemm {
    @Override
    public String name() {
        return "OpenBLAS";
    }

    @Override
    public void sgemm(boolean transA, boolean transB, int m, int n, int k, float alpha, long a, int lda, long b,
            int ldb, float beta, long c, int ldc) {
        OpenBlas.sgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    @Override
    public void dgemm(boolean transA, boolean transB, int m, int n, int k, double alpha, long a, int lda, long b,
            int ldb, double beta, long c, int ldc) {
        OpenBlas.dgemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }
}
