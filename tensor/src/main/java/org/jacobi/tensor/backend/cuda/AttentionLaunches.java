package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;

/** Launches of attention.cu (f32) and attention_mma.cu (bf16). */
final class AttentionLaunches {
    /** Rows of a tile, of queries and of keys. */
    private static final int TILE = 64;
    /** Columns of a tile of scores in the backward in bf16. */
    private static final int FEW_COLUMNS = 32;
    private static final int MMA_THREADS = 128;
    private static final int LARGEST = 128;

    private enum Pass {
        FORWARD, KEYS_BACKWARD, QUERIES_BACKWARD
    }

    /** The kernels of a file. */
    private record Family(KernelFamily kernels, boolean mma) {
        Family(Gpu gpu, String file, boolean mma) {
            this(new KernelFamily(gpu, file, "attention_forward_32", "attention_forward_64", "attention_forward_128",
                    "attention_keys_backward_32", "attention_keys_backward_64", "attention_keys_backward_128",
                    "attention_queries_backward_32", "attention_queries_backward_64", "attention_queries_backward_128",
                    "attention_delta"), mma);
        }

        void launch(Pass pass, long heads, long rows, long size, Arguments arguments) {
            int which = size <= 32 ? 0 : size <= 64 ? 1 : 2;
            long blocks = heads * Math.ceilDiv(rows, TILE);
            if (blocks > 0) {
                kernels.get(3 * pass.ordinal() + which).launch(Math.toIntExact(blocks), 1, 1,
                        mma ? MMA_THREADS : Operands.BLOCK, 1, sharedBytes(pass, 32 << which), arguments);
            }
        }

        private int sharedBytes(Pass pass, int size) {
            boolean forward = pass == Pass.FORWARD;
            if (mma) {
                int rows = forward ? 3 * TILE : 2 * TILE + 2 * FEW_COLUMNS;
                return rows * (size + 8) * Short.BYTES;
            }
            int weights = TILE * (TILE + 1);
            return ((forward ? 3 : 4) * TILE * (size + 1) + weights) * Float.BYTES;
        }
    }

    private final Gpu gpu;
    private final ChangingDraws draws;
    private final Family single;
    private final Family half;

    AttentionLaunches(Gpu gpu, ChangingDraws draws, boolean tensorCores) {
        this.gpu = gpu;
        this.draws = draws;
        single = new Family(gpu, "attention", false);
        half = new Family(gpu, tensorCores ? "attention_mma" : "attention_mma_plain", true);
    }

    /** Returns whether the kernels take such operands. */
    static boolean fits(Tensor q, Attention how) {
        DType mask = how.mask() == null ? q.dtype() : how.mask().dtype();
        return (q.dtype() == DType.F32 || q.dtype() == DType.BF16) && q.size(3) <= LARGEST
                && (mask == DType.BOOL || mask == DType.F32 || mask == DType.BF16);
    }

    void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        Arguments arguments = arguments(new Tensor[] {out, q, k, v, null, null, null, null}, 0, lse, how);
        family(q).launch(Pass.FORWARD, q.size(0) * q.size(1), q.size(2), q.size(3), arguments);
    }

    void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q, Tensor k,
            Tensor v, Attention how) {
        long heads = q.size(0) * q.size(1);
        long rows = heads * q.size(2);
        long delta = gpu.allocate(rows * Float.BYTES, "attentionBackward");
        Tensor[] operands = {out, q, k, v, dq, dk, dv, dout};
        if (rows > 0) {
            family(q).kernels.get(9).launch(Operands.blocks(gpu, rows * 32), 1, 1, Operands.BLOCK, 1, 0,
                    arguments(operands, delta, lse, how));
        }
        family(q).launch(Pass.KEYS_BACKWARD, heads, k.size(2), q.size(3), arguments(operands, delta, lse, how));
        family(q).launch(Pass.QUERIES_BACKWARD, heads, q.size(2), q.size(3), arguments(operands, delta, lse, how));
        gpu.free(delta, rows * Float.BYTES);
    }

    private Family family(Tensor q) {
        return q.dtype() == DType.BF16 ? half : single;
    }

    /** @param operands out, q, k, v, dq, dk, dv and dout, or null where a pass has none */
    private Arguments arguments(Tensor[] operands, long delta, Tensor lse, Attention how) {
        Arguments arguments = Arguments.begin();
        for (Tensor operand : operands) {
            addHeads(arguments, operand);
        }
        Tensor q = operands[1];
        long keys = operands[2].size(2);
        arguments.add(delta).add(lse.address());
        if (how.mask() == null) {
            arguments.add(new long[0], 6);
        } else {
            Tensor mask = how.mask().expandTo(Shape.of(q.size(0), q.size(1), q.size(2), keys));
            arguments.add(mask.address()).add(mask.dtype().ordinal()).add(Operands.strides(mask), 4);
        }
        arguments.add(q.size(0)).add(q.size(1)).add(q.size(2)).add(keys).add(q.size(3));
        arguments.add(how.causal() ? 1 : 0).add(how.scale());
        arguments.add(how.dropout() > 0 ? 1 : 0).add((long) Math.ceil(how.dropout() * 0x1p24));
        draws.add(arguments.add(1 / (1 - how.dropout())), how.seed(), how.call());
        return arguments;
    }

    private static void addHeads(Arguments arguments, Tensor x) {
        arguments.add(x == null ? 0 : x.address()).add(x == null ? new long[0] : Operands.strides(x), 4);
    }
}
