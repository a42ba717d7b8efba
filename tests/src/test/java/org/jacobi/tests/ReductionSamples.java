package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

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
        row("argmax", "last axis", n -> List.of(real(3, n))).exact().kinked().variables(v -> v[0].argmax(-1))
                .tensors(t -> t[0].argmax(-1))
                .torch(p -> torch.argmax(p[0], new LongOptional(-1), false));
        row("argmax", "first of ties", n -> List.of(integers(DType.I64, 0, 3, n, 4))).exact().kinked()
                .variables(v -> v[0].argmax(0)).tensors(t -> t[0].argmax(0))
                .torch(p -> torch.argmax(p[0], new LongOptional(0), false));
        row("argmin", "first axis", n -> List.of(real(n, 5))).exact().kinked().variables(v -> v[0].argmin(0))
                .tensors(t -> t[0].argmin(0))
                .torch(p -> torch.argmin(p[0], new LongOptional(0), false));
        row("argmin", "first of ties", n -> List.of(ties(3, n))).exact().kinked().variables(v -> v[0].argmin(1))
                .tensors(t -> t[0].argmin(1))
                .torch(p -> torch.argmin(p[0], new LongOptional(1), false));
        row("prod", "two axes, kept", n -> List.of(within(0.9, 1.1, 3, 2, n))).upTo(67)
                .variables(v -> v[0].prod(true, 0, 2)).tensors(t -> t[0].prod(true, 0, 2))
                .torch(p -> torch.prod(torch.prod(p[0], 2, true, new ScalarTypeOptional()), 0, true,
                        new ScalarTypeOptional()));
        row("prod", "two zeros", n -> List.of(within(0.9, 1.1, 4, n), integers(DType.F32, 0, 2, 4, n))).upTo(67)
                .variables(v -> v[0].mul(v[1]).prod(0)).tensors(t -> t[0].mul(t[1]).prod(0))
                .torch(p -> torch.prod(p[0].mul(p[1]), 0));
        row("prod", "i64", n -> List.of(integers(DType.I64, -3, 4, 3, n))).upTo(67).exact()
                .tensors(t -> t[0].prod(0)).torch(p -> torch.prod(p[0], 0));
        row("any", "kept", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].any(true, 0))
                .torch(p -> torch.any(p[0], 0L, true));
        row("all", "kept", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].all(true, 1))
                .torch(p -> torch.all(p[0], 1L, true));
        row("countNonzero", "all", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].countNonzero())
                .torch(p -> torch.count_nonzero(p[0]));
        row("countNonzero", "first axis", n -> List.of(ties(n, 3))).exact().tensors(t -> t[0].countNonzero(0))
                .torch(p -> torch.count_nonzero(p[0], 0L));
        row("countNonzero", "bool, last axis", n -> List.of(bool(3, n))).exact().tensors(t -> t[0].countNonzero(-1))
                .torch(p -> torch.count_nonzero(p[0], -1L));
        row("countNonzero", "i32", n -> List.of(integers(DType.I32, -1, 2, 3, n))).exact()
                .tensors(t -> t[0].countNonzero(true, 0, 1)).torch(p -> torch.count_nonzero(p[0]).view(1, 1));
        row("argmax", "all", n -> List.of(real(3, n))).exact().tensors(t -> t[0].argmax())
                .torch(p -> torch.argmax(p[0]));
        row("argmax", "middle axis, kept", n -> List.of(ties(2, n, 5))).exact().kinked()
                .variables(v -> v[0].argmax(true, 1)).tensors(t -> t[0].argmax(true, 1))
                .torch(p -> torch.argmax(p[0], new LongOptional(1), true));
        row("argmin", "all", n -> List.of(real(n))).exact().tensors(t -> t[0].argmin())
                .torch(p -> torch.argmin(p[0]));
        row("argmin", "last axis, kept", n -> List.of(ties(3, n))).exact().kinked()
                .variables(v -> v[0].argmin(true, -1)).tensors(t -> t[0].argmin(true, -1))
                .torch(p -> torch.argmin(p[0], new LongOptional(-1), true));
        row("max", "values", n -> List.of(real(3, n))).exact().variables(v -> v[0].max(-1).values())
                .tensors(t -> t[0].max(-1).values()).torch(p -> torch.max(p[0], -1).get0());
        row("max", "indices, first of ties", n -> List.of(ties(n, 3))).exact().tensors(t -> t[0].max(true, 0).indices())
                .torch(p -> torch.max(p[0], 0, true).get1());
        row("max", "ties", n -> List.of(ties(3, n))).exact().kinked().variables(v -> v[0].max(true, 0).values())
                .tensors(t -> t[0].max(true, 0).values()).torch(p -> torch.max(p[0], 0, true).get0());
        row("min", "values", n -> List.of(real(n, 3))).exact().variables(v -> v[0].min(0).values())
                .tensors(t -> t[0].min(0).values()).torch(p -> torch.min(p[0], 0).get0());
        row("min", "i64", n -> List.of(integers(DType.I64, -5, 5, 3, n))).exact()
                .tensors(t -> t[0].min(1).indices()).torch(p -> torch.min(p[0], 1).get1());
        row("aminmax", "min", n -> List.of(real(3, n))).exact().variables(v -> v[0].aminmax(1).min())
                .tensors(t -> t[0].aminmax(1).min())
                .torch(p -> torch.aminmax(p[0].detach(), new LongOptional(1), false).get0());
        row("aminmax", "max, kept", n -> List.of(real(3, n))).exact().variables(v -> v[0].aminmax(true, 0).max())
                .tensors(t -> t[0].aminmax(true, 0).max())
                .torch(p -> torch.aminmax(p[0].detach(), new LongOptional(0), true).get1());
        row("var", "all", n -> List.of(real(3, n))).variables(v -> v[0].var()).tensors(t -> t[0].var())
                .torch(p -> torch.var(p[0], true));
        row("var", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].var(0, true, -1))
                .tensors(t -> t[0].var(0, true, -1)).torch(p -> torch.var(p[0], new long[] {-1}, false, true));
        row("var", "first axis, far from 0", n -> List.of(within(100, 101, n, 4))).tolerance(1e-4)
                .variables(v -> v[0].var(0, false, 0)).tensors(t -> t[0].var(0, false, 0))
                .torch(p -> torch.var(p[0], new long[] {0}, false, false));
        // Of N numbers, with N - 2 for N as divisor.
        row("var", "outer axes, correction 2", n -> List.of(real(3, 4, n))).variables(v -> v[0].var(2, false, 0, 2))
                .tensors(t -> t[0].var(2, false, 0, 2))
                .torch(p -> torch.var(p[0], new long[] {0, 2}, false, false)
                        .mul(Libtorch.number(3.0 * p[0].size(2) / (3 * p[0].size(2) - 2))));
        row("std", "all", n -> List.of(real(3, n))).variables(v -> v[0].std()).tensors(t -> t[0].std())
                .torch(p -> torch.std(p[0], true));
        row("std", "middle axis, kept", n -> List.of(real(2, n + 1, 3))).tolerance(5e-5)
                .variables(v -> v[0].std(1, true, 1)).tensors(t -> t[0].std(1, true, 1))
                .torch(p -> torch.std(p[0], new long[] {1}, true, true));
        row("varMean", "var", n -> List.of(real(3, n + 1))).variables(v -> v[0].varMean(1, false, 1).var())
                .tensors(t -> t[0].varMean(1, false, 1).var())
                .torch(p -> torch.var_mean(p[0], new long[] {1}, true, false).get0());
        row("varMean", "mean", n -> List.of(real(3, n + 1))).variables(v -> v[0].varMean(1, true, 0).mean())
                .tensors(t -> t[0].varMean(1, true, 0).mean())
                .torch(p -> torch.var_mean(p[0], new long[] {0}, true, true).get1());
        row("varMean", "both", n -> List.of(real(3, n + 1))).variables(v -> {
            var both = v[0].varMean(1, false, 1);
            return both.var().mul(both.mean());
        }).tensors(t -> {
            var both = t[0].varMean(1, false, 1);
            return both.var().mul(both.mean());
        }).torch(p -> {
            var both = torch.var_mean(p[0], new long[] {1}, true, false);
            return both.get0().mul(both.get1());
        });
        row("stdMean", "std", n -> List.of(real(3, n + 1))).variables(v -> v[0].stdMean(1, false, 1).std())
                .tensors(t -> t[0].stdMean(1, false, 1).std())
                .torch(p -> torch.std_mean(p[0], new long[] {1}, true, false).get0());
        row("stdMean", "mean", n -> List.of(real(3, n + 1))).variables(v -> v[0].stdMean(1, false, 1).mean())
                .tensors(t -> t[0].stdMean(1, false, 1).mean())
                .torch(p -> torch.std_mean(p[0], new long[] {1}, true, false).get1());
        for (double p : new double[] {0, 0.5, 1, 1.5, 2, 3, -1, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            // libtorch leaves the gradient of p = 0 undefined; here it is 0.
            row("norm", "p = " + p, n -> List.of(positive(3, n))).tolerance(1e-4)
                    .variables(v -> v[0].sub(1.1).norm(p, -1)).tensors(t -> t[0].sub(1.1).norm(p, -1))
                    .torch(t -> torch.linalg_vector_norm((p == 0 ? t[0].detach() : t[0]).sub(Libtorch.number(1.1)),
                            Libtorch.number(p), new long[] {-1}, false, new ScalarTypeOptional()));
        }
        row("norm", "all, kept", n -> List.of(real(3, n))).variables(v -> v[0].norm(2, true))
                .tensors(t -> t[0].norm(2, true))
                .torch(p -> torch.linalg_vector_norm(p[0], Libtorch.number(2), new long[] {0, 1}, true,
                        new ScalarTypeOptional()));
        row("norm", "outer axes", n -> List.of(real(3, 4, n))).tolerance(5e-5).variables(v -> v[0].norm(3, 0, 2))
                .tensors(t -> t[0].norm(3, 0, 2))
                .torch(p -> torch.linalg_vector_norm(p[0], Libtorch.number(3), new long[] {0, 2}, false,
                        new ScalarTypeOptional()));
        row("norm", "largest of ties", n -> List.of(ties(3, n))).kinked()
                .variables(v -> v[0].norm(Double.POSITIVE_INFINITY, 1))
                .tensors(t -> t[0].norm(Double.POSITIVE_INFINITY, 1))
                .torch(p -> torch.linalg_vector_norm(p[0], Libtorch.number(Double.POSITIVE_INFINITY), new long[] {1},
                        false, new ScalarTypeOptional()));
        row("norm", "zeros among the numbers", n -> List.of(ties(3, n))).kinked().variables(v -> v[0].norm(1.5, 0))
                .tensors(t -> t[0].norm(1.5, 0))
                .torch(p -> torch.linalg_vector_norm(p[0], Libtorch.number(1.5), new long[] {0}, false,
                        new ScalarTypeOptional()));
        row("normalize", "", n -> List.of(real(3, n))).variables(v -> v[0].normalize(2, -1))
                .tensors(t -> t[0].normalize(2, -1))
                .torch(p -> p[0].div(torch.linalg_vector_norm(p[0], Libtorch.number(2), new long[] {-1}, true,
                        new ScalarTypeOptional()).clamp_min(Libtorch.number(1e-12))));
        row("logsumexp", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].logsumexp(-1))
                .tensors(t -> t[0].logsumexp(-1)).torch(p -> torch.logsumexp(p[0], -1));
        row("logsumexp", "first axis, large numbers", n -> List.of(within(500, 504, n, 3)))
                .variables(v -> v[0].logsumexp(0)).tensors(t -> t[0].logsumexp(0))
                .torch(p -> torch.logsumexp(p[0], 0));
        row("logsumexp", "outer axes, kept", n -> List.of(real(3, 2, n))).variables(v -> v[0].logsumexp(true, 0, 2))
                .tensors(t -> t[0].logsumexp(true, 0, 2))
                .torch(p -> torch.logsumexp(p[0], new long[] {0, 2}, true));
        row("logsumexp", "integers", n -> List.of(integers(DType.I64, -3, 4, 3, n)))
                .variables(v -> v[0].logsumexp(-1)).tensors(t -> t[0].logsumexp(-1))
                .torch(p -> torch.logsumexp(p[0], -1));
        row("nanSum", "last axis", n -> List.of(real(3, n), integers(DType.F32, 0, 3, 3, n)))
                .variables(v -> gaps(v).nanSum(1)).tensors(t -> gaps(t).nanSum(1))
                .torch(p -> torch.nansum(gaps(p), new long[] {1}, false, new ScalarTypeOptional()));
        row("nanMean", "all", n -> List.of(real(3, n), integers(DType.F32, 0, 3, 3, n)))
                .variables(v -> gaps(v).nanMean()).tensors(t -> gaps(t).nanMean())
                .torch(p -> torch.nanmean(gaps(p)));
        row("nanMean", "first axis", n -> List.of(real(4, n), integers(DType.F32, 0, 3, 4, n)))
                .variables(v -> gaps(v).nanMean(0)).tensors(t -> gaps(t).nanMean(0))
                .torch(p -> torch.nanmean(gaps(p), new long[] {0}, false, new ScalarTypeOptional()));
        row("cov", "matrix", n -> List.of(real(3, n + 1))).tolerance(5e-5).variables(v -> v[0].cov(1))
                .tensors(t -> t[0].cov(1))
                .torch(p -> torch.cov(p[0], 1, new TensorOptional(), new TensorOptional()));
        row("cov", "vector, correction 0", n -> List.of(real(n))).tolerance(5e-5).variables(v -> v[0].cov(0))
                .tensors(t -> t[0].cov(0))
                .torch(p -> torch.cov(p[0], 0, new TensorOptional(), new TensorOptional()));
        row("corrcoef", "", n -> List.of(real(3, n + 4))).tolerance(5e-5).kinked().variables(v -> v[0].corrcoef())
                .tensors(t -> t[0].corrcoef()).torch(p -> torch.corrcoef(p[0]));
    }

    /** Puts NaN where whole is 0. */
    static Variable gaps(Variable... in) {
        return in[0].maskedFill(in[1].value().eq(0), Double.NaN);
    }

    static Tensor gaps(Tensor... in) {
        return in[0].maskedFill(in[1].eq(0), Double.NaN);
    }

    static org.bytedeco.pytorch.Tensor gaps(org.bytedeco.pytorch.Tensor... in) {
        return in[0].masked_fill(in[1].eq(Libtorch.number(0)), Libtorch.number(Double.NaN));
    }
}
