package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** Elementwise functions on f32: contiguous operands in one sweep, all others by {@link StridedLoop}. */
final class ElementwiseKernels {
    private static final Rows ROWS = Simd.rows();
    private static final long TASK = StridedLoop.TASK_ELEMENTS;

    private ElementwiseKernels() {
    }

    static void unary(UnaryOp op, Tensor out, Tensor x) {
        if (!out.isContiguous() || !x.isContiguous()) {
            StridedLoop.run((o, a, _, _, n) -> ROWS.unary(op, o, a, n), out, x);
            return;
        }
        long o = out.address();
        long a = x.address();
        long size = out.dtype().bytes();
        WorkerPool.global().parallelFor(out.numel(), TASK,
                (from, to) -> ROWS.unary(op, o + from * size, a + from * Float.BYTES, (int) (to - from)));
    }

    static void binary(BinaryOp op, Tensor out, Tensor a, Tensor b) {
        if (!out.isContiguous() || !a.isContiguous() || !b.isContiguous()) {
            StridedLoop.run((o, x, y, _, n) -> ROWS.binary(op, o, x, y, n), out, a, b);
            return;
        }
        long o = out.address();
        long x = a.address();
        long y = b.address();
        long size = out.dtype().bytes();
        WorkerPool.global().parallelFor(out.numel(), TASK, (from, to) -> ROWS.binary(op, o + from * size,
                x + from * Float.BYTES, y + from * Float.BYTES, (int) (to - from)));
    }

    static void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        StridedLoop.run(ROWS::where, out, condition, a, b);
    }
}
