package org.jacobi.tensor.backend;

import org.jacobi.tensor.Tensor;

/**
 * Affine maps of rows, alone and with a GELU in its tanh form between two of them (Hendrycks and Gimpel, 2016), and what their
 * gradients need: a product and what is done with its result. All operands have one type; outputs are contiguous.
 */
public interface LinearKernels extends Primitives {
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
     * The gradients of {@link #linear}: dweight = dout^T x, and dbias = the sums of dout's columns, or null.
     *
     * @param dout (N, out)
     */
    default void linearWeight(Tensor dweight, Tensor dbias, Tensor dout, Tensor x) {
        matmul(dweight, dout.t(), x);
        if (dbias != null) {
            reduce(ReduceOp.SUM, dbias.view(1, dbias.numel()), dout);
        }
    }

    /** Whether {@link #linearGelu} and its backward are faster than a map and a GELU one after the other. */
    default boolean fusesGelu() {
        return false;
    }

    /** inner = x weight^T + bias, out = gelu(inner); bias may be null. */
    default void linearGelu(Tensor out, Tensor inner, Tensor x, Tensor weight, Tensor bias) {
        linear(inner, x, weight, bias);
        unary(UnaryOp.GELU_TANH, out, inner);
    }

    /**
     * Back through a map that follows a GELU: dinner = (dout weight) gelu'(inner), and dbias = the sums of its columns, or null.
     *
     * @param dout   (N, out), of the map's result
     * @param weight (out, in), of the map
     * @param inner  (N, in), what the GELU was of
     */
    default void linearGeluBackward(Tensor dinner, Tensor dbias, Tensor dout, Tensor weight, Tensor inner) {
        matmul(dinner, dout, weight);
        binary(BinaryOp.GELU_TANH_BACKWARD, dinner, dinner, inner);
        if (dbias != null) {
            reduce(ReduceOp.SUM, dbias.view(1, dbias.numel()), dinner);
        }
    }
}
