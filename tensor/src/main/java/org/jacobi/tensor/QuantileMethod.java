package org.jacobi.tensor;

/** What a quantile is that falls between two of the sorted elements; the names are PyTorch's. */
public enum QuantileMethod {
    /** In proportion to how near each of the two is. */
    LINEAR,
    /** The lower one. */
    LOWER,
    /** The higher one. */
    HIGHER,
    /** The nearer one; of two equally near ones that at the even position. */
    NEAREST,
    /** Halfway between the two. */
    MIDPOINT;

    /**
     * Where quantiles lie in sorted rows: at (1 - weight) times the element below plus weight times the element above.
     *
     * @param below  positions along the last axis, i64, of the rows' shape with the number of quantiles as last axis
     * @param above  like below
     * @param weight in the rows' type, like below
     */
    public record Ranks(Tensor below, Tensor above, Tensor weight) {
    }

    /**
     * Returns where quantiles lie in rows, not empty, that are sorted along the last axis, NaN last.
     *
     * @param op         whom error messages name
     * @param q          quantiles from 0 to 1
     * @param ignoresNaN whether they are quantiles of the numbers only; else a NaN in a row is each of its quantiles
     */
    public Ranks ranks(String op, Tensor sorted, double[] q, boolean ignoresNaN) {
        long n = sorted.size(-1);
        for (double each : Checks.required(op, "the array of quantiles", q)) {
            if (!(each >= 0 && each <= 1)) {
                throw new IllegalArgumentException(op + ": q must be from 0 to 1, got " + each);
            }
        }
        Shape shape = sorted.shape().with(-1, q.length);
        Tensor rank = Tensor.of(q, q.length).to(sorted.device());
        if (ignoresNaN) {
            Tensor last = sorted.isNaN().logicalNot().countNonzero(true, -1).sub(1).clamp(0, n).to(DType.F64);
            rank = rank.mul(last);
        } else {
            // NaN, sorted to the end, is found there.
            Tensor last = Tensor.scalar(n - 1, DType.F64);
            rank = Tensor.where(sorted.narrow(-1, n - 1, 1).isNaN(), last, rank.mul(last));
        }
        Tensor whole = switch (this) {
            case HIGHER -> rank.ceil();
            case NEAREST -> rank.round();
            default -> rank.floor();
        };
        Tensor weight = switch (this) {
            case LINEAR -> rank.sub(whole);
            case MIDPOINT -> rank.ceil().sub(whole).mul(0.5);
            default -> Tensor.zerosLike(rank);
        };
        Tensor above = this == LINEAR || this == MIDPOINT ? rank.ceil() : whole;
        return new Ranks(whole.to(DType.I64).expandTo(shape).contiguous(),
                above.to(DType.I64).expandTo(shape).contiguous(), weight.to(sorted.dtype()).expandTo(shape));
    }
}
