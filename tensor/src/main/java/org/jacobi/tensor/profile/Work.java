package org.jacobi.tensor.profile;

import java.util.List;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.AdamWStep;
import org.jacobi.tensor.backend.Attention;

/** How much a kernel has to do, told by its operands. */
final class Work {
    private Work() {
    }

    /** Returns the floating-point operations of a product's kernel, an addition and a multiplication counting as two; else 0. */
    static double flop(String kernel, Object[] operands) {
        return switch (kernel) {
            case "matmul" -> 2.0 * numel(operands[0]) * size(operands[1], -1);
            case "linear" -> 2.0 * numel(operands[0]) * size(operands[2], 1);
            case "linearGelu" -> 2.0 * numel(operands[0]) * size(operands[3], 1);
            case "linearWeight" -> 2.0 * numel(operands[0]) * size(operands[2], 0);
            case "linearGeluBackward" -> 2.0 * numel(operands[0]) * size(operands[2], -1);
            // Two products: scores and mixture. Their backward has five: scores again, and a gradient for each operand of both.
            case "attention" -> 2 * product((Tensor) operands[2], (Tensor) operands[3], (Attention) operands[5]);
            case "attentionBackward" ->
                    5 * product((Tensor) operands[6], (Tensor) operands[7], (Attention) operands[9]);
            // Each row of the gates is a sum over the state before; back, each of the state over the gates.
            case "recurrent" -> 2.0 * numel(operands[4]) * size(operands[5], 1);
            case "recurrentBackward" -> 2.0 * numel(operands[1]) * size(operands[10], 1);
            case "convolution" -> convolution(operands[0], operands[2]);
            case "convolutionTranspose" -> convolution(operands[1], operands[2]);
            case "convolutionWeight" -> convolution(operands[1], operands[0]);
            default -> 0;
        };
    }

    /** Returns the operations of q k^T; where it is causal, of the keys that are seen. */
    private static double product(Tensor q, Tensor k, Attention how) {
        double queries = q.size(2);
        double keys = k.size(2);
        double pairs = queries * keys;
        if (how.causal()) {
            double rows = Math.min(queries, keys); // those that do not see all keys
            pairs = rows * (rows + 1) / 2 + (queries - rows) * keys;
        }
        return 2 * pairs * q.size(0) * q.size(1) * q.size(3);
    }

    /** Returns the operations of all outputs times all places of the kernel and channels of a group, padding included. */
    private static double convolution(Object out, Object weight) {
        return 2.0 * numel(out) * numel(weight) / size(weight, 0);
    }

    private static long numel(Object tensor) {
        return ((Tensor) tensor).numel();
    }

    private static long size(Object tensor, int axis) {
        return ((Tensor) tensor).size(axis);
    }

    /** Returns the bytes of all tensors among the operands, and in lists of them; what is broadcast counts once. */
    static long moved(Object[] operands) {
        long bytes = 0;
        for (Object operand : operands) {
            bytes += switch (operand) {
                case Tensor tensor -> moved(tensor);
                case AdamWStep step ->
                        moved(new Object[] {step.parameter(), step.grad(), step.m(), step.v(), step.vMax(),
                            step.rounded()});
                case List<?> list -> moved(list.toArray());
                case null, default -> 0;
            };
        }
        return bytes;
    }

    private static long moved(Tensor tensor) {
        long numel = 1;
        for (int axis = 0; axis < tensor.rank(); axis++) {
            numel *= tensor.stride(axis) == 0 ? 1 : tensor.size(axis);
        }
        return numel * tensor.dtype().bytes();
    }
}
