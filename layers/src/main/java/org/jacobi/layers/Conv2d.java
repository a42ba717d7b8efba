package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;

/**
 * A convolution over two axes.
 *
 * <p>Parameters: {@code weight} (outChannels, inChannels / groups, kernel, kernel) and, unless it has none, {@code bias}
 * (outChannels), started as {@link ConvNd} says.
 */
public final class Conv2d extends ConvNd {
    /** Makes one with a bias, a stride of 1 and no padding. */
    public Conv2d(long inChannels, long outChannels, long kernel) {
        this(inChannels, outChannels, kernel, new ConvOptions());
    }

    /** Makes one with a bias, and the same stride and padding along all axes. */
    public Conv2d(long inChannels, long outChannels, long kernel, long stride, long padding) {
        this(inChannels, outChannels, kernel, new ConvOptions().stride(stride).padding(padding));
    }

    /** Makes one with a bias. */
    public Conv2d(long inChannels, long outChannels, long kernel, ConvOptions options) {
        this(inChannels, outChannels, kernel, options, true);
    }

    /** Makes one with or without a bias. */
    public Conv2d(long inChannels, long outChannels, long kernel, ConvOptions options, boolean bias) {
        this(inChannels, outChannels, new long[] {kernel}, options, bias, Generator.global());
    }

    /** Makes one whose kernel has a size for each axis, or one for all, and whose first numbers come from the generator. */
    public Conv2d(long inChannels, long outChannels, long[] kernel, ConvOptions options, boolean bias,
            Generator generator) {
        super(inChannels, outChannels, kernel, 2, false, options, bias, generator);
    }

    /** Takes x (N, inChannels, H, W) to (N, outChannels, H′, W′); or without N, for one example. */
    @Override
    protected Variable compute(Variable x) {
        return x.conv2d(weight(), bias(), options());
    }
}
