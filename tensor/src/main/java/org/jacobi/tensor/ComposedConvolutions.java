package org.jacobi.tensor;

/**
 * Convolutions over one, two or three spatial axes, as torch.nn.functional has them: cross-correlations with a weight.
 *
 * <p>This is (N, C, spatial axes ...), or (C, spatial axes ...) for one example alone. The weight of a convolution is
 * (K, C / groups, places ...), the result (N, K, ...) with floor((size + 2 padding - dilation (places - 1) - 1) / stride) + 1
 * elements along a spatial axis. The weight of a transposed convolution, the gradient of a convolution with respect to its
 * input, is (C, K / groups, places ...), its result has (size - 1) stride - 2 padding + dilation (places - 1) + outputPadding +
 * 1 elements. A bias (K), or null for none, is added. All operands have one type.
 *
 * @param <T> Tensor or Variable
 */
public interface ComposedConvolutions<T extends ComposedConvolutions<T>> extends ComposedShapes<T> {
    /** Returns the convolution of this (N, C, ...) over all axes after the second, without a padding mode. */
    T convolution(T weight, T bias, ConvOptions options, boolean transposed);

    /** Returns the convolution over one axis, with a stride of 1 and no padding. */
    default T conv1d(T weight, T bias) {
        return conv1d(weight, bias, new ConvOptions());
    }

    /** Returns the convolution of this (N, C, L) or (C, L) over its last axis. */
    default T conv1d(T weight, T bias, ConvOptions options) {
        return over("conv1d", 1, weight, bias, options, false);
    }

    /** Returns the convolution over two axes, with a stride of 1 and no padding. */
    default T conv2d(T weight, T bias) {
        return conv2d(weight, bias, new ConvOptions());
    }

    /** Returns the convolution of this (N, C, H, W) or (C, H, W) over its last two axes. */
    default T conv2d(T weight, T bias, ConvOptions options) {
        return over("conv2d", 2, weight, bias, options, false);
    }

    /** Returns the convolution over three axes, with a stride of 1 and no padding. */
    default T conv3d(T weight, T bias) {
        return conv3d(weight, bias, new ConvOptions());
    }

    /** Returns the convolution of this (N, C, D, H, W) or (C, D, H, W) over its last three axes. */
    default T conv3d(T weight, T bias, ConvOptions options) {
        return over("conv3d", 3, weight, bias, options, false);
    }

    /** Returns the transposed convolution over one axis, with a stride of 1. */
    default T convTranspose1d(T weight, T bias) {
        return convTranspose1d(weight, bias, new ConvOptions());
    }

    /** Returns the transposed convolution of this (N, C, L) or (C, L) over its last axis. */
    default T convTranspose1d(T weight, T bias, ConvOptions options) {
        return over("convTranspose1d", 1, weight, bias, options, true);
    }

    /** Returns the transposed convolution over two axes, with a stride of 1. */
    default T convTranspose2d(T weight, T bias) {
        return convTranspose2d(weight, bias, new ConvOptions());
    }

    /** Returns the transposed convolution of this (N, C, H, W) or (C, H, W) over its last two axes. */
    default T convTranspose2d(T weight, T bias, ConvOptions options) {
        return over("convTranspose2d", 2, weight, bias, options, true);
    }

    /** Returns the transposed convolution over three axes, with a stride of 1. */
    default T convTranspose3d(T weight, T bias) {
        return convTranspose3d(weight, bias, new ConvOptions());
    }

    /** Returns the transposed convolution of this (N, C, D, H, W) or (C, D, H, W) over its last three axes. */
    default T convTranspose3d(T weight, T bias, ConvOptions options) {
        return over("convTranspose3d", 3, weight, bias, options, true);
    }

    /** Returns an operand of a convolution, which may be null, in the type that it is to have. */
    default T convolved(T operand) {
        return operand;
    }

    private T over(String op, int axes, T givenWeight, T givenBias, ConvOptions options, boolean transposed) {
        T weight = convolved(givenWeight);
        T bias = convolved(givenBias);
        if (rank() != axes + 1 && rank() != axes + 2 || Checks.required(op, "the weight", weight).rank() != axes + 2) {
            throw new IllegalArgumentException(op + ": needs x of " + (axes + 2) + " axes, or " + (axes + 1)
                    + " for one example, and a weight of " + (axes + 2) + ", got shapes " + shape() + " and "
                    + weight.shape());
        }
        T batch = convolved(rank() == axes + 2 ? reshape(shape().toArray()) : reshape(shape().unsqueezed(0).toArray()));
        ConvGeometry geometry = ConvGeometry.of(op, batch, weight, bias, options, transposed);
        T out = options.paddingMode() == null ? batch.convolution(weight, bias, options, transposed)
                : padded(batch, weight, geometry, options).convolution(weight, bias,
                        options.padding(0).paddingMode(null), false);
        return rank() == axes + 2 ? out : out.reshape(out.shape().without(0).toArray());
    }

    /** Returns x with its padding made of what is there. */
    private static <T extends ComposedConvolutions<T>> T padded(T x, T weight, ConvGeometry geometry,
            ConvOptions options) {
        int axes = weight.rank() - 2;
        long[] amounts = new long[2 * axes];
        for (int i = 0; i < axes; i++) {
            long before = geometry.how().padding()[axes - 1 - i];
            long both =
                    options.same() ? geometry.how().dilation()[axes - 1 - i] * (weight.size(-1 - i) - 1) : 2 * before;
            amounts[2 * i] = before;
            amounts[2 * i + 1] = both - before;
        }
        return x.pad(amounts, options.paddingMode());
    }
}
