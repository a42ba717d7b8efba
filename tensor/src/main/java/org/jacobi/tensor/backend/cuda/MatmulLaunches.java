package org.jacobi.tensor.backend.cuda;

import java.util.Arrays;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.natives.cuda.MatmulCall;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cpu.Axes;

/** Matrix products: by the GPU's library where there is one and it takes the operands as they lie, else by matmul.cu. */
final class MatmulLaunches {
    /** TILE in matmul.cu. */
    private static final int TILE = 64;

    private final Gpu gpu;
    private final KernelFamily kernels;

    MatmulLaunches(Gpu gpu) {
        this.gpu = gpu;
        kernels = new KernelFamily(gpu, "matmul", "matmul_float", "matmul_double", "matmul_integer");
    }

    /** out (..., M, N) = a (..., M, K) b (..., K, N). */
    void matmul(Tensor out, Tensor a, Tensor b) {
        if (out.numel() == 0) {
            return;
        }
        int rank = out.rank();
        long[] sizes = Arrays.copyOf(out.shape().toArray(), rank - 2);
        Axes batches = Axes.merged(sizes, new long[][] {batchStrides(out), batchStrides(a), batchStrides(b)});
        if (!byLibrary(out, a, b, batches, MatmulCall.Epilogue.NONE, null, null)) {
            byKernel(out, a, b, batches);
        }
    }

    /**
     * Multiplies matrices of floating-point numbers and does at once what an epilogue says, by the library.
     *
     * @param out       contiguous
     * @param bias      what the epilogue adds or writes, contiguous, or null
     * @param auxiliary what the epilogue keeps or reads, contiguous, or null
     * @return false if nothing was done, because the library is not there or does not offer it
     */
    boolean fused(Tensor out, Tensor a, Tensor b, MatmulCall.Epilogue epilogue, Tensor bias, Tensor auxiliary) {
        if (out.numel() == 0 || bias != null && !bias.isContiguous()) {
            return false;
        }
        return byLibrary(out, a, b, Axes.merged(new long[0], new long[][] {{}, {}, {}}), epilogue, bias, auxiliary);
    }

    private static long[] batchStrides(Tensor x) {
        return Arrays.copyOf(Operands.strides(x), x.rank() - 2);
    }

    private static MatmulCall.Type type(DType type) {
        return switch (type) {
            case F32 -> MatmulCall.Type.F32;
            case F64 -> MatmulCall.Type.F64;
            case F16 -> MatmulCall.Type.F16;
            case BF16 -> MatmulCall.Type.BF16;
            case BOOL, U8, I8, I16, I32, I64 -> null;
        };
    }

    private boolean byLibrary(Tensor out, Tensor a, Tensor b, Axes batches, MatmulCall.Epilogue epilogue, Tensor bias,
            Tensor auxiliary) {
        MatmulCall.Type type = type(out.dtype());
        long rows = out.size(-2);
        long columns = out.size(-1);
        long depth = a.size(-1);
        if (type == null || depth == 0 || !isRowMajor(out) || !isRowMajor(a) && !isColumnMajor(a)
                || !isRowMajor(b) && !isColumnMajor(b)) {
            return false;
        }
        boolean ta = !isRowMajor(a);
        boolean tb = !isRowMajor(b);
        // The last batch axis is the library's; those before it are calls of their own.
        long bytes = out.dtype().bytes();
        for (long i = 0; i < batches.rows(); i++) {
            var call = new MatmulCall(type, rows, columns, depth, ta, tb, 1,
                    a.address() + batches.rowOffset(1, i) * bytes, leading(a, ta), batches.rowStride(1),
                    b.address() + batches.rowOffset(2, i) * bytes, leading(b, tb), batches.rowStride(2), 0,
                    out.address() + batches.rowOffset(0, i) * bytes, leading(out, false), batches.rowStride(0),
                    batches.rowLength(), epilogue, bias == null ? 0 : bias.address(),
                    auxiliary == null ? 0 : auxiliary.address());
            if (!gpu.matmul(call)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRowMajor(Tensor x) {
        return (x.size(-1) == 1 || x.stride(-1) == 1) && (x.size(-2) == 1 || x.stride(-2) >= x.size(-1));
    }

    private static boolean isColumnMajor(Tensor x) {
        return (x.size(-2) == 1 || x.stride(-2) == 1) && (x.size(-1) == 1 || x.stride(-1) >= x.size(-2));
    }

    /** Elements from one row as stored to the next; of a single one, what a row has. */
    private static long leading(Tensor x, boolean transposed) {
        int along = transposed ? -1 : -2;
        int across = transposed ? -2 : -1;
        return x.size(along) == 1 ? x.size(across) : x.stride(along);
    }

    private void byKernel(Tensor out, Tensor a, Tensor b, Axes batches) {
        Arguments arguments = Arguments.begin();
        long count = Operands.addAxes("matmul", arguments, batches, 1);
        Tensor[] operands = {out, a, b};
        for (int k = 0; k < operands.length; k++) {
            Operands.addOperand(arguments, operands[k].address(), operands[k].dtype(), batches.strides[k], false);
        }
        arguments.add(out.size(-2)).add(out.size(-1)).add(a.size(-1));
        for (Tensor operand : operands) {
            arguments.add(operand.stride(-2)).add(operand.stride(-1));
        }
        long tiles = count * Math.ceilDiv(out.size(-2), TILE) * Math.ceilDiv(out.size(-1), TILE);
        kernels.get(Kind.way(out.dtype())).launch(Operands.atMost(gpu, tiles), 1, 1, Operands.BLOCK, 1, 0, arguments);
    }
}
