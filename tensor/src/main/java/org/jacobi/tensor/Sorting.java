package org.jacobi.tensor;

import java.lang.ref.Reference;
import java.util.function.Supplier;

import org.jacobi.tensor.backend.ScanOp;

/** The ops of {@link Tensor} that put elements in order, search them, count them, and reduce them step by step. */
final class Sorting {
    private Sorting() {
    }

    /** Runs what makes temporaries; only its result outlives them. */
    private static Tensor keeping(Supplier<Tensor> body) {
        try (var scope = TensorScope.open()) {
            Tensor out = body.get();
            scope.keep(out);
            return out;
        }
    }

    // ---- in order --------------------------------------------------------------------------------------------------

    /** Views x with an axis moved to the end, a scalar as a row of one. */
    private static Tensor rows(String name, Tensor x, int axis) {
        if (x.rank() == 0) {
            Tensor row = x.reshape(1);
            row.shape().axis(name, axis);
            return row;
        }
        int at = x.shape().axis(name, axis);
        if (x.size(at) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(name + ": axis " + axis + " of shape " + x.shape()
                    + " has more than 2^31 - 1 elements; take it in parts with narrow");
        }
        return at == x.rank() - 1 ? x : x.transpose(at, -1);
    }

    /** Moves the last axis of a result back to where x has it. */
    private static Tensor moved(Tensor out, Tensor x, int axis) {
        if (x.rank() == 0) {
            return out.replacedBy(out.reshape());
        }
        int at = axis < 0 ? axis + x.rank() : axis;
        return at == x.rank() - 1 ? out : out.replacedBy(out.transpose(at, -1));
    }

    /** Removes the axis of size 1 that an op has left of an axis of x. */
    private static Located<Tensor> settled(Tensor values, Tensor indices, Tensor x, boolean keepAxis, int axis) {
        if (x.rank() == 0) {
            return new Located<>(values.replacedBy(values.reshape()), indices.replacedBy(indices.reshape()));
        }
        Tensor v = moved(values, x, axis);
        Tensor i = moved(indices, x, axis);
        return keepAxis ? new Located<>(v, i)
                : new Located<>(v.replacedBy(v.squeeze(axis)), i.replacedBy(i.squeeze(axis)));
    }

    static Located<Tensor> sort(String name, Tensor x, int axis, boolean descending) {
        Tensor rows = rows(name, x, axis);
        Tensor values = Tensor.make(name, x.device(), x.dtype(), rows.shape());
        Tensor indices = Tensor.make(name, x.device(), DType.I64, rows.shape());
        x.backend().sort(values, indices, rows, descending);
        Reference.reachabilityFence(rows);
        return new Located<>(moved(values, x, axis), moved(indices, x, axis));
    }

    static Tensor argsort(Tensor x, int axis, boolean descending) {
        Located<Tensor> sorted = sort("argsort", x, axis, descending);
        sorted.values().release();
        return sorted.indices();
    }

    static Located<Tensor> topk(Tensor x, long k, int axis, boolean largest) {
        Tensor rows = rows("topk", x, axis);
        if (k < 0 || k > rows.size(-1)) {
            throw new IllegalArgumentException("topk: there are no " + k + " elements in axis " + axis + " of shape "
                    + x.shape() + "; k must be from 0 to " + rows.size(-1));
        }
        Tensor values = Tensor.make("topk", x.device(), x.dtype(), rows.shape().with(-1, x.rank() == 0 ? 1 : k));
        Tensor indices = Tensor.make("topk", x.device(), DType.I64, values.shape());
        x.backend().topk(values, indices, rows, largest);
        Reference.reachabilityFence(rows);
        return new Located<>(moved(values, x, axis), moved(indices, x, axis));
    }

    static Located<Tensor> kthvalue(Tensor x, long k, boolean keepAxis, int axis) {
        Tensor rows = rows("kthvalue", x, axis);
        if (k < 1 || k > rows.size(-1)) {
            throw new IllegalArgumentException("kthvalue: there is no element number " + k + " in axis " + axis
                    + " of shape " + x.shape() + "; k counts from 1 to " + rows.size(-1));
        }
        return select("kthvalue", x, rows,
                Tensor.full(x.device(), k - 1, DType.I64, rows.shape().with(-1, 1).toArray()), keepAxis,
                axis);
    }

    /** The median of all elements; of none it is NaN, which integers lack. */
    static Tensor median(String name, Tensor x, boolean ignoresNaN) {
        if (x.numel() > 0) {
            return median(name, x.reshape(-1), ignoresNaN, false, 0).values();
        }
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(name + ": shape " + x.shape() + " has no elements, and " + x.dtype()
                    + " no NaN to be their median; convert with to(DType.F32) first");
        }
        return Tensor.full(x.device(), Double.NaN, x.dtype());
    }

    /** The lower of the two middle elements. A NaN, which is sorted behind the numbers, is picked unless it is ignored. */
    static Located<Tensor> median(String name, Tensor x, boolean ignoresNaN, boolean keepAxis, int axis) {
        Tensor rows = rows(name, x, axis);
        long n = rows.size(-1);
        if (n == 0) {
            throw new IllegalArgumentException(
                    name + ": axis " + axis + " of shape " + x.shape() + " is empty and has no median");
        }
        Tensor ranks = keeping(() -> {
            Tensor middle = Tensor.full(x.device(), (n - 1) / 2, DType.I64, rows.shape().with(-1, 1).toArray());
            if (!x.dtype().isFloating()) {
                return middle;
            }
            Tensor numbers = rows.isNaN().logicalNot().countNonzero(true, -1);
            if (!ignoresNaN) {
                return Tensor.where(numbers.lt(n), numbers, middle);
            }
            // Half of a whole number that is not negative, rounded down; f64 holds it exactly.
            return numbers.sub(1).clamp(0, n).to(DType.F64).mul(0.5).floor().to(DType.I64);
        });
        return select(name, x, rows, ranks, keepAxis, axis);
    }

    private static Located<Tensor> select(String name, Tensor x, Tensor rows, Tensor ranks, boolean keepAxis,
            int axis) {
        Tensor values = Tensor.make(name, x.device(), x.dtype(), ranks.shape());
        Tensor indices = Tensor.make(name, x.device(), DType.I64, ranks.shape());
        x.backend().select(values, indices, rows, ranks);
        Reference.reachabilityFence(rows);
        ranks.release();
        return settled(values, indices, x, keepAxis, axis);
    }

    // ---- quantiles -------------------------------------------------------------------------------------------------

    /** Quantiles of the rows, in a new first axis. */
    static Tensor quantile(String name, Tensor x, double[] q, QuantileMethod method, boolean ignoresNaN) {
        Reductions.floating(name, x);
        if (x.dtype().isHalf()) {
            return keeping(() -> quantile(name, x.to(DType.F32), q, method, ignoresNaN).to(x.dtype()));
        }
        return keeping(() -> {
            Tensor sorted = sort(name, x, -1, false).values();
            QuantileMethod.Ranks ranks = method.ranks(name, sorted, q, ignoresNaN);
            Tensor below = sorted.gather(-1, ranks.below());
            Tensor above = sorted.gather(-1, ranks.above());
            Tensor out = below.add(above.sub(below).mul(ranks.weight()));
            int[] order = new int[out.rank()];
            for (int i = 0; i < order.length; i++) {
                order[i] = (i + order.length - 1) % order.length; // the last axis first
            }
            return out.permute(order);
        });
    }

    // ---- different elements ----------------------------------------------------------------------------------------

    static Unique unique(Tensor x) {
        return inScope(() -> {
            Located<Tensor> sorted = sort("unique", x.reshape(-1), 0, false);
            return grouped(sorted.values(), changes(sorted.values()), sorted.indices(), 0, x.shape());
        });
    }

    static Unique uniqueConsecutive(Tensor x) {
        return inScope(() -> {
            Tensor flat = x.reshape(-1).contiguous();
            return grouped(flat, changes(flat), Tensor.arange(x.device(), flat.numel()), 0, x.shape());
        });
    }

    static Unique unique(Tensor x, int axis) {
        int at = x.shape().axis("unique", axis);
        return inScope(() -> {
            long n = x.size(at);
            Tensor slices = x.transpose(0, at).contiguous();
            Tensor rows = n == 0 ? slices.reshape(0, 1) : slices.reshape(n, -1);
            // Stable sorts by one column after the other, the most significant last, sort the rows.
            Tensor order = Tensor.arange(x.device(), n);
            for (long column = rows.size(1) - 1; column >= 0; column--) {
                Tensor next = rows.select(1, column).indexSelect(0, order);
                order = order.indexSelect(0, argsort(next, 0, false));
            }
            Tensor sorted = rows.indexSelect(0, order);
            Tensor changed = rows.size(1) == 0 ? Tensor.arange(x.device(), n).eq(0) : changes(sorted);
            return grouped(x.indexSelect(at, order), changed, order, at, Shape.of(n));
        });
    }

    private static Unique inScope(Supplier<Unique> body) {
        try (var scope = TensorScope.open()) {
            Unique unique = body.get();
            scope.keep(unique.values());
            scope.keep(unique.inverse());
            scope.keep(unique.counts());
            return unique;
        }
    }

    /** Marks the rows, or elements, that differ from the one before; the first one does. */
    private static Tensor changes(Tensor sorted) {
        long n = sorted.size(0);
        Tensor first = Tensor.full(sorted.device(), 1, DType.BOOL, Math.min(n, 1));
        if (n < 2) {
            return first;
        }
        Tensor differs = sorted.narrow(0, 1, n - 1).ne(sorted.narrow(0, 0, n - 1));
        return Tensor.cat(0, first, sorted.rank() == 1 ? differs : differs.any(1));
    }

    /**
     * Takes the first of every group.
     *
     * @param changed where a group begins
     * @param order   what position in the original each element of sorted had
     */
    private static Unique grouped(Tensor sorted, Tensor changed, Tensor order, int axis, Shape original) {
        Tensor group = changed.cumsum(0).sub(1);
        long n = group.numel();
        long groups = n == 0 ? 0 : group.getLong(n - 1) + 1;
        Tensor starts = group.searchsorted(Tensor.arange(group.device(), groups), false);
        Tensor ends = group.searchsorted(Tensor.arange(group.device(), groups), true);
        Tensor inverse = Tensor.zeros(group.device(), DType.I64, n).scatterAdd_(0, order, group);
        return new Unique(sorted.indexSelect(axis, starts), inverse.reshape(original.toArray()), ends.sub(starts));
    }

    // ---- searching and counting ------------------------------------------------------------------------------------

    static Tensor searchsorted(String name, Tensor sorted, Tensor x, boolean right) {
        DType common = DType.promote(sorted.dtype(), Checks.required(name, "the tensor of values", x).dtype());
        if (sorted.rank() == 0 || sorted.rank() > 1 && (x.rank() != sorted.rank()
                || !x.shape().with(-1, 1).equals(sorted.shape().with(-1, 1)))) {
            throw new IllegalArgumentException(name + ": a sorted sequence of shape " + sorted.shape()
                    + " does not fit values of shape " + x.shape()
                    + "; it must be a vector, or agree with them in all axes but the last");
        }
        Device.same(name, sorted, x);
        Tensor values = x.to(common);
        Tensor rows = values.rank() == 0 ? values.reshape(1) : values;
        Tensor sequence = sorted.to(common).expandTo(rows.shape().with(-1, sorted.size(-1)));
        Tensor out = Tensor.make(name, x.device(), DType.I64, rows.shape());
        out.backend().searchSorted(out, sequence, rows, right);
        Reference.reachabilityFence(sequence);
        Reference.reachabilityFence(rows);
        return x.rank() == 0 ? out.replacedBy(out.reshape()) : out;
    }

    static Tensor bincount(Tensor x, Tensor weights, long minLength) {
        if (x.rank() != 1 || x.dtype().isFloating()) {
            throw new IllegalArgumentException(
                    "bincount: needs a vector of whole numbers, got " + x.dtype() + x.shape());
        }
        if (weights != null && !weights.shape().equals(x.shape())) {
            throw new IllegalArgumentException(
                    "bincount: weights of shape " + weights.shape() + " for numbers of shape " + x.shape());
        }
        if (minLength < 0) {
            throw new IllegalArgumentException("bincount: minLength must not be negative, got " + minLength);
        }
        Device.same("bincount", x, weights);
        return keeping(() -> {
            Tensor bins = x.to(DType.I64);
            long length = minLength;
            if (bins.numel() > 0) {
                if (bins.amin().getLong() < 0) {
                    throw new IllegalArgumentException("bincount: numbers must not be negative, got "
                            + bins.amin().getLong());
                }
                length = Math.max(length, bins.amax().getLong() + 1);
            }
            // As in PyTorch, weights count in f64 unless they are f32.
            Tensor amounts = weights == null ? Tensor.scalar(x.device(), 1, DType.I64).expand(x.numel())
                    : weights.dtype() == DType.F32 ? weights : weights.to(DType.F64);
            return Tensor.make("bincount", x.device(), amounts.dtype(), Shape.of(length)).zero_().scatterAdd_(0, bins,
                    amounts);
        });
    }

    static Histogram histogram(Tensor x, Tensor edges) {
        Reductions.floating("histogram", x);
        if (edges.rank() != 1 || edges.numel() < 2 || edges.dtype() != x.dtype()) {
            throw new IllegalArgumentException("histogram: edges must be a vector of at least two numbers of type "
                    + x.dtype() + ", got " + edges.dtype() + edges.shape());
        }
        long n = edges.numel();
        Tensor counts = keeping(() -> {
            if (edges.narrow(0, 0, n - 1).gt(edges.narrow(0, 1, n - 1)).any().item() != 0) {
                throw new IllegalArgumentException("histogram: edges must rise");
            }
            Tensor flat = x.reshape(-1);
            // The last bin holds its right edge, too; what is outside goes to bins of its own, 0 and n.
            Tensor last = edges.narrow(0, n - 1, 1);
            Tensor bins = Tensor.where(flat.eq(last), Tensor.full(n - 1, DType.I64),
                    searchsorted("histogram", edges, flat, true));
            return bincount(bins, null, n + 1).narrow(0, 1, n - 1).to(x.dtype());
        });
        return new Histogram(counts, edges);
    }

    /** The edges of bins of equal width, from the extremes of x where both limits are 0. */
    static Tensor edges(String name, Tensor x, long bins, double min, double max) {
        Reductions.floating(name, x);
        if (bins < 1) {
            throw new IllegalArgumentException(name + ": needs at least one bin, got " + bins);
        }
        double low = min;
        double high = max;
        if (min == max && min == 0 && x.numel() > 0) {
            low = x.amin().item();
            high = x.amax().item();
        }
        if (!Double.isFinite(low) || !Double.isFinite(high) || low > high) {
            throw new IllegalArgumentException(
                    name + ": the range from " + low + " to " + high + " is not finite, or empty");
        }
        if (low == high) {
            low -= name.equals("histc") ? 1 : 0.5;
            high += name.equals("histc") ? 1 : 0.5;
        }
        double[] edges = new double[1 + Checks.length(name, bins, "bins")];
        for (int i = 0; i <= bins; i++) {
            edges[i] = i == bins ? high : low + (high - low) * i / bins;
        }
        Tensor exact = Tensor.of(edges, edges.length).to(x.device());
        return x.dtype() == DType.F64 ? exact : exact.replacedBy(exact.to(x.dtype()));
    }

    // ---- step by step ----------------------------------------------------------------------------------------------

    static Tensor scan(ScanOp op, String name, Tensor x, DType type, int axis) {
        Tensor lines = x.rank() == 0 ? x.reshape(1) : x;
        int at = lines.shape().axis(name, axis);
        Tensor operand = lines.to(type);
        Tensor out = Tensor.make(name, x.device(), type, lines.shape());
        out.backend().scan(op, false, out, operand, at);
        Reference.reachabilityFence(operand);
        return x.rank() == 0 ? out.replacedBy(out.reshape()) : out;
    }

    static Located<Tensor> scanExtreme(boolean largest, String name, Tensor x, int axis) {
        Tensor lines = x.rank() == 0 ? x.reshape(1) : x;
        int at = lines.shape().axis(name, axis);
        Tensor values = Tensor.make(name, x.device(), x.dtype(), lines.shape());
        Tensor indices = Tensor.make(name, x.device(), DType.I64, lines.shape());
        values.backend().scanExtreme(largest, values, indices, lines, at);
        Reference.reachabilityFence(lines);
        return x.rank() != 0 ? new Located<>(values, indices)
                : new Located<>(values.replacedBy(values.reshape()), indices.replacedBy(indices.reshape()));
    }

    static Tensor diff(Tensor x, int times, int axis) {
        int at = x.shape().axis("diff", axis);
        if (times < 0) {
            throw new IllegalArgumentException("diff: the order must not be negative, got " + times);
        }
        Tensor out = x;
        for (int i = 0; i < times && out.size(at) > 0; i++) {
            Tensor right = out.narrow(at, 1, out.size(at) - 1);
            Tensor left = out.narrow(at, 0, out.size(at) - 1);
            out = x.dtype() == DType.BOOL ? right.logicalXor(left) : right.sub(left);
        }
        return out;
    }
}
