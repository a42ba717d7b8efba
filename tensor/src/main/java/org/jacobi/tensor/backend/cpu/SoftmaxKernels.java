package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;

/** Softmax and its logarithm along the last axis, each with its backward; rows are shared out over the worker pool. */
final class SoftmaxKernels {
    private static final FusedRows ROWS = Simd.fusedRows();
    private static final Rows ELEMENTS = Simd.rows();

    private SoftmaxKernels() {
    }

    static void softmax(Tensor out, Tensor x) {
        long o = out.address();
        long a = x.address();
        forEachRow(x, (row, n) -> softmax(o + row, a + row, n));
    }

    private static void softmax(long out, long x, int n) {
        float sum = ROWS.exp(out, x, ROWS.max(x, n), n);
        ROWS.scale(out, 1 / sum, n);
    }

    static void softmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        long dxAddress = dx.address();
        long d = dout.address();
        long o = out.address();
        forEachRow(out, (row, n) -> ROWS.softmaxBackward(dxAddress + row, d + row, o + row,
                ROWS.dot(d + row, o + row, n), 1, n));
    }

    static void logSoftmax(Tensor out, Tensor x) {
        long o = out.address();
        long a = x.address();
        forEachRow(x, (row, n) -> logSoftmax(o + row, a + row, n));
    }

    private static void logSoftmax(long out, long x, int n) {
        float max = ROWS.max(x, n);
        ROWS.logSoftmax(out, x, max, ScalarMath.log(ROWS.sumOfExp(x, max, n)), n);
    }

    static void logSoftmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        long dxAddress = dx.address();
        long d = dout.address();
        long o = out.address();
        forEachRow(out,
                (row, n) -> ROWS.logSoftmaxBackward(dxAddress + row, d + row, o + row, ELEMENTS.sum(d + row, n), n));
    }

    @FunctionalInterface
    private interface RowBody {
        /** Does the row of n numbers that begins the given number of bytes after the tensors' first elements. */
        void run(long row, int n);
    }

    private static void forEachRow(Tensor x, RowBody body) {
        if (x.numel() == 0) {
            return;
        }
        int n = Math.toIntExact(x.size(-1));
        WorkerPool.global().parallelFor(x.numel() / n, FusedRows.rowsPerTask(n), (from, to) -> {
            for (long row = from; row < to; row++) {
                body.run(row * n * Float.BYTES, n);
            }
        });
    }
}
