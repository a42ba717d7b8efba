package org.jacobi.layers;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;

/**
 * A transposed convolution over one axis: the gradient of a Conv1d with respect to its input, as a layer.
 *
 * <p>Parameters: {@code weight} (inChannels, outChannels / groups, kernel) and, unless it has none, {@code bias}
 * (outChannels), started as {@link ConvNd} says. A stride spreads the input's elements, and padding is taken off the
 * result.
 */
public final class ConvTranspose1d extends ConvNd {
    /** Makes one with a bias, a stride of 1 and no padding. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernel) {
        this(inChannels, outChannels, kernel, new ConvOptions());
    }

    /** Makes one with a bias, a stride and a padding. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernel, long stride, long padding) {
        this(inChannels, outChannels, kernel, new ConvOptions().stride(stride).padding(padding));
    }

    /** Makes one with a bias. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernel, ConvOptions options) {
        this(inChannels, outChannels, kernel, options, true);
    }

    /** Makes one with or without a bias. */
    public ConvTranspose1d(long inChannels, long outChannels, long kernel, ConvOptions options, boolean bias) {
        this(inChannels, outChannels, new long[] {kernel}, options, bias, Generator.global());
    }

    /** Makes one whose kernel has a size for each axis, or one for all, and whose first numbers come from the generator. */
    public ConvTranspose1d(long inChannels, long outChannels, long[] kernel, ConvOptions options, boolean bias,
            Generator generator) {
        super(inChannels, outChannels, kernel, 1, true, options, bias, generator);
    }

    /** Takes x (N, inChannels, L) to (N, outChannels, L′); or without N, for one example. */
    @Override
    protected Variable compute(Variable x) {
        return x.convTranspose1d(weight(), bias(), options());
    }
}
