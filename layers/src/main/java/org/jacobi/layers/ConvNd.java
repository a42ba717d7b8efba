package org.jacobi.layers;

import java.util.Arrays;

import org.jacobi.layers.init.Init;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * What the layers of convolutions share: their parameters, {@code weight} and, unless there is none, {@code bias}.
 *
 * <p>Both start uniform, in ±√(groups / (inChannels · places of the kernel)) for a convolution, as in PyTorch.
 */
public abstract sealed class ConvNd extends Layer
        permits Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d {
    private final Param weight;
    private final Param bias;
    private final ConvOptions options;

    ConvNd(long inChannels, long outChannels, long[] kernel, int axes, boolean transposed, ConvOptions options,
            boolean bias, Generator generator) {
        String name = getClass().getSimpleName();
        long groups = options.groups();
        if (inChannels < 1 || outChannels < 1 || groups < 1 || inChannels % groups != 0 || outChannels % groups != 0) {
            throw new IllegalArgumentException(name + ": inChannels " + inChannels + " and outChannels " + outChannels
                    + " must be at least 1 and multiples of groups " + groups);
        }
        if (kernel.length != 1 && kernel.length != axes || Arrays.stream(kernel).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException(name + ": the kernel is " + Arrays.toString(kernel)
                    + "; it must have one size of 1 or more, or one for each of " + axes + " axes");
        }
        this.options = options;
        long[] sizes = new long[axes + 2];
        sizes[0] = transposed ? inChannels : outChannels;
        sizes[1] = (transposed ? outChannels : inChannels) / groups;
        for (int i = 0; i < axes; i++) {
            sizes[2 + i] = kernel[kernel.length == 1 ? 0 : i];
        }
        weight = param("weight", Init.kaimingUniform_(Tensor.empty(DType.F32, sizes), Math.sqrt(5), generator));
        double bound = 1 / Math.sqrt((double) weight.numel() / sizes[0]);
        this.bias = bias ? param("bias", Init.uniform_(Tensor.empty(DType.F32, outChannels), -bound, bound, generator))
                : null;
    }

    /** Returns the weight: (outChannels, inChannels / groups, …), or (inChannels, outChannels / groups, …) if transposed. */
    public final Param weight() {
        return weight;
    }

    /** Returns the bias (outChannels), or null. */
    public final Param bias() {
        return bias;
    }

    /** Returns stride, padding, dilation and so on. */
    public final ConvOptions options() {
        return options;
    }
}
