package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;

/**
 * A transposed convolution over three axes: the gradient of a Conv3d with respect to its input, as a layer.
 *
 * <p>Parameters: {@code weight} (inChannels, outChannels / groups, kernel, kernel, kernel) and, unless it has none, {@code bias}
 * (outChannels), started as {@link ConvNd} says. A stride spreads the input's elements, and padding is taken off the
 * result.
 */
public final class ConvTranspose3d extends ConvNd {
    /** Makes one with a bias, a stride of 1 and no padding. */
    public ConvTranspose3d(long inChannels, long outChannels, long kernel) {
        this(inChannels, outChannels, kernel, new ConvOptions());
    }

    /** Makes one with a bias, and the same stride and padding along all axes. */
    public ConvTranspose3d(long inChannels, long outChannels, long kernel, long stride, long padding) {
        this(inChannels, outChannels, kernel, new ConvOptions().stride(stride).padding(padding));
    }

    /** Makes one with a bias. */
    public ConvTranspose3d(long inChannels, long outChannels, long kernel, ConvOptions options) {
        this(inChannels, outChannels, kernel, options, true);
    }

    /** Makes one with or without a bias. */
    public ConvTranspose3d(long inChannels, long outChannels, long kernel, ConvOptions options, boolean bias) {
        this(inChannels, outChannels, new long[] {kernel}, options, bias, Generator.global());
    }

    /** Makes one whose kernel has a size for each axis, or one for all, and whose first numbers come from the generator. */
    public ConvTranspose3d(long inChannels, long outChannels, long[] kernel, ConvOptions options, boolean bias,
            Generator generator) {
        super(inChannels, outChannels, kernel, 3, true, options, bias, generator);
    }

    /** Takes x (N, inChannels, D, H, W) to (N, outChannels, D′, H′, W′); or without N, for one example. */
    @Override
    protected Variable compute(Variable x) {
        return x.convTranspose3d(weight(), bias(), options());
    }
}
