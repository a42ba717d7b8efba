package org.jacobi.tensor.backend.cpu;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** Elementwise functions on f32: contiguous operands in one sweep, all others, and 16-bit ones, by {@link StridedLoop}. */
final class ElementwiseKernels {
    private static final Rows ROWS = Simd.rows();
    private static final long TASK = StridedLoop.TASK_ELEMENTS;

    private ElementwiseKernels() {
    }

    /** Returns whether these kernels can read the operands: as f32, or as 16-bit numbers widened to f32. */
    static boolean read(Tensor... operands) {
        for (Tensor operand : operands) {
            if (operand.dtype() != DType.F32 && !operand.dtype().isHalf()) {
                return false;
            }
        }
        return true;
    }

    /** Returns whether tensors can be swept over: the output is f32 or bool, the operands are f32, and all are contiguous. */
    private static boolean flat(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (!tensor.isContiguous() || tensor.dtype().isHalf()) {
                return false;
            }
        }
        return true;
    }

    static void unary(UnaryOp op, Tensor out, Tensor x) {
        if (!flat(out, x)) {
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
        if (!flat(out, a, b)) {
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

    static void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c) {
        StridedLoop.run((o, x, y, z, n) -> ROWS.ternary(op, o, x, y, z, n), out, a, b, c);
    }

    static void where(Tensor out, Tensor condition, Tensor a, Tensor b) {
        StridedLoop.run(ROWS::where, out, condition, a, b);
    }
}
