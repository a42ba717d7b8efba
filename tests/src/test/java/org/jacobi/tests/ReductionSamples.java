package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;

/** The rows of reductions. */
final class ReductionSamples {
    private ReductionSamples() {
    }

    static void add() {
        row("sum", "all", n -> List.of(real(3, n))).variables(v -> v[0].sum()).tensors(t -> t[0].sum())
                .torch(p -> torch.sum(p[0]));
        row("sum", "vector", n -> List.of(real(n))).variables(v -> v[0].sum()).tensors(t -> t[0].sum())
                .torch(p -> torch.sum(p[0]));
        row("sum", "first axis", n -> List.of(real(n, 5))).variables(v -> v[0].sum(0)).tensors(t -> t[0].sum(0))
                .torch(p -> Libtorch.sum(p[0], false, 0));
        row("sum", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].sum(true, -1))
                .tensors(t -> t[0].sum(true, -1)).torch(p -> Libtorch.sum(p[0], true, -1));
        row("sum", "outer axes", n -> List.of(real(3, n, 2))).variables(v -> v[0].sum(0, 2))
                .tensors(t -> t[0].sum(0, 2))
                .torch(p -> Libtorch.sum(p[0], false, 0, 2));
        row("sum", "middle axis", n -> List.of(real(3, n, 4))).tolerance(5e-5).variables(v -> v[0].sum(1))
                .tensors(t -> t[0].sum(1))
                .torch(p -> Libtorch.sum(p[0], false, 1));
        row("sum", "i32", n -> List.of(integers(DType.I32, -9, 9, 3, n))).exact().tensors(t -> t[0].sum(1))
                .torch(p -> Libtorch.sum(p[0], false, 1));
        row("sum", "bool", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].sum()).torch(p -> torch.sum(p[0]));
        row("mean", "all", n -> List.of(real(3, n))).variables(v -> v[0].mean()).tensors(t -> t[0].mean())
                .torch(p -> torch.mean(p[0]));
        row("mean", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].mean(true, -1))
                .tensors(t -> t[0].mean(true, -1)).torch(p -> Libtorch.mean(p[0], true, -1));
        row("mean", "two axes", n -> List.of(real(3, 2, n))).variables(v -> v[0].mean(0, 2))
                .tensors(t -> t[0].mean(0, 2))
                .torch(p -> Libtorch.mean(p[0], false, 0, 2));
        row("prod", "last axis", n -> List.of(within(0.9, 1.1, 3, n))).upTo(67).variables(v -> v[0].prod(-1))
                .tensors(t -> t[0].prod(-1)).torch(p -> torch.prod(p[0], -1));
        row("prod", "all", n -> List.of(within(0.9, 1.1, 2, n))).upTo(67).variables(v -> v[0].prod())
                .tensors(t -> t[0].prod()).torch(p -> torch.prod(p[0]));
        row("prod", "with zeros", n -> List.of(within(0.9, 1.1, 4, n), integers(DType.F32, 0, 2, 4, 1))).upTo(67)
                .variables(v -> v[0].mul(v[1]).prod(0)).tensors(t -> t[0].mul(t[1]).prod(0))
                .torch(p -> torch.prod(p[0].mul(p[1]), 0));
        row("sumOfSquares", "all", n -> List.of(real(3, n))).variables(v -> v[0].sumOfSquares())
                .tensors(t -> t[0].sumOfSquares()).torch(p -> torch.sum(torch.square(p[0])));
        row("sumOfSquares", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].sumOfSquares(-1))
                .tensors(t -> t[0].sumOfSquares(-1)).torch(p -> torch.sum(torch.square(p[0]), -1));
        row("amax", "all", n -> List.of(real(3, n))).variables(v -> v[0].amax()).tensors(t -> t[0].amax())
                .torch(p -> torch.amax(p[0]));
        row("amax", "last axis, kept", n -> List.of(real(3, n))).variables(v -> v[0].amax(true, -1))
                .tensors(t -> t[0].amax(true, -1)).torch(p -> torch.amax(p[0], new long[] {-1}, true));
        row("amax", "ties", n -> List.of(ties(3, n, 2))).kinked().variables(v -> v[0].amax(0, 1))
                .tensors(t -> t[0].amax(0, 1)).torch(p -> torch.amax(p[0], new long[] {0, 1}, false));
        row("amax", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact().tensors(t -> t[0].amax(1))
                .torch(p -> torch.amax(p[0], new long[] {1}, false));
        row("amin", "first axis", n -> List.of(real(n, 5))).variables(v -> v[0].amin(0)).tensors(t -> t[0].amin(0))
                .torch(p -> torch.amin(p[0], new long[] {0}, false));
        row("amin", "all, kept", n -> List.of(real(3, n))).variables(v -> v[0].amin(true)).tensors(t -> t[0].amin(true))
                .torch(p -> torch.amin(p[0], new long[] {0, 1}, true));
        row("amin", "ties", n -> List.of(ties(3, n))).kinked().variables(v -> v[0].amin(1)).tensors(t -> t[0].amin(1))
                .torch(p -> torch.amin(p[0], new long[] {1}, false));
        row("any", "all", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].any()).torch(p -> torch.any(p[0]));
        row("any", "last axis", n -> List.of(ties(5, n))).exact().tensors(t -> t[0].any(-1))
                .torch(p -> torch.any(p[0], -1L));
        row("all", "all", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].all()).torch(p -> torch.all(p[0]));
        row("all", "first axis", n -> List.of(ties(2, n))).exact().tensors(t -> t[0].all(0))
                .torch(p -> torch.all(p[0], 0L));
        row("argmax", "last axis", n -> List.of(real(3, n))).exact().tensors(t -> t[0].argmax(-1))
                .torch(p -> torch.argmax(p[0], new LongOptional(-1), false));
        row("argmax", "first of ties", n -> List.of(integers(DType.I64, 0, 3, n, 4))).exact()
                .tensors(t -> t[0].argmax(0))
                .torch(p -> torch.argmax(p[0], new LongOptional(0), false));
        row("argmin", "first axis", n -> List.of(real(n, 5))).exact().tensors(t -> t[0].argmin(0))
                .torch(p -> torch.argmin(p[0], new LongOptional(0), false));
        row("argmin", "first of ties", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].argmin(1))
                .torch(p -> torch.argmin(p[0], new LongOptional(1), false));
    }
}
