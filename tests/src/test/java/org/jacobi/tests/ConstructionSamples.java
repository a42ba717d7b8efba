package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.constant;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** The rows of tensors made from a few numbers, from Java's arrays and buffers, and at random. */
final class ConstructionSamples {
    private ConstructionSamples() {
    }

    static void add() {
        ranges();
        positions();
        imports();
        random();
    }

    private static void ranges() {
        row("linspace", "", n -> List.of()).tolerance(1e-6).tensors(_ -> Tensor.linspace(-1, 2, 7))
                .torch(_ -> torch.linspace(number(-1), number(2), 7));
        row("linspace", "f64, downwards", n -> List.of()).tolerance(1e-14)
                .tensors(_ -> Tensor.linspace(2, -1, 11, DType.F64))
                .torch(_ -> torch.linspace(number(2), number(-1), 11, new TensorOptions(torch.ScalarType.Double)));
        row("linspace", "one step", n -> List.of()).exact().tensors(_ -> Tensor.linspace(3, 5, 1))
                .torch(_ -> torch.linspace(number(3), number(5), 1));
        row("logspace", "", n -> List.of()).tolerance(1e-6).tensors(_ -> Tensor.logspace(-2, 3, 6, 10, DType.F32))
                .torch(_ -> torch.logspace(number(-2), number(3), 6));
        row("logspace", "base 2", n -> List.of()).tolerance(1e-12)
                .tensors(_ -> Tensor.logspace(0, 10, 11, 2, DType.F64))
                .torch(_ -> torch.logspace(number(0), number(10), 11, 2, new TensorOptions(torch.ScalarType.Double)));
        row("eye", "more columns", n -> List.of()).exact().tensors(_ -> Tensor.eye(3, 5)).torch(_ -> torch.eye(3, 5));
        row("zerosLike", "", n -> List.of(real(3, n))).exact().tensors(t -> Tensor.zerosLike(t[0]))
                .torch(p -> torch.zeros_like(p[0]));
        row("onesLike", "i64", n -> List.of(integers(DType.I64, 0, 9, 3, n))).exact()
                .tensors(t -> Tensor.onesLike(t[0]))
                .torch(p -> torch.ones_like(p[0]));
        row("fullLike", "", n -> List.of(real(3, n))).exact().tensors(t -> Tensor.fullLike(t[0], 2.5))
                .torch(p -> torch.full_like(p[0], number(2.5)));
        row("vander", "", n -> List.of(constant(n))).tensors(t -> Tensor.vander(t[0], 4, false))
                .torch(p -> Libtorch.stack(-1, p[0].pow(number(3)), p[0].pow(number(2)), p[0], torch.ones_like(p[0])));
        row("vander", "increasing, i64", n -> List.of(integers(DType.I64, -4, 5, n))).exact()
                .tensors(t -> Tensor.vander(t[0], 3, true))
                .torch(p -> Libtorch.stack(-1, torch.ones_like(p[0]), p[0], p[0].mul(p[0])));
    }

    private static void positions() {
        for (long k : new long[] {0, 2, -2, 9, -9}) {
            row("trilIndices", "k = " + k, n -> List.of()).exact().tensors(_ -> Tensor.trilIndices(4, 5, k))
                    .torch(_ -> torch.tril_indices(4, 5, k, new TensorOptions(torch.ScalarType.Long)));
            row("triuIndices", "k = " + k, n -> List.of()).exact().tensors(_ -> Tensor.triuIndices(5, 3, k))
                    .torch(_ -> torch.triu_indices(5, 3, k, new TensorOptions(torch.ScalarType.Long)));
        }
    }

    private static void imports() {
        row("from", "", n -> List.of()).exact().tensors(_ -> Tensor.from(new float[][] {{1, 2, 3}, {4, 5, 6}}))
                .torch(_ -> torch.tensor(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3));
        row("copyOf", "a big-endian buffer", n -> List.of()).exact()
                .tensors(_ -> Tensor.copyOf(ByteBuffer.allocate(12).order(ByteOrder.BIG_ENDIAN).putFloat(1).putFloat(-2)
                        .putFloat(0.5f).flip(), DType.F32))
                .torch(_ -> torch.tensor(1f, -2f, 0.5f));
    }

    // ---- random numbers: our own definition, for which libtorch has no twin ----------------------------------------

    private static void random() {
        row("randLike", "", n -> List.of(real(3, n))).exact().tensors(t -> Tensor.randLike(t[0], new Generator(3)));
        row("randnLike", "", n -> List.of(real(3, n))).exact().tensors(t -> Tensor.randnLike(t[0], new Generator(3)));
        row("randint", "", n -> List.of()).exact().tensors(_ -> Tensor.randint(new Generator(3), -5, 100, 7, 9));
        row("randperm", "", n -> List.of()).exact().tensors(_ -> Tensor.randperm(new Generator(3), 100));
        row("bernoulli", "", n -> List.of(within(0, 1, 3, n))).exact()
                .tensors(t -> Tensor.bernoulli(t[0], new Generator(3)));
        row("multinomial", "", n -> List.of(within(0.1, 1, 3, n))).exact().upTo(257)
                .tensors(t -> Tensor.multinomial(t[0], 5, true, new Generator(3)));
        row("multinomial", "without replacement", n -> List.of(within(0.1, 1, n))).exact().upTo(257)
                .tensors(t -> Tensor.multinomial(t[0], (int) t[0].numel(), false, new Generator(3)));
    }
}
