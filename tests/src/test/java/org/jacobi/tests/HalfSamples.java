package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;

import java.util.List;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Rows of 16-bit numbers: results and gradients in the types, and of the numbers, that libtorch gives. */
final class HalfSamples {
    private HalfSamples() {
    }

    static void add() {
        for (DType half : List.of(DType.F16, DType.BF16)) {
            elementwise(half);
            manyIntoOne(half);
            fused(half);
        }
        OpSample mixed = row("add", "F16 and BF16", n -> List.of(numbers(DType.F16, 3, n), numbers(DType.BF16, n)));
        mixed.variables(v -> v[0].add(v[1])).tensors(t -> t[0].add(t[1])).torch(p -> p[0].add(p[1])).kinked()
                .tolerance(1e-2);
    }

    private static Operand numbers(DType half, long... shape) {
        return new Operand(half, true, false, -2, 2, shape);
    }

    /** A row whose numbers may differ by a unit in the last place or two; central differences need more digits. */
    private static OpSample half(String op, String variant, DType half, IntFunction<List<Operand>> operands) {
        return row(op, (variant.isEmpty() ? "" : variant + ", ") + half, operands).kinked()
                .tolerance(half == DType.F16 ? 0x1p-9 : 0x1p-6);
    }

    private static void elementwise(DType half) {
        half("add", "", half, n -> List.of(numbers(half, 3, n), numbers(half, n)))
                .variables(v -> v[0].add(v[1])).tensors(t -> t[0].add(t[1])).torch(p -> p[0].add(p[1]));
        half("mul", "a number", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].mul(0.1)).tensors(t -> t[0].mul(0.1)).torch(p -> p[0].mul(number(0.1)));
        half("div", "f32", half, n -> List.of(numbers(half, 3, n), Operand.positive(n)))
                .variables(v -> v[0].div(v[1])).tensors(t -> t[0].div(t[1])).torch(p -> p[0].div(p[1]));
        half("mul", "an f32 scalar", half, n -> List.of(numbers(half, 3, n), Operand.constant()))
                .variables(v -> v[0].mul(v[1])).tensors(t -> t[0].mul(t[1])).torch(p -> p[0].mul(p[1]));
        half("sub", "i64", half, n -> List.of(numbers(half, 3, n), integers(DType.I64, -9, 9, 3, n)))
                .variables(v -> v[0].sub(v[1])).tensors(t -> t[0].sub(t[1])).torch(p -> p[0].sub(p[1]));
        half("lt", "", half, n -> List.of(numbers(half, 3, n), numbers(half, 3, n))).exact()
                .tensors(t -> t[0].lt(t[1])).torch(p -> p[0].lt(p[1]));
        half("exp", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].exp()).tensors(t -> t[0].exp()).torch(p -> p[0].exp());
        half("tanh", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].tanh()).tensors(t -> t[0].tanh()).torch(p -> p[0].tanh());
        half("gelu", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].gelu()).tensors(t -> t[0].gelu()).torch(p -> torch.gelu(p[0]));
        half("silu", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].silu()).tensors(t -> t[0].silu()).torch(p -> torch.silu(p[0]));
        half("softplus", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].softplus()).tensors(t -> t[0].softplus()).torch(p -> torch.softplus(p[0]));
        half("clamp", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].clamp(-1, 0.3)).tensors(t -> t[0].clamp(-1, 0.3))
                .torch(p -> torch.clamp_max(torch.clamp_min(p[0], number(-1)), number(0.3)));
        half("where", "", half, n -> List.of(Operand.bool(3, n), numbers(half, 3, n), real()))
                .variables(v -> Variable.where(v[0].value(), v[1], v[2])).tensors(t -> Tensor.where(t[0], t[1], t[2]))
                .torch(p -> torch.where(p[0], p[1], p[2]));
        half("add_", "", half, n -> List.of(numbers(half, 3, n), numbers(half, n))).inPlace()
                .tensors(t -> t[0].add_(t[1])).torch(p -> p[0].add(p[1]));
        half("add_", "f32", half, n -> List.of(numbers(half, 3, n), real(3, n))).inPlace()
                .tensors(t -> t[0].add_(t[1])).torch(p -> p[0].add(p[1]).to(p[0].scalar_type()));
    }

    private static void manyIntoOne(DType half) {
        half("sum", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].sum(1)).tensors(t -> t[0].sum(1)).torch(p -> Libtorch.sum(p[0], false, 1));
        half("mean", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].mean(0)).tensors(t -> t[0].mean(0)).torch(p -> Libtorch.mean(p[0], false, 0));
        half("amax", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].amax(1)).tensors(t -> t[0].amax(1))
                .torch(p -> torch.amax(p[0], new long[] {1}, false));
        half("argmax", "", half, n -> List.of(numbers(half, 3, n))).exact()
                .tensors(t -> t[0].argmax(1)).torch(p -> p[0].to(torch.ScalarType.Float).argmax(
                        new org.bytedeco.pytorch.LongOptional(1), false));
        half("matmul", "", half, n -> List.of(numbers(half, 3, n), numbers(half, n, 5)))
                .variables(v -> v[0].matmul(v[1])).tensors(t -> t[0].matmul(t[1]))
                .torch(p -> p[0].matmul(p[1]));
    }

    private static void fused(DType half) {
        half("softmax", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].softmax(1)).tensors(t -> t[0].softmax(1)).torch(p -> torch.softmax(p[0], 1));
        half("logSoftmax", "", half, n -> List.of(numbers(half, 3, n)))
                .variables(v -> v[0].logSoftmax(1)).tensors(t -> t[0].logSoftmax(1))
                .torch(p -> torch.log_softmax(p[0], 1))
                .tolerance(half == DType.F16 ? 0x1p-7 : 0x1p-4); // libtorch goes back from the rounded result
        half("linear", "", half, n -> List.of(numbers(half, 3, n), numbers(half, 5, n), numbers(half, 5)))
                .variables(v -> v[0].linear(v[1], v[2])).torch(p -> torch.linear(p[0], p[1],
                        new org.bytedeco.pytorch.TensorOptional(p[2])));
        half("conv2d", "", half, n -> List.of(numbers(half, 2, 2, 3, n), numbers(half, 3, 2, 2, 1), numbers(half, 3)))
                .variables(v -> v[0].conv2d(v[1], v[2])).tensors(t -> t[0].conv2d(t[1], t[2]))
                .torch(p -> torch.conv2d(p[0], p[1], new org.bytedeco.pytorch.TensorOptional(p[2]), new long[] {1, 1},
                        new long[] {0, 0}, new long[] {1, 1}, 1))
                .upTo(67);
        half("crossEntropy", "", half, n -> List.of(numbers(half, 7, n), Operand.index(n, 7)))
                .variables(v -> v[0].crossEntropy(v[1].value()))
                .torch(p -> torch.cross_entropy_loss(p[0], p[1]));
    }
}
