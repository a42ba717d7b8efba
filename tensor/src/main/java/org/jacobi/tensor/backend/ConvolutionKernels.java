package org.jacobi.tensor.backend;

import java.util.Arrays;

import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Convolutions over any number of spatial axes, as deep learning calls cross-correlations: a kernel slides over its input.
 *
 * <p>There are three of them, one for each operand of the sum over n, k, c, o and p of
 *
 * <pre>
 * out[n][k][o] weight[k][c][p] x[n][c][o stride - padding + p dilation]
 * </pre>
 *
 * that is left out of the sum. They are each other's derivatives, and a transposed convolution is the one that leaves out x.
 * Their definition: at one place p of the kernel, a convolution is a product of matrices.
 *
 * <p>Shapes are x (N, C, ...), out (N, K, ...) and weight (K, C / groups, ...), with the places of the kernel along its last
 * axes; the channels are cut into groups, which do not see each other. Outputs are contiguous.
 */
public interface ConvolutionKernels extends Primitives {
    /** out[n][k][o] = bias[k] + sum weight[k][c][p] x[n][c][o stride - padding + p dilation]; bias may be null for 0. */
    default void convolution(Tensor out, Tensor x, Tensor weight, Tensor bias, Sliding how) {
        begin(out, bias);
        long groups = x.size(1) / weight.size(1);
        forEachPlace(weight, (place, w) -> {
            Sliding.Meeting at = how.meet(x, out, place);
            if (at != null) {
                Tensor matrices = dense(w).view(groups, w.size(0) / groups, w.size(1));
                addProduct(at.outputs(), matrices, at.inputs());
            }
        });
    }

    /**
     * The transposed convolution, which is the gradient of {@link #convolution} with respect to x for dout = out: x[n][c][i] =
     * bias[c] + sum weight[k][c][p] out[n][k][o] over all o and p with o stride - padding + p dilation = i; bias may be null.
     */
    default void convolutionTranspose(Tensor x, Tensor out, Tensor weight, Tensor bias, Sliding how) {
        begin(x, bias);
        long groups = x.size(1) / weight.size(1);
        forEachPlace(weight, (place, w) -> {
            Sliding.Meeting at = how.meet(x, out, place);
            if (at != null) {
                Tensor matrices = dense(w).view(groups, w.size(0) / groups, w.size(1)).transpose(1, 2);
                addProduct(at.inputs(), matrices, at.outputs());
            }
        });
    }

    /**
     * The gradient of {@link #convolution} with respect to the weight: weight[k][c][p] = sum out[n][k][o]
     * x[n][c][o stride - padding + p dilation].
     */
    default void convolutionWeight(Tensor weight, Tensor out, Tensor x, Sliding how) {
        fill(weight, 0);
        long groups = x.size(1) / weight.size(1);
        forEachPlace(weight, (place, w) -> {
            Sliding.Meeting at = how.meet(x, out, place);
            if (at != null) {
                Tensor a = dense(at.outputs().transpose(0, 1)).view(groups, w.size(0) / groups, -1);
                Tensor b = dense(at.inputs().transpose(0, 1)).view(groups, w.size(1), -1);
                Tensor product = Tensor.empty(w.device(), w.dtype(), groups, w.size(0) / groups, w.size(1));
                matmul(product, a, b.transpose(1, 2));
                copy(w, product.view(w.size(0), w.size(1)));
            }
        });
    }

    // ---- pieces of the definitions above ---------------------------------------------------------------------------

    /** Does something with a place of the kernel and the matrix (K, C / groups) that the weight has there. */
    @FunctionalInterface
    interface PlaceBody {
        void run(long[] place, Tensor matrix);
    }

    private static void forEachPlace(Tensor weight, PlaceBody body) {
        long[] kernel = Arrays.copyOfRange(weight.shape().toArray(), 2, weight.rank());
        long places = Shape.of(kernel).numel();
        long[] place = new long[kernel.length];
        for (long i = 0; i < places && weight.numel() > 0; i++) {
            long rest = i;
            for (int axis = kernel.length - 1; axis >= 0; axis--) {
                place[axis] = rest % kernel[axis];
                rest /= kernel[axis];
            }
            try (var _ = TensorScope.open()) {
                Tensor matrix = weight;
                for (long position : place) {
                    matrix = matrix.select(2, position);
                }
                body.run(place, matrix);
            }
        }
    }

    private void begin(Tensor out, Tensor bias) {
        if (bias == null) {
            fill(out, 0);
            return;
        }
        try (var _ = TensorScope.open()) {
            long[] column = new long[out.rank() - 1];
            Arrays.fill(column, 1);
            column[0] = out.size(1);
            copy(out, bias.reshape(column).expandTo(out.shape()));
        }
    }

    private Tensor dense(Tensor view) {
        Tensor dense = Tensor.emptyLike(view);
        copy(dense, view);
        return dense;
    }

    /** target (N, A, ...) += matrices (groups, A / groups, B / groups) times x (N, B, ...). */
    private void addProduct(Tensor target, Tensor matrices, Tensor x) {
        long n = x.size(0);
        long groups = matrices.size(0);
        Tensor columns = dense(x).view(n, groups, matrices.size(2), -1);
        Tensor product = Tensor.empty(x.device(), x.dtype(), n, groups, matrices.size(1), columns.size(3));
        matmul(product, matrices.expandTo(Shape.of(n, groups, matrices.size(1), matrices.size(2))), columns);
        binary(BinaryOp.ADD, target, target, product.view(target.shape().toArray()));
    }
}
