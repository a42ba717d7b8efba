package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;

/**
 * Batch normalization (Ioffe and Szegedy, 2015) of x (N, C, L), over N and L: vectors of C numbers have shape (1, C, 1), and
 * weight and bias may be null for 1 and 0. All tensors have one type.
 */
public interface BatchNormKernels extends Primitives {
    /** mean and variance (biased) = those of each channel. */
    default void channelStatistics(Tensor mean, Tensor variance, Tensor x) {
        reduce(ReduceOp.MEAN, mean, x);
        Tensor centered = Tensor.emptyLike(x);
        binary(BinaryOp.SUB, centered, x, mean.expandTo(x.shape()));
        reduce(ReduceOp.SUM_OF_SQUARES, variance, centered);
        Tensor count = Tensor.scalar((double) x.numel() / mean.numel(), x.dtype());
        binary(BinaryOp.DIV, variance, variance, count.expandTo(variance.shape()));
        centered.release();
    }

    /** out = (x - mean) rstd weight + bias. */
    default void batchNorm(Tensor out, Tensor x, Tensor mean, Tensor rstd, Tensor weight, Tensor bias) {
        binary(BinaryOp.SUB, out, x, mean.expandTo(x.shape()));
        binary(BinaryOp.MUL, out, out, rstd.expandTo(x.shape()));
        if (weight != null) {
            binary(BinaryOp.MUL, out, out, weight.expandTo(x.shape()));
        }
        if (bias != null) {
            binary(BinaryOp.ADD, out, out, bias.expandTo(x.shape()));
        }
    }

    /**
     * dweight = sum dout xHat, dbias = sum dout, with xHat = (x - mean) rstd, and dx = rstd weight (dout - mean(dout) -
     * xHat mean(dout xHat)); where mean and rstd are constants, dx = rstd weight dout.
     *
     * @param constants whether mean and rstd do not depend on x
     */
    default void batchNormBackward(Tensor dx, Tensor dweight, Tensor dbias, Tensor dout, Tensor x, Tensor mean,
            Tensor rstd, Tensor weight, boolean constants) {
        Tensor normalized = Tensor.emptyLike(x);
        Tensor product = Tensor.emptyLike(x);
        binary(BinaryOp.SUB, normalized, x, mean.expandTo(x.shape()));
        binary(BinaryOp.MUL, normalized, normalized, rstd.expandTo(x.shape()));
        binary(BinaryOp.MUL, product, dout, normalized);
        reduce(ReduceOp.SUM, dweight, product);
        reduce(ReduceOp.SUM, dbias, dout);
        copy(dx, dout);
        if (!constants) {
            Tensor row = Tensor.empty(x.device(), x.dtype(), mean.shape());
            Tensor count = Tensor.scalar((double) x.numel() / mean.numel(), x.dtype()).expandTo(row.shape());
            binary(BinaryOp.DIV, row, dbias, count);
            binary(BinaryOp.SUB, dx, dx, row.expandTo(x.shape()));
            binary(BinaryOp.DIV, row, dweight, count);
            binary(BinaryOp.MUL, normalized, normalized, row.expandTo(x.shape()));
            binary(BinaryOp.SUB, dx, dx, normalized);
            row.release();
        }
        binary(BinaryOp.MUL, dx, dx, rstd.expandTo(x.shape()));
        if (weight != null) {
            binary(BinaryOp.MUL, dx, dx, weight.expandTo(x.shape()));
        }
        normalized.release();
        product.release();
    }
}
