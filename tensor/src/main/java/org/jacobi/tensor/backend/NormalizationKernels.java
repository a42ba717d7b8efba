package org.jacobi.tensor.backend;

import java.util.Arrays;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Normalizations of each example by itself: of its last axis, or of groups of its channels. */
public interface NormalizationKernels extends Primitives {
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
        Tensor normalized = Tensor.emptyLike(x);
        binary(BinaryOp.SUB, normalized, x, mean.expandTo(shape));
        binary(BinaryOp.MUL, normalized, normalized, rstd.expandTo(shape));
        if (dbias != null) {
            reduce(ReduceOp.SUM, leading(dbias, x), dout);
        }
        Tensor row = Tensor.emptyLike(rstd);
        Tensor centered = Tensor.emptyLike(x);
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
        Tensor normalized = Tensor.emptyLike(x);
        binary(BinaryOp.MUL, normalized, x, rstd.expandTo(x.shape()));
        Tensor row = Tensor.emptyLike(rstd);
        rmsShare(dx, dweight, row, dout, normalized, weight, rstd);
        row.release();
        normalized.release();
    }

    /**
     * Group normalization (Wu and He, 2018) of x (N, C, L): out = (x - mean) rstd weight + bias, with mean and rstd those of an
     * example's group of C / groups neighbouring channels. Outputs are contiguous.
     *
     * @param mean   output (N, groups), as rstd; saved for the backward
     * @param groups a divisor of C
     * @param weight (C), or null for 1
     * @param bias   (C), or null for 0
     */
    default void groupNorm(Tensor out, Tensor mean, Tensor rstd, Tensor x, long groups, Tensor weight, Tensor bias,
            double eps) {
        long rows = x.size(0) * groups;
        layerNorm(rows(out, rows), mean.view(rows, 1), rstd.view(rows, 1), rows(x, rows), null, null, eps);
        if (weight != null) {
            binary(BinaryOp.MUL, out, out, channels(weight).expandTo(out.shape()));
        }
        if (bias != null) {
            binary(BinaryOp.ADD, out, out, channels(bias).expandTo(out.shape()));
        }
    }

    /**
     * dx = rstd (g - mean(g) - xHat mean(g xHat)) with xHat = (x - mean) rstd, g = dout weight and the means of a group; dweight =
     * sum dout xHat and dbias = sum dout of each channel, which may be null.
     */
    default void groupNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, long groups,
            Tensor weight, Tensor mean, Tensor rstd) {
        long rows = x.size(0) * groups;
        Tensor part = Tensor.empty(x.device(), x.dtype(), x.shape());
        if (dbias != null) {
            reduce(ReduceOp.SUM, channels(dbias), dout);
        }
        if (dweight != null) {
            Tensor byRow = rows(part, rows);
            binary(BinaryOp.SUB, byRow, rows(x, rows), mean.view(rows, 1).expandTo(byRow.shape()));
            binary(BinaryOp.MUL, byRow, byRow, rstd.view(rows, 1).expandTo(byRow.shape()));
            binary(BinaryOp.MUL, part, part, dout);
            reduce(ReduceOp.SUM, channels(dweight), part);
        }
        scaled(part, dout, weight == null ? null : channels(weight));
        layerNormBackward(rows(dx, rows), null, null, rows(part, rows), rows(x, rows), null, mean.view(rows, 1),
                rstd.view(rows, 1));
        part.release();
    }

    // ---- pieces of the definitions above ---------------------------------------------------------------------------

    private static Tensor rows(Tensor x, long rows) {
        return x.reshape(rows, x.numel() / Math.max(1, rows));
    }

    private static Tensor channels(Tensor vector) {
        return vector.reshape(1, vector.numel(), 1);
    }

    /** Views a vector of the last axis's size with as many leading axes of 1 as x has. */
    private static Tensor leading(Tensor vector, Tensor x) {
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[x.rank() - 1] = vector.numel();
        return vector.reshape(sizes);
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
        Tensor share = Tensor.scalar(1.0 / x.size(-1), rstd.dtype());
        binary(BinaryOp.MUL, rstd, rstd, share.expandTo(rstd.shape()));
        binary(BinaryOp.ADD, rstd, rstd, Tensor.scalar(eps, rstd.dtype()).expandTo(rstd.shape()));
        unary(UnaryOp.RSQRT, rstd, rstd);
    }

    /** dx = rstd (g - xHat mean(g xHat)) and dweight = sum dout xHat: what layer and RMS normalization share. */
    private void rmsShare(Tensor dx, Tensor dweight, Tensor row, Tensor dout, Tensor normalized, Tensor weight,
            Tensor rstd) {
        Shape shape = dout.shape();
        Tensor product = Tensor.emptyLike(dout);
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
}
