package org.jacobi.tensor.backend;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The kernels of one device.
 *
 * <p>A kernel writes into outputs that its caller made, output first. Shapes, types and devices were checked by the caller;
 * operands are already broadcast to the output's shape (with stride 0), so a kernel meets contiguous, broadcast or
 * otherwise strided operands. Every kernel is deterministic: equal operands give equal bits, for any number of threads.
 *
 * <p>The first part are the primitives, which a backend must have. The second part are fused kernels: here they are written
 * in terms of the primitives, which is their definition; backends override them where speed counts.
 */
public interface Backend {
    /** Returns the backend's name, as {@code jacobi info} prints it. */
    String name();

    /** Returns the address of a new block with undefined content; reports and errors name the op that it is for. */
    long allocate(long bytes, String op);

    /** Takes back a block that {@link #allocate} gave for the same number of bytes. */
    void free(long address, long bytes);

    // ---- primitives ------------------------------------------------------------------------------------------------

    /** out = value, converted to out's type. */
    void fill(Tensor out, double value);

    /** out = x, converted to out's type: floating to integer truncates, anything to bool tests for non-zero. */
    void copy(Tensor out, Tensor x);

    /** out[i] = start + i step, for a one-dimensional out. */
    void arange(Tensor out, double start, double step);

    /** out = op(x), in x's type (a bool out for predicates). out may be x itself. */
    void unary(UnaryOp op, Tensor out, Tensor x);

    /**
     * out = op(a, b), where a and b have one type, which is out's (a bool out for predicates); or all three are F32, F16 or
     * BF16, no matter which: narrow numbers widen as they are read. out may be a or b itself.
     */
    void binary(BinaryOp op, Tensor out, Tensor a, Tensor b);

    /** out = op(a, b, c), with types as for {@link #binary}. out may be an operand itself. */
    void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c);

    /** out = condition ? a : b, with a bool condition. */
    void where(Tensor out, Tensor condition, Tensor a, Tensor b);

    /** Reduces x over every axis in which out, of the same rank, has size 1. */
    void reduce(ReduceOp op, Tensor out, Tensor x);

    /** out (i64, size 1 along the axis) = position of the first largest (or smallest) element; a NaN counts as both. */
    void argReduce(boolean largest, Tensor out, Tensor x, int axis);

    /**
     * values and indices (i64) = the elements of x along the last axis in order, and their positions; the smallest first
     * or the largest. Equal elements stay in order, and NaN counts as the largest. x has fewer than 2^31 in a row.
     */
    void sort(Tensor values, Tensor indices, Tensor x, boolean descending);

    /**
     * out (i64) = how many elements along the last axis of sorted are smaller than x, or not larger (right); NaN counts
     * as the largest.
     *
     * @param sorted of x's shape but for the last axis, in rising order along it
     */
    void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right);

    /** out[i] = x[0] o ... o x[i] along an axis; from the end, out[i] = x[n - 1] o ... o x[i]. */
    void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis);

    /**
     * values and indices (i64) = the largest (or smallest) element up to each position of an axis, and the last position
     * where it occurs; NaN is never replaced but by NaN.
     */
    void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis);

    /** out[i] = a[i] out[i - 1] + b[i] along an axis, out[0] = b[0]; from the end, out[i] = a[i] out[i + 1] + b[i]. */
    void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis);

    /** out (..., M, N) = a (..., M, K) b (..., K, N), with equal batch axes. */
    void matmul(Tensor out, Tensor a, Tensor b);

    /**
     * out[i][j][k] = x[i][index[i][j][k]][k], for axis 1 of 3; out has index's shape. The index may be expanded: with stride 0
     * outside the axis it names whole slices.
     */
    void gather(Tensor out, Tensor x, int axis, Tensor index);

    /**
     * Writes source[i][j][k] to out[i][index[i][j][k]][k], for axis 1 of 3, by the op and in the order of j; source has
     * index's shape. The index may be expanded: with stride 0 outside the axis it names whole slices.
     */
    void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source);

    /**
     * out[i] += stride index[i], in i64, where a negative index counts from the end of an axis of the given size.
     *
     * @return false if an index does not lie in the axis; out is then of no use
     */
    boolean offsets(Tensor out, Tensor index, long size, long stride);

    /** Returns how many elements of x are not zero; a NaN is not. */
    long countNonzero(Tensor x);

    /** out (count, rank of x), i64 and contiguous = the positions of the elements that are not zero, in row-major order. */
    void nonzero(Tensor out, Tensor x);

    /** out = uniform numbers from {@code from} (inclusive) to {@code to} (exclusive), by {@link Philox}. */
    void uniform(Tensor out, long seed, long call, double from, double to);

    /** out = normally distributed numbers, by {@link Philox} and the Box-Muller transform. */
    void normal(Tensor out, long seed, long call, double mean, double std);

    /**
     * out (i64) = whole numbers from low to low + range - 1: the upper half of range times a 64-bit number by {@link Philox}
     * (Lemire, 2019, without his rejection, whose chance is below range / 2^64).
     */
    void integers(Tensor out, long seed, long call, long low, long range);

    /** out = x / (1 - p) where {@link Philox}'s uniform number for the element is at least p, else 0. Its own backward. */
    void dropout(Tensor out, Tensor x, double p, long seed, long call);

    // ---- decompositions, in place: a batch of matrices along leading axes, which are column-major (their transposes are
    // contiguous); vectors and infos are contiguous

    /**
     * a (..., M, N) = L and U of its LU decomposition with partial pivoting, P A = L U, the ones on L's diagonal left out.
     *
     * @param permutation output (..., M), i64: row i of P A is row permutation[i] of A
     */
    void lu(Tensor a, Tensor permutation);

    /**
     * b (..., N, K) = a^-1 b, for a triangular a (..., N, N) of which the other triangle is not read.
     *
     * @param a    row-major or column-major
     * @param unit whether the diagonal is not read either, but taken for ones
     */
    void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit);

    /**
     * a (..., N, N) = L with A = L L^T, or U with A = U^T U; only that triangle of A is read, the other becomes 0.
     *
     * @param info output (...), i64: 0, or the order of the first leading minor that is not positive
     */
    void cholesky(Tensor a, boolean upper, Tensor info);

    /**
     * q, a = Q, R with A = Q R, by Householder reflections.
     *
     * @param q output (..., M, K) with K = min(M, N), or (..., M, M)
     * @param a (..., M, N); rows of R from K on are 0
     */
    void qr(Tensor q, Tensor a);

    /**
     * Singular values, and vectors unless u and vh are null; what a (..., M, N) held is lost.
     *
     * @param u    output (..., M, K) with K = min(M, N), or (..., M, M) with vh (..., N, N)
     * @param s    output (..., K), descending
     * @param vh   output (..., K, N): the right vectors are its rows
     * @param info output (...), i64: not 0 where it did not converge
     */
    void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info);

    /**
     * Eigenvalues of a symmetric a (..., N, N), of which the lower triangle is read; the vectors, as columns, overwrite a
     * if asked for, else what it held is lost.
     *
     * @param w    output (..., N), ascending
     * @param info output (...), i64: not 0 where it did not converge
     */
    void eigh(Tensor w, Tensor a, boolean vectors, Tensor info);

    // ---- Fourier transforms: complex numbers are pairs along the last axis; tensors are contiguous -----------------------

    /** out[k] = scale sum_t x[t] e^(-2 pi i k t / N), or with +i for the inverse, for each row of x (..., N, 2). */
    void fft(Tensor out, Tensor x, boolean inverse, double scale);

    /** The first N / 2 + 1 numbers of {@link #fft} of real rows: out (..., N / 2 + 1, 2), x (..., N). */
    default void rfft(Tensor out, Tensor x, double scale) {
        Tensor pairs = Tensor.empty(x.dtype(), pairs(x));
        fill(pairs, 0);
        copy(pairs.select(-1, 0), x);
        Tensor all = like(pairs);
        fft(all, pairs, false, scale);
        copy(out, all.narrow(-2, 0, out.size(-2)));
        pairs.release();
        all.release();
    }

    /**
     * The inverse {@link #fft} of rows that are completed to N numbers by x[N - k] = conj(x[k]), whose result is real:
     * out (..., N), x (..., N / 2 + 1, 2). Imaginary parts of x[0], and of x[N / 2] for an even N, count as 0.
     */
    default void irfft(Tensor out, Tensor x, double scale) {
        long n = out.size(-1);
        Tensor pairs = Tensor.empty(x.dtype(), pairs(out));
        copy(pairs.narrow(-2, 0, x.size(-2)), x);
        fill(pairs.select(-2, 0).select(-1, 1), 0);
        if (n % 2 == 0) {
            fill(pairs.select(-2, n / 2).select(-1, 1), 0);
        }
        for (long k = 1; k < (n + 1) / 2; k++) {
            copy(pairs.select(-2, n - k).select(-1, 0), x.select(-2, k).select(-1, 0));
            unary(UnaryOp.NEG, pairs.select(-2, n - k).select(-1, 1), x.select(-2, k).select(-1, 1));
        }
        Tensor all = like(pairs);
        fft(all, pairs, true, scale);
        copy(out, all.select(-1, 0));
        pairs.release();
        all.release();
    }

    // ---- fused kernels ---------------------------------------------------------------------------------------------

    /**
     * An affine map of rows: out = x weight^T + bias.
     *
     * @param out    (N, out)
     * @param x      (N, in)
     * @param weight (out, in)
     * @param bias   (out), or null for 0
     */
    default void linear(Tensor out, Tensor x, Tensor weight, Tensor bias) {
        matmul(out, x, weight.t());
        if (bias != null) {
            binary(BinaryOp.ADD, out, out, bias.expandTo(out.shape()));
        }
    }

    /**
     * The first elements of {@link #sort}, as many as values has along the last axis: the smallest, or the largest
     * (descending).
     */
    default void topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        Tensor sorted = like(x);
        Tensor order = Tensor.empty(DType.I64, x.shape());
        sort(sorted, order, x, largest);
        copy(values, sorted.narrow(-1, 0, values.size(-1)));
        copy(indices, order.narrow(-1, 0, values.size(-1)));
        sorted.release();
        order.release();
    }

    /**
     * The element at one position of each row of {@link #sort}, in rising order.
     *
     * @param ranks i64, like values and indices of x's shape but for a last axis of 1; each from 0 to x.size(-1) - 1
     */
    default void select(Tensor values, Tensor indices, Tensor x, Tensor ranks) {
        Tensor sorted = like(x);
        Tensor order = Tensor.empty(DType.I64, x.shape());
        sort(sorted, order, x, false);
        gather(values, sorted, x.rank() - 1, ranks);
        gather(indices, order, x.rank() - 1, ranks);
        sorted.release();
        order.release();
    }

    /** mean = the mean of x, out = sum (x - mean)^2, both over every axis in which they have size 1. */
    default void deviation(Tensor out, Tensor mean, Tensor x) {
        reduce(ReduceOp.MEAN, mean, x);
        Tensor centered = like(x);
        binary(BinaryOp.SUB, centered, x, mean.expandTo(x.shape()));
        reduce(ReduceOp.SUM_OF_SQUARES, out, centered);
        centered.release();
    }

    /** out (last axis 1) = max + log sum e^(x - max) along the last axis. */
    default void logSumExp(Tensor out, Tensor x) {
        Tensor max = rowOf(x);
        Tensor exp = like(x);
        reduce(ReduceOp.MAX, max, x);
        // An infinite maximum has no differences: subtracting 0 instead leaves it as it is.
        Tensor infinity = Tensor.scalar(Double.POSITIVE_INFINITY, max.dtype()).expandTo(max.shape());
        Tensor infinite = Tensor.empty(DType.BOOL, max.shape());
        unary(UnaryOp.ABS, out, max);
        binary(BinaryOp.EQ, infinite, out, infinity);
        where(max, infinite, Tensor.scalar(0, max.dtype()).expandTo(max.shape()), max);
        binary(BinaryOp.SUB, exp, x, max.expandTo(x.shape()));
        unary(UnaryOp.EXP, exp, exp);
        reduce(ReduceOp.SUM, out, exp);
        unary(UnaryOp.LOG, out, out);
        binary(BinaryOp.ADD, out, out, max);
        max.release();
        exp.release();
    }

    /** out = e^(x - max) / sum e^(x - max) along the last axis. */
    default void softmax(Tensor out, Tensor x) {
        Tensor row = rowOf(x);
        reduce(ReduceOp.MAX, row, x);
        binary(BinaryOp.SUB, out, x, row.expandTo(x.shape()));
        unary(UnaryOp.EXP, out, out);
        reduce(ReduceOp.SUM, row, out);
        binary(BinaryOp.DIV, out, out, row.expandTo(x.shape()));
        row.release();
    }

    /** dx = out (dout - sum dout out), along the last axis. */
    default void softmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        Tensor row = rowOf(out);
        binary(BinaryOp.MUL, dx, dout, out);
        reduce(ReduceOp.SUM, row, dx);
        binary(BinaryOp.SUB, dx, dout, row.expandTo(out.shape()));
        binary(BinaryOp.MUL, dx, dx, out);
        row.release();
    }

    /** out = x - max - log sum e^(x - max) along the last axis. */
    default void logSoftmax(Tensor out, Tensor x) {
        Tensor row = rowOf(x);
        Tensor exp = like(x);
        reduce(ReduceOp.MAX, row, x);
        binary(BinaryOp.SUB, out, x, row.expandTo(x.shape()));
        unary(UnaryOp.EXP, exp, out);
        reduce(ReduceOp.SUM, row, exp);
        unary(UnaryOp.LOG, row, row);
        binary(BinaryOp.SUB, out, out, row.expandTo(x.shape()));
        row.release();
        exp.release();
    }

    /** dx = dout - e^out sum dout, along the last axis. */
    default void logSoftmaxBackward(Tensor dx, Tensor dout, Tensor out) {
        Tensor row = rowOf(out);
        reduce(ReduceOp.SUM, row, dout);
        unary(UnaryOp.EXP, dx, out);
        binary(BinaryOp.MUL, dx, dx, row.expandTo(out.shape()));
        binary(BinaryOp.SUB, dx, dout, dx);
        row.release();
    }

    /**
     * Layer normalization over the last axis (Ba, Kiros and Hinton, 2016): out = (x - mean) rstd weight + bias, with
     * rstd = 1 / sqrt(variance + eps), the variance without Bessel's correction.
     *
     * @param mean   output, x's shape with a last axis of 1; saved for the backward
     * @param rstd   output, like mean
     * @param weight of the last axis's size, or null for 1
     * @param bias   of the last axis's size, or null for 0
     */
    default void layerNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, Tensor weight, Tensor bias, double eps) {
        Shape shape = x.shape();
        reduce(ReduceOp.MEAN, mean, x);
        binary(BinaryOp.SUB, out, x, mean.expandTo(shape));
        inverseRms(rstd, out, eps);
        binary(BinaryOp.MUL, out, out, rstd.expandTo(shape));
        if (weight != null) {
            binary(BinaryOp.MUL, out, out, weight.expandTo(shape));
        }
        if (bias != null) {
            binary(BinaryOp.ADD, out, out, bias.expandTo(shape));
        }
    }

    /**
     * dx = rstd (g - mean(g) - xHat mean(g xHat)) with xHat = (x - mean) rstd and g = dout weight; dweight = sum dout xHat;
     * dbias = sum dout, both over all rows. dweight and dbias may be null.
     */
    default void layerNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor weight,
            Tensor mean, Tensor rstd) {
        Shape shape = x.shape();
        Tensor normalized = like(x);
        binary(BinaryOp.SUB, normalized, x, mean.expandTo(shape));
        binary(BinaryOp.MUL, normalized, normalized, rstd.expandTo(shape));
        if (dbias != null) {
            reduce(ReduceOp.SUM, leading(dbias, x), dout);
        }
        Tensor row = rowOf(x);
        Tensor centered = like(x);
        rmsShare(dx, dweight, row, dout, normalized, weight, rstd);
        // What remains is the mean of g: subtract it, scaled by rstd like everything else.
        scaled(centered, dout, weight);
        reduce(ReduceOp.MEAN, row, centered);
        binary(BinaryOp.MUL, row, row, rstd);
        binary(BinaryOp.SUB, dx, dx, row.expandTo(shape));
        row.release();
        centered.release();
        normalized.release();
    }

    /**
     * Root mean square normalization over the last axis (Zhang and Sennrich, 2019): out = x rstd weight, with
     * rstd = 1 / sqrt(mean(x^2) + eps) as an output of x's shape with a last axis of 1; weight may be null for 1.
     */
    default void rmsNorm(Tensor out, Tensor rstd, Tensor x, Tensor weight, double eps) {
        inverseRms(rstd, x, eps);
        binary(BinaryOp.MUL, out, x, rstd.expandTo(x.shape()));
        if (weight != null) {
            binary(BinaryOp.MUL, out, out, weight.expandTo(x.shape()));
        }
    }

    /** dx = rstd (g - xHat mean(g xHat)) with xHat = x rstd and g = dout weight; dweight = sum dout xHat, or null. */
    default void rmsNormBackward(Tensor dx, Tensor dweight, Tensor dout, Tensor x, Tensor weight, Tensor rstd) {
        Tensor normalized = like(x);
        binary(BinaryOp.MUL, normalized, x, rstd.expandTo(x.shape()));
        Tensor row = rowOf(x);
        rmsShare(dx, dweight, row, dout, normalized, weight, rstd);
        row.release();
        normalized.release();
    }

    /**
     * Cross-entropy of each row of logits (N, C) with its class: out[n] = lse[n] - sum q[n][c] logits[n][c], where
     * q = (1 - smoothing) onehot(target) + smoothing / C (Szegedy et al., 2016) and lse is the log-sum-exp of the row.
     * Rows whose target is ignoreIndex give 0.
     *
     * @param out     output (N)
     * @param lse     output (N), saved for the backward
     * @param targets i64 (N), every one ignoreIndex or from 0 to C - 1
     */
    default void crossEntropy(Tensor out, Tensor lse, Tensor logits, Tensor targets, long ignoreIndex,
            double smoothing) {
        long rows = logits.size(0);
        Tensor logProbabilities = like(logits);
        logSoftmax(logProbabilities, logits);
        Tensor column = Tensor.empty(logits.dtype(), rows, 1);
        logSumExp(lse.unsqueeze(1), logits);
        Tensor valid = Tensor.empty(DType.BOOL, rows);
        Tensor index = validTargets(valid, targets, ignoreIndex);
        gather(column, logProbabilities, 1, index.unsqueeze(1));
        Tensor picked = column.squeeze(1);
        scale(picked, -(1 - smoothing));
        if (smoothing != 0) {
            Tensor mean = rowOf(logits);
            reduce(ReduceOp.MEAN, mean, logProbabilities);
            scale(mean, smoothing);
            binary(BinaryOp.SUB, picked, picked, mean.squeeze(1));
        }
        where(out, valid, picked, Tensor.scalar(0, out.dtype()).expandTo(out.shape()));
    }

    /** dlogits[n][c] = dout[n] (e^(logits[n][c] - lse[n]) - q[n][c]); 0 in ignored rows. */
    default void crossEntropyBackward(Tensor dlogits, Tensor dout, Tensor lse, Tensor logits, Tensor targets,
            long ignoreIndex, double smoothing) {
        long rows = logits.size(0);
        Tensor valid = Tensor.empty(DType.BOOL, rows);
        Tensor index = validTargets(valid, targets, ignoreIndex);
        binary(BinaryOp.SUB, dlogits, logits, lse.unsqueeze(1).expandTo(logits.shape()));
        unary(UnaryOp.EXP, dlogits, dlogits);
        Tensor q = Tensor.scalar(smoothing / logits.size(1), logits.dtype());
        binary(BinaryOp.SUB, dlogits, dlogits, q.expandTo(logits.shape()));
        Tensor hit = Tensor.scalar(-(1 - smoothing), logits.dtype());
        scatter(ScatterOp.ADD, dlogits, 1, index.unsqueeze(1), hit.expandTo(Shape.of(rows, 1)));
        Tensor weight = Tensor.empty(dout.dtype(), rows);
        where(weight, valid, dout, Tensor.scalar(0, dout.dtype()).expandTo(dout.shape()));
        binary(BinaryOp.MUL, dlogits, dlogits, weight.unsqueeze(1).expandTo(logits.shape()));
    }

    /**
     * Scaled dot-product attention (Vaswani et al., 2017): out = dropout(softmax(scale q k^T + mask)) v.
     *
     * @param out (B, H, T, D)
     * @param lse output (B, H, T): the log-sum-exp of each row of scores, saved for the backward
     * @param q   (B, H, T, D)
     * @param k   (B, H, S, D)
     * @param v   (B, H, S, D)
     * @param how the mask, the scale and the dropout
     */
    default void attention(Tensor out, Tensor lse, Tensor q, Tensor k, Tensor v, Attention how) {
        Tensor weights = scores(q, k, how);
        Tensor row = lse.unsqueeze(3);
        logSumExp(row, weights);
        // A row that sees no key has log-sum-exp -inf; the lowest finite number instead gives it weights of 0, not NaN.
        binary(BinaryOp.MAXIMUM, row, row, Tensor.scalar(-Float.MAX_VALUE, row.dtype()).expandTo(row.shape()));
        binary(BinaryOp.SUB, weights, weights, row.expandTo(weights.shape()));
        unary(UnaryOp.EXP, weights, weights);
        if (how.dropout() > 0) {
            dropout(weights, weights, how.dropout(), how.seed(), how.call());
        }
        matmul(out, weights, v);
    }

    /** The gradients of {@link #attention} with respect to q, k and v, from its saved out and lse. */
    default void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        Tensor weights = scores(q, k, how);
        Shape shape = weights.shape();
        binary(BinaryOp.SUB, weights, weights, lse.unsqueeze(3).expandTo(shape));
        unary(UnaryOp.EXP, weights, weights);
        Tensor dweights = like(weights);
        matmul(dweights, dout, v.transpose(2, 3));
        Tensor dropped = weights;
        if (how.dropout() > 0) {
            dropped = like(weights);
            dropout(dropped, weights, how.dropout(), how.seed(), how.call());
            dropout(dweights, dweights, how.dropout(), how.seed(), how.call());
        }
        matmul(dv, dropped.transpose(2, 3), dout);
        Tensor dscores = like(weights);
        softmaxBackward(dscores, dweights, weights);
        scale(dscores, how.scale());
        matmul(dq, dscores, k);
        matmul(dk, dscores.transpose(2, 3), q);
    }

    /**
     * One step of AdamW (Loshchilov and Hutter, 2019), in place: m = beta1 m + (1 - beta1) grad, v = beta2 v + (1 - beta2) grad^2,
     * parameter = parameter (1 - lr weightDecay) - lr mHat / (sqrt(vHat) + eps), with mHat = m / (1 - beta1^step), vHat = v / (1 - beta2^step).
     *
     * @param vMax      null, or the largest v so far, which then takes the place of v in vHat (AMSGrad: Reddi, Kale and
     *                  Kumar, 2018)
     * @param gradScale what the gradient is multiplied with first: the factor of clipping by global norm, or 1
     * @param step      counts from 1
     */
    default void adamW(Tensor parameter, Tensor grad, Tensor m, Tensor v, Tensor vMax, double gradScale, double lr,
            double beta1, double beta2, double eps, double weightDecay, long step) {
        Tensor g = like(grad);
        copy(g, grad);
        scale(g, gradScale);
        scale(parameter, 1 - lr * weightDecay);
        Tensor part = like(grad);
        copy(part, g);
        scale(part, 1 - beta1);
        scale(m, beta1);
        binary(BinaryOp.ADD, m, m, part);
        unary(UnaryOp.SQUARE, part, g);
        scale(part, 1 - beta2);
        scale(v, beta2);
        binary(BinaryOp.ADD, v, v, part);
        if (vMax != null) {
            binary(BinaryOp.MAXIMUM, vMax, vMax, v);
        }
        unary(UnaryOp.SQRT, part, vMax == null ? v : vMax);
        scale(part, 1 / Math.sqrt(1 - Math.pow(beta2, step)));
        binary(BinaryOp.ADD, part, part, Tensor.scalar(eps, part.dtype()).expandTo(part.shape()));
        binary(BinaryOp.DIV, part, m, part);
        scale(part, lr / (1 - Math.pow(beta1, step)));
        binary(BinaryOp.SUB, parameter, parameter, part);
        g.release();
        part.release();
    }

    // ---- pieces of the definitions above ---------------------------------------------------------------------------

    private static Shape pairs(Tensor x) {
        long[] sizes = Arrays.copyOf(x.shape().toArray(), x.rank() + 1);
        sizes[x.rank()] = 2;
        return Shape.of(sizes);
    }

    private static Tensor like(Tensor x) {
        return Tensor.empty(x.dtype(), x.shape());
    }

    private static Tensor rowOf(Tensor x) {
        return Tensor.empty(x.dtype(), x.shape().with(-1, 1));
    }

    /** Views a vector of the last axis's size with as many leading axes of 1 as x has. */
    private static Tensor leading(Tensor vector, Tensor x) {
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[x.rank() - 1] = vector.numel();
        return vector.reshape(sizes);
    }

    private void scale(Tensor x, double factor) {
        binary(BinaryOp.MUL, x, x, Tensor.scalar(factor, x.dtype()).expandTo(x.shape()));
    }

    private void scaled(Tensor out, Tensor x, Tensor weight) {
        if (weight == null) {
            copy(out, x);
        } else {
            binary(BinaryOp.MUL, out, x, weight.expandTo(x.shape()));
        }
    }

    private void inverseRms(Tensor rstd, Tensor x, double eps) {
        reduce(ReduceOp.SUM_OF_SQUARES, rstd, x);
        scale(rstd, 1.0 / x.size(-1));
        binary(BinaryOp.ADD, rstd, rstd, Tensor.scalar(eps, rstd.dtype()).expandTo(rstd.shape()));
        unary(UnaryOp.RSQRT, rstd, rstd);
    }

    /** dx = rstd (g - xHat mean(g xHat)) and dweight = sum dout xHat: what layer and RMS normalization share. */
    private void rmsShare(Tensor dx, Tensor dweight, Tensor row, Tensor dout, Tensor normalized, Tensor weight,
            Tensor rstd) {
        Shape shape = dout.shape();
        Tensor product = like(dout);
        binary(BinaryOp.MUL, product, dout, normalized);
        if (dweight != null) {
            reduce(ReduceOp.SUM, leading(dweight, dout), product);
        }
        scaled(product, product, weight);
        reduce(ReduceOp.MEAN, row, product);
        binary(BinaryOp.MUL, product, normalized, row.expandTo(shape));
        scaled(dx, dout, weight);
        binary(BinaryOp.SUB, dx, dx, product);
        binary(BinaryOp.MUL, dx, dx, rstd.expandTo(shape));
        product.release();
    }

    /** Marks the rows that count and returns the targets with 0 in place of the ignored ones. */
    private Tensor validTargets(Tensor valid, Tensor targets, long ignoreIndex) {
        Tensor ignored = Tensor.scalar(ignoreIndex, DType.I64).expandTo(targets.shape());
        binary(BinaryOp.NE, valid, targets, ignored);
        Tensor index = Tensor.empty(DType.I64, targets.shape());
        where(index, valid, targets, Tensor.scalar(0, DType.I64).expandTo(targets.shape()));
        return index;
    }

    /** scale q k^T + mask: the one place where a composed attention holds the T x S matrix. */
    private Tensor scores(Tensor q, Tensor k, Attention how) {
        Tensor scores = Tensor.empty(q.dtype(), q.size(0), q.size(1), q.size(2), k.size(2));
        matmul(scores, q, k.transpose(2, 3));
        scale(scores, how.scale());
        Tensor minusInfinity = Tensor.scalar(Double.NEGATIVE_INFINITY, q.dtype()).expandTo(scores.shape());
        if (how.causal()) {
            // A query sees the keys up to its own position.
            Tensor row = Tensor.arange(q.size(2)).unsqueeze(1);
            Tensor visible = Tensor.empty(DType.BOOL, q.size(2), k.size(2));
            binary(BinaryOp.LE, visible, Tensor.arange(k.size(2)).expandTo(visible.shape()),
                    row.expandTo(visible.shape()));
            where(scores, visible.expandTo(scores.shape()), scores, minusInfinity);
        }
        if (how.mask() != null) {
            Tensor mask = how.mask().expandTo(scores.shape());
            if (mask.dtype() == DType.BOOL) {
                where(scores, mask, scores, minusInfinity);
            } else {
                binary(BinaryOp.ADD, scores, scores, mask);
            }
        }
        return scores;
    }
}
