package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;
import java.util.Locale;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.QuantileMethod;
import org.jacobi.tensor.Tensor;

/** The rows of sorting, selecting, searching, counting and scans. */
final class SortingSamples {
    private SortingSamples() {
    }

    static void add() {
        sorts();
        selections();
        quantiles();
        counts();
        scans();
    }

    private static void sorts() {
        row("sort", "values", n -> List.of(real(3, n))).exact().variables(v -> v[0].sort(-1).values())
                .tensors(t -> t[0].sort(-1).values()).torch(p -> torch.sort(p[0], -1, false).get0());
        row("sort", "vector, descending", n -> List.of(real(n))).exact().variables(v -> v[0].sort(0, true).values())
                .tensors(t -> t[0].sort(0, true).values()).torch(p -> torch.sort(p[0], 0, true).get0());
        row("sort", "first axis", n -> List.of(real(n, 3))).exact().variables(v -> v[0].sort(0).values())
                .tensors(t -> t[0].sort(0).values()).torch(p -> torch.sort(p[0], 0, false).get0());
        row("sort", "indices, ties", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].sort(1).indices())
                .torch(p -> torch.sort(p[0], new BoolOptional(true), 1, false).get1());
        row("sort", "indices, ties, descending", n -> List.of(ties(n, 3))).exact()
                .tensors(t -> t[0].sort(0, true).indices())
                .torch(p -> torch.sort(p[0], new BoolOptional(true), 0, true).get1());
        row("sort", "i64", n -> List.of(integers(DType.I64, -99, 99, 3, n))).exact()
                .tensors(t -> t[0].sort(1).indices())
                .torch(p -> torch.sort(p[0], new BoolOptional(true), 1, false).get1());
        row("sort", "bool", n -> List.of(bool(n))).exact().tensors(t -> t[0].sort(0).indices())
                .torch(p -> torch.sort(p[0], new BoolOptional(true), 0, false).get1());
        row("sort", "scalar", n -> List.of(real())).exact().variables(v -> v[0].sort(0).values())
                .tensors(t -> t[0].sort(-1).values()).torch(p -> torch.sort(p[0], 0, false).get0());
        row("argsort", "", n -> List.of(real(3, n))).exact().tensors(t -> t[0].argsort(-1))
                .torch(p -> torch.argsort(p[0], -1, false));
        row("argsort", "ties, descending", n -> List.of(ties(n, 2))).exact().tensors(t -> t[0].argsort(0, true))
                .torch(p -> torch.argsort(p[0], true, 0, true));
        row("unique", "values", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].unique().values())
                .torch(p -> torch.unique_dim(p[0].reshape(-1), 0).get0());
        row("unique", "inverse", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].unique().inverse())
                .torch(p -> torch.unique_dim(p[0].reshape(-1), 0, true, true, true).get1().view(p[0].sizes()));
        row("unique", "counts", n -> List.of(integers(DType.I64, -3, 9, n))).exact()
                .tensors(t -> t[0].unique().counts())
                .torch(p -> torch.unique_dim(p[0], 0, true, true, true).get2());
        row("unique", "rows", n -> List.of(integers(DType.F32, 0, 2, n, 3))).exact()
                .tensors(t -> t[0].unique(0).values()).torch(p -> torch.unique_dim(p[0], 0).get0());
        row("unique", "columns, inverse", n -> List.of(integers(DType.F32, 0, 2, 3, n))).exact()
                .tensors(t -> t[0].unique(-1).inverse())
                .torch(p -> torch.unique_dim(p[0], 1, true, true, true).get1());
        row("uniqueConsecutive", "values", n -> List.of(integers(DType.F32, 0, 2, 2, n))).exact()
                .tensors(t -> t[0].uniqueConsecutive().values()).torch(p -> torch.unique_consecutive(p[0]).get0());
        row("uniqueConsecutive", "inverse", n -> List.of(integers(DType.I64, 0, 2, 2, n))).exact()
                .tensors(t -> t[0].uniqueConsecutive().inverse())
                .torch(p -> torch.unique_consecutive(p[0], true, true, new LongOptional()).get1());
        row("uniqueConsecutive", "counts", n -> List.of(bool(n))).exact()
                .tensors(t -> t[0].uniqueConsecutive().counts())
                .torch(p -> torch.unique_consecutive(p[0], true, true, new LongOptional()).get2());
        for (boolean right : new boolean[] {false, true}) {
            row("searchsorted", "vector" + (right ? ", right" : ""), n -> List.of(ties(n), ties(3, n))).exact()
                    .tensors(t -> t[0].sort(0).values().searchsorted(t[1], right))
                    .torch(p -> torch.searchsorted(torch.sort(p[0]).get0(), p[1], false, right,
                            new StringViewOptional(), new TensorOptional()));
        }
        row("searchsorted", "rows", n -> List.of(ties(3, 5), ties(3, n))).exact()
                .tensors(t -> t[0].sort(1).values().searchsorted(t[1], false))
                .torch(p -> torch.searchsorted(torch.sort(p[0]).get0(), p[1]));
        row("searchsorted", "i64", n -> List.of(integers(DType.I64, 0, 9, n), integers(DType.I64, 0, 9, 3))).exact()
                .tensors(t -> t[0].sort(0).values().searchsorted(t[1], true))
                .torch(p -> torch.searchsorted(torch.sort(p[0]).get0(), p[1], false, true, new StringViewOptional(),
                        new TensorOptional()));
        row("bucketize", "", n -> List.of(ties(3, n), ties(4))).exact()
                .tensors(t -> t[0].bucketize(t[1].sort(0).values(), false))
                .torch(p -> torch.bucketize(p[0], torch.sort(p[1]).get0()));
    }

    private static void selections() {
        row("topk", "values", n -> List.of(real(3, n + 2))).exact().variables(v -> v[0].topk(2, -1).values())
                .tensors(t -> t[0].topk(2, -1).values()).torch(p -> torch.topk(p[0], 2).get0());
        row("topk", "smallest, first axis", n -> List.of(real(n + 2, 3))).exact()
                .variables(v -> v[0].topk(3, 0, false).values()).tensors(t -> t[0].topk(3, 0, false).values())
                .torch(p -> torch.topk(p[0], 3, 0, false, true).get0());
        row("topk", "indices, most of them", n -> List.of(real(2, n))).exact()
                .tensors(t -> t[0].topk((t[0].size(1) * 3 + 3) / 4, 1).indices())
                .torch(p -> torch.topk(p[0], (p[0].size(1) * 3 + 3) / 4).get1());
        row("topk", "indices, a tenth", n -> List.of(real(n))).exact()
                .tensors(t -> t[0].topk(t[0].size(0) / 10, 0, false).indices())
                .torch(p -> torch.topk(p[0], p[0].size(0) / 10, 0, false, true).get1());
        row("kthvalue", "values", n -> List.of(real(3, n + 1))).exact().variables(v -> v[0].kthvalue(2, -1).values())
                .tensors(t -> t[0].kthvalue(2, -1).values()).torch(p -> torch.kthvalue(p[0], 2).get0());
        row("kthvalue", "indices, kept", n -> List.of(real(n + 1, 3))).exact()
                .tensors(t -> t[0].kthvalue((t[0].size(0) + 1) / 2, true, 0).indices())
                .torch(p -> torch.kthvalue(p[0], (p[0].size(0) + 1) / 2, 0, true).get1());
        row("kthvalue", "i64", n -> List.of(integers(DType.I64, -99, 99, 3, n + 1))).exact()
                .tensors(t -> t[0].kthvalue(2, 1).values()).torch(p -> torch.kthvalue(p[0], 2).get0());
        row("median", "all", n -> List.of(real(3, n))).exact().variables(v -> v[0].median())
                .tensors(t -> t[0].median()).torch(p -> torch.median(p[0]));
        row("median", "all, ties", n -> List.of(ties(3, n))).exact().kinked().variables(v -> v[0].median())
                .tensors(t -> t[0].median()).torch(p -> torch.median(p[0]));
        row("median", "values", n -> List.of(real(3, n))).exact().variables(v -> v[0].median(-1).values())
                .tensors(t -> t[0].median(-1).values()).torch(p -> torch.median(p[0], -1).get0());
        row("median", "indices, kept", n -> List.of(real(n, 3))).exact().tensors(t -> t[0].median(true, 0).indices())
                .torch(p -> torch.median(p[0], 0, true).get1());
        row("median", "NaN", n -> List.of(real(4, n), integers(DType.F32, 0, 5, 4, n))).exact().kinked()
                .variables(v -> ReductionSamples.gaps(v).median(0).values())
                .tensors(t -> ReductionSamples.gaps(t).median(0).values())
                .torch(p -> torch.median(ReductionSamples.gaps(p), 0).get0());
        row("median", "NaN, indices", n -> List.of(real(4, n), integers(DType.F32, 0, 5, 4, n))).exact()
                .tensors(t -> ReductionSamples.gaps(t).median(0).indices())
                .torch(p -> torch.median(ReductionSamples.gaps(p), 0).get1());
        row("nanMedian", "all", n -> List.of(real(3, n), integers(DType.F32, 0, 5, 3, n))).exact().kinked()
                .variables(v -> ReductionSamples.gaps(v).nanMedian())
                .tensors(t -> ReductionSamples.gaps(t).nanMedian())
                .torch(p -> torch.nanmedian(ReductionSamples.gaps(p)));
        row("nanMedian", "values", n -> List.of(real(4, n), integers(DType.F32, 0, 5, 4, n))).exact().kinked()
                .variables(v -> ReductionSamples.gaps(v).nanMedian(0).values())
                .tensors(t -> ReductionSamples.gaps(t).nanMedian(0).values())
                .torch(p -> torch.nanmedian(ReductionSamples.gaps(p), 0).get0());
    }

    private static void quantiles() {
        row("quantile", "all", n -> List.of(real(3, n))).variables(v -> v[0].quantile(0.3))
                .tensors(t -> t[0].quantile(0.3))
                .torch(p -> torch.quantile(p[0], 0.3));
        row("quantile", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].quantile(0.7, -1))
                .tensors(t -> t[0].quantile(0.7, -1))
                .torch(p -> torch.quantile(p[0], 0.7, new LongOptional(-1), false, "linear"));
        for (QuantileMethod method : QuantileMethod.values()) {
            double[] q = {0, 0.2, 0.5, 0.9, 1};
            row("quantile", "several, " + method, n -> List.of(real(n, 3))).variables(v -> v[0].quantile(q, method, 0))
                    .tensors(t -> t[0].quantile(q, method, 0))
                    .torch(p -> torch.quantile(p[0],
                            org.bytedeco.pytorch.Tensor.create(q, q.length).to(torch.ScalarType.Float),
                            new LongOptional(0), false, method.name().toLowerCase(Locale.ROOT)));
        }
        row("quantile", "NaN", n -> List.of(real(4, n), integers(DType.F32, 0, 5, 4, n))).kinked()
                .variables(v -> ReductionSamples.gaps(v).quantile(0.4, 0))
                .tensors(t -> ReductionSamples.gaps(t).quantile(0.4, 0))
                .torch(p -> torch.quantile(ReductionSamples.gaps(p), 0.4, new LongOptional(0), false,
                        "linear"));
        row("nanQuantile", "", n -> List.of(real(4, n), integers(DType.F32, 0, 5, 4, n))).kinked()
                .variables(v -> ReductionSamples.gaps(v).nanQuantile(0.4, 0))
                .tensors(t -> ReductionSamples.gaps(t).nanQuantile(0.4, 0))
                .torch(p -> torch.nanquantile(ReductionSamples.gaps(p), 0.4, new LongOptional(0), false,
                        "linear"));
    }

    private static void counts() {
        row("bincount", "", n -> List.of(index(7, n))).exact().tensors(t -> t[0].bincount(0))
                .torch(p -> torch.bincount(p[0]));
        row("bincount", "weights", n -> List.of(index(7, n), positive(n))).tensors(t -> t[0].bincount(t[1], 9))
                .torch(p -> torch.bincount(p[0], new TensorOptional(p[1].detach()), 9));
        row("histc", "", n -> List.of(real(3, n))).exact().tensors(t -> t[0].histc(8, -1.5, 1))
                .torch(p -> torch.histc(p[0].detach(), 8, Libtorch.number(-1.5), Libtorch.number(1)));
        row("histc", "whole range", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].histc(5, 0, 0))
                .torch(p -> torch.histc(p[0].detach(), 5, Libtorch.number(0), Libtorch.number(0)));
        row("histogram", "edges given", n -> List.of(ties(3, n), within(-0.25, 0.25, 4))).exact()
                .tensors(t -> t[0].histogram(t[1].add(Tensor.arange(t[1].device(), -2, 2, 1, DType.F32))).counts())
                .torch(p -> torch.histogram(p[0].detach(),
                        p[1].detach().add(torch.arange(Libtorch.number(-2), Libtorch.number(2)))).get0());
        row("histogram", "edges", n -> List.of(real(n))).tensors(t -> t[0].histogram(4, -1, 2).edges())
                .torch(p -> torch.histogram(p[0].detach(), 4, new double[] {-1, 2}, new TensorOptional(), false)
                        .get1());
        row("histogram", "counts", n -> List.of(real(n))).exact().tensors(t -> t[0].histogram(4, -1, 2).counts())
                .torch(p -> torch.histogram(p[0].detach(), 4, new double[] {-1, 2}, new TensorOptional(), false)
                        .get0());
    }

    private static void scans() {
        row("cumsum", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].cumsum(-1))
                .tensors(t -> t[0].cumsum(-1)).torch(p -> torch.cumsum(p[0], -1));
        row("cumsum", "first axis", n -> List.of(real(n, 5))).variables(v -> v[0].cumsum(0))
                .tensors(t -> t[0].cumsum(0)).torch(p -> torch.cumsum(p[0], 0));
        row("cumsum", "middle axis", n -> List.of(real(2, 3, n))).variables(v -> v[0].cumsum(1))
                .tensors(t -> t[0].cumsum(1)).torch(p -> torch.cumsum(p[0], 1));
        row("cumsum", "i32", n -> List.of(integers(DType.I32, -9, 9, 3, n))).exact().tensors(t -> t[0].cumsum(1))
                .torch(p -> torch.cumsum(p[0], 1));
        row("cumsum", "bool", n -> List.of(bool(n))).exact().tensors(t -> t[0].cumsum(0))
                .torch(p -> torch.cumsum(p[0], 0));
        row("cumsum", "scalar", n -> List.of(real())).exact().variables(v -> v[0].cumsum(0))
                .tensors(t -> t[0].cumsum(-1)).torch(p -> torch.cumsum(p[0], 0));
        row("cumprod", "last axis", n -> List.of(within(0.9, 1.1, 3, n))).upTo(257).tolerance(1e-4)
                .variables(v -> v[0].cumprod(-1)).tensors(t -> t[0].cumprod(-1)).torch(p -> torch.cumprod(p[0], -1));
        row("cumprod", "first axis", n -> List.of(real(4, n))).tolerance(5e-5).variables(v -> v[0].cumprod(0))
                .tensors(t -> t[0].cumprod(0)).torch(p -> torch.cumprod(p[0], 0));
        row("cumprod", "zeros", n -> List.of(real(5, n), integers(DType.F32, 0, 3, 5, n))).tolerance(5e-5)
                .variables(v -> v[0].mul(v[1]).cumprod(0)).tensors(t -> t[0].mul(t[1]).cumprod(0))
                .torch(p -> torch.cumprod(p[0].mul(p[1]), 0));
        row("cumprod", "i64", n -> List.of(integers(DType.I64, -2, 3, 3, n))).exact().tensors(t -> t[0].cumprod(1))
                .torch(p -> torch.cumprod(p[0], 1));
        row("logcumsumexp", "last axis", n -> List.of(real(3, n))).tolerance(5e-5)
                .variables(v -> v[0].logcumsumexp(-1)).tensors(t -> t[0].logcumsumexp(-1))
                .torch(p -> torch.logcumsumexp(p[0], -1));
        row("logcumsumexp", "first axis, large numbers", n -> List.of(within(-900, 900, n, 2))).tolerance(5e-5)
                .kinked().variables(v -> v[0].logcumsumexp(0)).tensors(t -> t[0].logcumsumexp(0))
                .torch(p -> torch.logcumsumexp(p[0], 0));
        row("cummax", "values", n -> List.of(real(3, n))).exact().variables(v -> v[0].cummax(-1).values())
                .tensors(t -> t[0].cummax(-1).values()).torch(p -> torch.cummax(p[0], -1).get0());
        row("cummax", "ties", n -> List.of(ties(n, 3))).exact().kinked().variables(v -> v[0].cummax(0).values())
                .tensors(t -> t[0].cummax(0).values()).torch(p -> torch.cummax(p[0], 0).get0());
        row("cummax", "indices", n -> List.of(ties(3, n))).exact().tensors(t -> t[0].cummax(1).indices())
                .torch(p -> torch.cummax(p[0], 1).get1());
        row("cummin", "values", n -> List.of(real(n, 3))).exact().variables(v -> v[0].cummin(0).values())
                .tensors(t -> t[0].cummin(0).values()).torch(p -> torch.cummin(p[0], 0).get0());
        row("cummin", "indices, NaN", n -> List.of(ties(4, n), integers(DType.F32, 0, 5, 4, n))).exact()
                .tensors(t -> ReductionSamples.gaps(t).cummin(0).indices())
                .torch(p -> torch.cummin(ReductionSamples.gaps(p), 0).get1());
        row("cummin", "i64", n -> List.of(integers(DType.I64, -9, 9, 3, n))).exact()
                .tensors(t -> t[0].cummin(1).values()).torch(p -> torch.cummin(p[0], 1).get0());
        row("diff", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].diff(-1)).tensors(t -> t[0].diff(-1))
                .torch(p -> torch.diff(p[0], 1, -1, new TensorOptional(), new TensorOptional()));
        row("diff", "twice, first axis", n -> List.of(real(n, 3))).variables(v -> v[0].diff(2, 0))
                .tensors(t -> t[0].diff(2, 0))
                .torch(p -> torch.diff(p[0], 2, 0, new TensorOptional(), new TensorOptional()));
        row("diff", "bool", n -> List.of(bool(n))).exact().tensors(t -> t[0].diff(0))
                .torch(p -> torch.diff(p[0], 1, 0, new TensorOptional(), new TensorOptional()));
    }
}
