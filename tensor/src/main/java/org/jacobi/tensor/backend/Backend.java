package org.jacobi.tensor.backend;

import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The kernels of one device: the primitives, which a backend must have, and fused kernels, which are written here in terms of
 * the primitives. That is their definition; backends override them where speed counts. Families of fused kernels have files
 * of their own, which this interface extends.
 */
public interface Backend
        extends LinearKernels, NormalizationKernels, ConvolutionKernels, PoolingKernels, BatchNormKernels,
        RecurrentKernels, CtcKernels,
        SamplingKernels {
    /**
     * out = the matrices of x's last two axes with zeros above (lower) or below their k-th diagonal.
     *
     * @param out contiguous
     * @param k   from -rows to columns: 0 is the main diagonal, larger ones lie above
     */
    default void triangle(Tensor out, Tensor x, boolean lower, long k) {
        copy(out, x);
        long width = x.size(-1);
        Tensor flat = out.view(-1);
        for (long line = 0; width > 0 && line < x.numel() / width; line++) {
            // Where in the line zeros begin or end.
            long border = Math.clamp(k + line % x.size(-2) + (lower ? 1 : 0), 0, width);
            Tensor zeros = flat.narrow(0, line * width + (lower ? border : 0), lower ? width - border : border);
            fill(zeros, 0);
            zeros.release();
        }
        flat.release();
    }

    /**
     * The first elements of {@link #sort}, as many as values has along the last axis: the smallest, or the largest
     * (descending).
     */
    default void topk(Tensor values, Tensor indices, Tensor x, boolean largest) {
        Tensor sorted = Tensor.emptyLike(x);
        Tensor order = Tensor.empty(x.device(), DType.I64, x.shape());
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
        Tensor sorted = Tensor.emptyLike(x);
        Tensor order = Tensor.empty(x.device(), DType.I64, x.shape());
        sort(sorted, order, x, false);
        gather(values, sorted, x.rank() - 1, ranks);
        gather(indices, order, x.rank() - 1, ranks);
        sorted.release();
        order.release();
    }

    /** mean = the mean of x, out = sum (x - mean)^2, both over every axis in which they have size 1. */
    default void deviation(Tensor out, Tensor mean, Tensor x) {
        reduce(ReduceOp.MEAN, mean, x);
        Tensor centered = Tensor.emptyLike(x);
        binary(BinaryOp.SUB, centered, x, mean.expandTo(x.shape()));
        reduce(ReduceOp.SUM_OF_SQUARES, out, centered);
        centered.release();
    }

    /**
     * Whether fused kernels and their backwards take f16 and bf16 as they are, sum in f32 and round their results alone: softmax
     * and its kin, normalizations, crossEntropy, linear, convolutions, pooling and recurrent networks. Statistics (mean, rstd,
     * lse) and losses are then f32; weights of normalizations may be.
     */
    default boolean takesHalves() {
        return false;
    }

    /** out (last axis 1) = max + log sum e^(x - max) along the last axis. */
    default void logSumExp(Tensor out, Tensor x) {
        Tensor max = rowOf(x);
        Tensor exp = Tensor.emptyLike(x);
        reduce(ReduceOp.MAX, max, x);
        // An infinite maximum has no differences: subtracting 0 instead leaves it as it is.
        Tensor infinity = Tensor.scalar(Double.POSITIVE_INFINITY, max.dtype()).expandTo(max.shape());
        Tensor infinite = Tensor.empty(x.device(), DType.BOOL, max.shape());
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
        Tensor exp = Tensor.emptyLike(x);
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
        Tensor logProbabilities = Tensor.emptyLike(logits);
        logSoftmax(logProbabilities, logits);
        Tensor column = Tensor.empty(logits.device(), logits.dtype(), rows, 1);
        logSumExp(lse.unsqueeze(1), logits);
        Tensor valid = Tensor.empty(logits.device(), DType.BOOL, rows);
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
        Tensor valid = Tensor.empty(logits.device(), DType.BOOL, rows);
        Tensor index = validTargets(valid, targets, ignoreIndex);
        binary(BinaryOp.SUB, dlogits, logits, lse.unsqueeze(1).expandTo(logits.shape()));
        unary(UnaryOp.EXP, dlogits, dlogits);
        Tensor q = Tensor.scalar(smoothing / logits.size(1), logits.dtype());
        binary(BinaryOp.SUB, dlogits, dlogits, q.expandTo(logits.shape()));
        Tensor hit = Tensor.scalar(logits.device(), -(1 - smoothing), logits.dtype());
        scatter(ScatterOp.ADD, dlogits, 1, index.unsqueeze(1), hit.expandTo(Shape.of(rows, 1)));
        Tensor weight = Tensor.empty(dout.device(), dout.dtype(), rows);
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

    /**
     * Returns whether {@link #attention} and its backward take operands of a 16-bit type as they are, with lse in f32. Where they
     * do not, the operands have to be widened first.
     */
    default boolean attendsInHalves(Tensor q, Attention how) {
        return false;
    }

    /** The gradients of {@link #attention} with respect to q, k and v, from its saved out and lse. */
    default void attentionBackward(Tensor dq, Tensor dk, Tensor dv, Tensor dout, Tensor out, Tensor lse, Tensor q,
            Tensor k, Tensor v, Attention how) {
        Tensor weights = scores(q, k, how);
        Shape shape = weights.shape();
        binary(BinaryOp.SUB, weights, weights, lse.unsqueeze(3).expandTo(shape));
        unary(UnaryOp.EXP, weights, weights);
        Tensor dweights = Tensor.emptyLike(weights);
        matmul(dweights, dout, v.transpose(2, 3));
        Tensor dropped = weights;
        if (how.dropout() > 0) {
            dropped = Tensor.emptyLike(weights);
            dropout(dropped, weights, how.dropout(), how.seed(), how.call());
            dropout(dweights, dweights, how.dropout(), how.seed(), how.call());
        }
        matmul(dv, dropped.transpose(2, 3), dout);
        Tensor dscores = Tensor.emptyLike(weights);
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
        Tensor g = Tensor.emptyLike(grad);
        copy(g, grad);
        scale(g, gradScale);
        scale(parameter, 1 - lr * weightDecay);
        Tensor part = Tensor.emptyLike(grad);
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

    /** One step of AdamW for each of several parameters, all different; a device does them at once. */
    default void adamW(List<AdamWStep> steps) {
        for (AdamWStep s : steps) {
            Tensor grad = s.grad().to(s.parameter().dtype());
            adamW(s.parameter(), grad, s.m(), s.v(), s.vMax(), 1, s.learningRate(), s.beta1(), s.beta2(), s.eps(),
                    s.weightDecay(), s.step());
            if (s.rounded() != null) {
                copy(s.rounded(), s.parameter());
            }
            if (grad != s.grad()) {
                grad.release();
            }
        }
    }

    /** out (f64, one element) = the sum of the squares of all elements of all tensors, which are of one floating-point type. */
    default void sumOfSquares(Tensor out, List<Tensor> tensors) {
        fill(out, 0);
        Tensor wide = Tensor.emptyLike(out);
        for (Tensor tensor : tensors) {
            // 16 bits are too few for a sum.
            Tensor numbers = tensor.dtype().isHalf() ? tensor.to(DType.F32) : tensor;
            Tensor part = Tensor.empty(tensor.device(), numbers.dtype(), 1);
            reduce(ReduceOp.SUM_OF_SQUARES, part, numbers.reshape(-1));
            copy(wide.view(1), part);
            binary(BinaryOp.ADD, out, out, wide);
            part.release();
            if (numbers != tensor) {
                numbers.release();
            }
        }
        wide.release();
    }

    /** Multiplies all tensors, in place, by a number on their device: one element, f64 for f64 tensors, else f32. */
    default void scale(List<Tensor> tensors, Tensor factor) {
        for (Tensor tensor : tensors) {
            binary(BinaryOp.MUL, tensor, tensor, factor.reshape().expandTo(tensor.shape()));
        }
    }

    // ---- pieces of the definitions above ---------------------------------------------------------------------------

    private static Tensor rowOf(Tensor x) {
        return Tensor.empty(x.device(), x.dtype(), x.shape().with(-1, 1));
    }

    private void scale(Tensor x, double factor) {
        binary(BinaryOp.MUL, x, x, Tensor.scalar(factor, x.dtype()).expandTo(x.shape()));
    }

    /** Marks the rows that count and returns the targets with 0 in place of the ignored ones. */
    private Tensor validTargets(Tensor valid, Tensor targets, long ignoreIndex) {
        Tensor ignored = Tensor.scalar(ignoreIndex, DType.I64).expandTo(targets.shape());
        binary(BinaryOp.NE, valid, targets, ignored);
        Tensor index = Tensor.emptyLike(targets);
        where(index, valid, targets, Tensor.scalar(0, DType.I64).expandTo(targets.shape()));
        return index;
    }

    /** scale q k^T + mask: the one place where a composed attention holds the T x S matrix. */
    private Tensor scores(Tensor q, Tensor k, Attention how) {
        Tensor scores = Tensor.empty(q.device(), q.dtype(), q.size(0), q.size(1), q.size(2), k.size(2));
        matmul(scores, q, k.transpose(2, 3));
        scale(scores, how.scale());
        Tensor minusInfinity = Tensor.scalar(Double.NEGATIVE_INFINITY, q.dtype()).expandTo(scores.shape());
        if (how.causal()) {
            // A query sees the keys up to its own position.
            Tensor row = Tensor.arange(q.device(), q.size(2)).unsqueeze(1);
            Tensor visible = Tensor.empty(q.device(), DType.BOOL, q.size(2), k.size(2));
            binary(BinaryOp.LE, visible, Tensor.arange(q.device(), k.size(2)).expandTo(visible.shape()),
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
