package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;

import java.util.List;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** The rows of random numbers, creation and changes in place. */
final class CreationSamples {
    private CreationSamples() {
    }

    static void add() {
        random();
        creation();
        changesInPlace();
    }

    // ---- random numbers: our own definition, for which libtorch has no twin ----------------------------------------

    private static void random() {
        row("dropout", "", n -> List.of(real(3, n))).variables(v -> v[0].dropout(0.3, new Generator(11)));
        row("dropout", "none", n -> List.of(real(3, n))).exact().variables(v -> v[0].dropout(0)).torch(p -> p[0]);
        row("rand", "", n -> List.of()).exact().tensors(_ -> Tensor.rand(new Generator(3), 5, 7));
        row("randn", "", n -> List.of()).exact().tensors(_ -> Tensor.randn(new Generator(3), 5, 7));
        row("uniform_", "", n -> List.of(real(3, n))).exact().inPlace()
                .tensors(t -> t[0].uniform_(-1, 3, new Generator(4)));
        row("normal_", "", n -> List.of(real(3, n))).exact().inPlace()
                .tensors(t -> t[0].normal_(1, 2, new Generator(4)));
    }

    private static void creation() {
        row("zeros", "", n -> List.of()).exact().tensors(_ -> Tensor.zeros(3, 5)).torch(_ -> torch.zeros(3, 5));
        row("zeros", "i64", n -> List.of()).exact().tensors(_ -> Tensor.zeros(DType.I64, 3))
                .torch(_ -> torch.zeros(3).to(torch.ScalarType.Long));
        row("ones", "", n -> List.of()).exact().tensors(_ -> Tensor.ones(3, 5)).torch(_ -> torch.ones(3, 5));
        row("full", "", n -> List.of()).exact().tensors(_ -> Tensor.full(2.5, DType.F32, 3, 5))
                .torch(_ -> torch.ones(3, 5).mul(number(2.5)));
        row("scalar", "", n -> List.of()).exact().tensors(_ -> Tensor.scalar(2.5))
                .torch(_ -> torch.full(new long[0], number(2.5)));
        row("arange", "", n -> List.of()).exact().tensors(_ -> Tensor.arange(17))
                .torch(_ -> torch.arange(new Scalar(17L)));
        row("arange", "steps", n -> List.of()).tensors(_ -> Tensor.arange(-1, 2, 0.3, DType.F32))
                .torch(_ -> torch.arange(number(-1), number(2), number(0.3)));
        row("eye", "", n -> List.of()).exact().tensors(_ -> Tensor.eye(5)).torch(_ -> torch.eye(5));
        row("of", "", n -> List.of()).exact().tensors(_ -> Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3))
                .torch(_ -> torch.tensor(1f, 2f, 3f, 4f, 5f, 6f).reshape(2, 3));
    }

    // ---- changes in place ------------------------------------------------------------------------------------------

    private static void changesInPlace() {
        row("fill_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].fill_(1.5))
                .torch(p -> torch.full_like(p[0], number(1.5)));
        row("zero_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].zero_())
                .torch(p -> torch.zeros_like(p[0]));
        row("copy_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].copy_(t[1]))
                .torch(p -> p[1]);
        row("copy_", "a row of i64", n -> List.of(real(3, n), integers(DType.I64, -9, 9, n))).exact().inPlace()
                .tensors(t -> t[0].copy_(t[1])).torch(p -> p[1].to(torch.ScalarType.Float).expand_as(p[0]));
        row("add_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].add_(t[1]))
                .torch(p -> p[0].add(p[1]));
        row("add_", "a row", n -> List.of(real(3, n), real(n))).exact().inPlace().tensors(t -> t[0].add_(t[1]))
                .torch(p -> p[0].add(p[1]));
        row("sub_", "a column", n -> List.of(real(3, n), real(3, 1))).exact().inPlace().tensors(t -> t[0].sub_(t[1]))
                .torch(p -> p[0].sub(p[1]));
        row("mul_", "", n -> List.of(real(3, n), real(3, n))).exact().inPlace().tensors(t -> t[0].mul_(t[1]))
                .torch(p -> p[0].mul(p[1]));
        row("mul_", "a number", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].mul_(-1.5))
                .torch(p -> p[0].mul(number(-1.5)));
        row("div_", "a scalar", n -> List.of(real(3, n), positive())).exact().inPlace().tensors(t -> t[0].div_(t[1]))
                .torch(p -> p[0].div(p[1]));
        row("add_", "a number", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].add_(1.5))
                .torch(p -> p[0].add(number(1.5)));
        row("add_", "i64 to i8", n -> List.of(integers(DType.I8, -99, 99, 3, n), integers(DType.I64, -99, 99, n)))
                .exact().inPlace().tensors(t -> t[0].add_(t[1])).torch(p -> p[0].add_(p[1]));
        row("add_", "f64 to f32", n -> List.of(Operand.constant(3, n), integers(DType.F64, -9, 9, 3, n)))
                .exact().inPlace().tensors(t -> t[0].add_(t[1].div(3))).torch(p -> p[0].add_(p[1].div(number(3))));
        row("sub_", "a number", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].sub_(1.5))
                .torch(p -> p[0].sub(number(1.5)));
        row("div_", "a number", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].div_(3))
                .torch(p -> p[0].div(number(3)));
        row("pow_", "", n -> List.of(positive(3, n), real(n))).inPlace().tensors(t -> t[0].pow_(t[1]))
                .torch(p -> p[0].pow(p[1]));
        row("pow_", "a number", n -> List.of(real(3, n))).inPlace().tensors(t -> t[0].pow_(3))
                .torch(p -> p[0].pow(number(3)));
        row("neg_", "", n -> List.of(real(3, n))).exact().inPlace().tensors(t -> t[0].neg_()).torch(p -> p[0].neg());
        row("sqrt_", "", n -> List.of(positive(3, n))).inPlace().tensors(t -> t[0].sqrt_()).torch(p -> p[0].sqrt());
        row("exp_", "", n -> List.of(real(3, n))).inPlace().tensors(t -> t[0].exp_()).torch(p -> p[0].exp());
        row("maskedFill_", "", n -> List.of(real(3, n), Operand.bool(n))).exact().inPlace()
                .tensors(t -> t[0].maskedFill_(t[1], -7.5)).torch(p -> torch.masked_fill(p[0], p[1], number(-7.5)));
        row("add_", "its own transpose", n -> List.of(real(5, 5))).exact().inPlace().tensors(t -> t[0].add_(t[0].t()))
                .torch(p -> p[0].add(p[0].t()));
    }
}
