package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** The rows of shapes, joining and conversion. */
final class ShapeSamples {
    private ShapeSamples() {
    }

    static void add() {
        shapes();
        conversions();
    }

    private static void shapes() {
        row("reshape", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].reshape(3, -1))
                .tensors(t -> t[0].reshape(3, -1)).torch(p -> p[0].reshape(3, -1));
        row("reshape", "of a transpose", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().reshape(-1))
                .tensors(t -> t[0].t().reshape(-1)).torch(p -> p[0].t().reshape(-1));
        row("view", "", n -> List.of(real(4, n))).exact().tensors(t -> t[0].contiguous().view(2, 2, -1))
                .torch(p -> p[0].view(2, 2, -1));
        row("alias", "", n -> List.of(real(3, n))).exact().tensors(t -> t[0].alias()).torch(p -> p[0].alias());
        row("flatten", "", n -> List.of(real(2, 3, n, 2))).exact().variables(v -> v[0].flatten(1, -2))
                .tensors(t -> t[0].flatten(1, -2)).torch(p -> p[0].flatten(1, -2));
        row("permute", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].permute(2, 0, -2))
                .tensors(t -> t[0].permute(2, 0, -2)).torch(p -> p[0].permute(2, 0, -2));
        row("transpose", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].transpose(0, -1))
                .tensors(t -> t[0].transpose(0, -1)).torch(p -> p[0].transpose(0, -1));
        row("t", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t()).tensors(t -> t[0].t())
                .torch(p -> p[0].t());
        row("unsqueeze", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].unsqueeze(-1))
                .tensors(t -> t[0].unsqueeze(-1)).torch(p -> p[0].unsqueeze(-1));
        row("squeeze", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].squeeze(-2))
                .tensors(t -> t[0].squeeze(-2)).torch(p -> p[0].squeeze(-2));
        row("expand", "", n -> List.of(real(3, 1, n))).exact().variables(v -> v[0].expand(2, 3, 4, -1))
                .tensors(t -> t[0].expand(2, 3, 4, -1)).torch(p -> p[0].expand(2, 3, 4, -1));
        row("expandTo", "", n -> List.of(real(3, 1))).exact().variables(v -> v[0].expandTo(Shape.of(2, 3, 5)))
                .tensors(t -> t[0].expandTo(Shape.of(2, 3, 5))).torch(p -> p[0].expand(2, 3, 5));
        row("sumTo", "", n -> List.of(real(2, 3, n))).variables(v -> v[0].sumTo(Shape.of(3, 1)))
                .torch(p -> Libtorch.sum(p[0], false, 0, 2).unsqueeze(-1));
        row("narrow", "", n -> List.of(real(3, n + 2))).exact().variables(v -> v[0].narrow(-1, 1, v[0].size(-1) - 2))
                .tensors(t -> t[0].narrow(-1, 1, t[0].size(-1) - 2)).torch(p -> p[0].narrow(-1, 1, p[0].size(-1) - 2));
        row("slice", "steps of 3", n -> List.of(real(3, n))).exact().variables(v -> v[0].slice(1, 0, v[0].size(1), 3))
                .tensors(t -> t[0].slice(1, 0, t[0].size(1), 3))
                .torch(p -> Libtorch.slice(p[0], 1, 0, p[0].size(1), 3));
        row("slice", "from the end", n -> List.of(real(n + 3, 3))).exact().variables(v -> v[0].slice(0, -3, -1, 1))
                .tensors(t -> t[0].slice(0, -3, -1, 1)).torch(p -> Libtorch.slice(p[0], 0, -3, -1, 1));
        row("select", "", n -> List.of(real(2, 3, n))).exact().variables(v -> v[0].select(1, -1))
                .tensors(t -> t[0].select(1, -1)).torch(p -> p[0].select(1, -1));
        row("split", "lengths", n -> List.of(real(2, n + 3)))
                .variables(v -> swapped(v[0].split(-1, 2, v[0].size(-1) - 3, 1)))
                .tensors(t -> swapped(t[0].split(-1, 2, t[0].size(-1) - 3, 1)))
                .torch(p -> swapped(p[0].narrow(-1, 0, 2), p[0].narrow(-1, 2, p[0].size(-1) - 3),
                        p[0].narrow(-1, p[0].size(-1) - 1, 1)));
        row("split", "pieces of 2", n -> List.of(real(5, n))).variables(v -> swapped(v[0].split(0, 2)))
                .tensors(t -> swapped(t[0].split(0, 2)))
                .torch(p -> swapped(p[0].narrow(0, 0, 2), p[0].narrow(0, 2, 2), p[0].narrow(0, 4, 1)));
        row("split", "one piece used", n -> List.of(real(3, n))).exact().variables(v -> v[0].split(0, 1)[1])
                .tensors(t -> t[0].split(0, 1)[1]).torch(p -> p[0].narrow(0, 1, 1));
        row("cat", "last axis", n -> List.of(real(3, n), real(3, 2), real(3, 1)))
                .variables(v -> Variable.cat(-1, v)).tensors(t -> Tensor.cat(-1, t)).exact()
                .torch(p -> Libtorch.cat(-1, p));
        row("cat", "first axis, f32 and f64", n -> List.of(real(1, n), integers(DType.F64, -9, 9, 2, n)))
                .variables(v -> Variable.cat(0, v)).tensors(t -> Tensor.cat(0, t)).torch(p -> Libtorch.cat(0, p));
        row("stack", "", n -> List.of(real(3, n), real(3, n))).exact().variables(v -> Variable.stack(1, v))
                .tensors(t -> Tensor.stack(1, t)).torch(p -> Libtorch.stack(1, p));
        row("contiguous", "", n -> List.of(real(3, n))).exact().variables(v -> v[0].t().contiguous())
                .tensors(t -> t[0].t().contiguous()).torch(p -> p[0].t().contiguous());
    }

    /** Uses the pieces of a split in another order and weight, so that it matters which is which. */
    private static Variable swapped(Variable... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static Tensor swapped(Tensor... parts) {
        return parts[2].sum().mul(3).add(parts[1].mul(2)).add(parts[0].square().sum());
    }

    private static org.bytedeco.pytorch.Tensor swapped(org.bytedeco.pytorch.Tensor... parts) {
        return parts[2].sum().mul(number(3)).add(parts[1].mul(number(2))).add(parts[0].square().sum());
    }

    private static void conversions() {
        row("to", "f64", n -> List.of(real(3, n))).exact().variables(v -> v[0].to(DType.F64))
                .tensors(t -> t[0].to(DType.F64))
                .torch(p -> p[0].to(torch.ScalarType.Double));
        row("to", "f32", n -> List.of(real(3, n))).exact().kinked().variables(v -> v[0].to(DType.F32))
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "i64, towards zero", n -> List.of(within(-9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I64))
                .torch(p -> p[0].to(torch.ScalarType.Long));
        row("to", "bool", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].to(DType.BOOL))
                .torch(p -> p[0].to(torch.ScalarType.Bool));
        row("to", "i64 to i32", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact().tensors(t -> t[0].to(DType.I32))
                .torch(p -> p[0].to(torch.ScalarType.Int));
        row("to", "u8 to f32", n -> List.of(integers(DType.U8, 0, 256, 3, n))).exact().tensors(t -> t[0].to(DType.F32))
                .torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "f16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.F16))
                .torch(p -> p[0].to(torch.ScalarType.Half));
        row("to", "bf16", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].to(DType.BF16))
                .torch(p -> p[0].to(torch.ScalarType.BFloat16));
        row("to", "f16 to f32", n -> List.of(integers(DType.F16, -999, 999, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("to", "bf16 to f32", n -> List.of(integers(DType.BF16, -200, 200, 3, n))).exact()
                .tensors(t -> t[0].to(DType.F32)).torch(p -> p[0].to(torch.ScalarType.Float));
        row("ofBits", "", n -> List.of()).exact()
                .tensors(_ -> Tensor.ofBits(DType.F16, new short[] {0x3C00, (short) 0xC100, 1}))
                .torch(_ -> org.bytedeco.pytorch.Tensor.create(new short[] {0x3C00, (short) 0xC100, 1}, 3)
                        .view(torch.ScalarType.Half));
        row("copy", "", n -> List.of(real(3, n))).exact().elementwise().tensors(t -> t[0].copy())
                .torch(p -> p[0].clone());
    }
}
