package org.jacobi.tensor;

import java.util.Arrays;

/**
 * The activation functions that are composed of other ops. On variables they differentiate because their parts do.
 *
 * @param <T> Tensor or Variable
 */
public interface ComposedActivations<T extends ComposedActivations<T>> extends TensorLike<T> {
    /** Returns this where it is positive, else this times a slope, which broadcasts with it. */
    T leakyRelu(T slope);

    /** Returns this where it is positive, else this times weight: a number, or one for each channel (axis 1). */
    default T prelu(T weight) {
        long channels = rank() < 2 ? 1 : size(1);
        long count = weight.shape().numel();
        if (weight.rank() > 1 || count != 1 && count != channels) {
            throw new IllegalArgumentException(
                    "prelu: weight of shape " + weight.shape() + " must be one number, or one "
                            + "for each of the " + channels + " channels (axis 1) of x of shape " + shape());
        }
        long[] sizes = new long[Math.max(1, rank() - 1)];
        Arrays.fill(sizes, 1);
        sizes[0] = count;
        return leakyRelu(weight.reshape(sizes));
    }

    /** Returns this / (1 + |this|). */
    default T softsign() {
        Checks.floating("softsign", dtype());
        return div(abs().add(1));
    }

    /** Returns this - tanh(this). */
    default T tanhshrink() {
        return sub(tanh());
    }

    /** Returns this moved towards 0 by lambda, and 0 where it is not farther away. */
    default T softshrink(double lambda) {
        Checks.floating("softshrink", dtype());
        if (!(lambda >= 0)) {
            throw new IllegalArgumentException("softshrink: lambda is " + lambda + "; it must not be negative");
        }
        return sub(clamp(-lambda, lambda));
    }

    /** Returns the first half of an axis times the sigmoid of the second (Dauphin et al., 2017). */
    default T glu(int axis) {
        Checks.floating("glu", dtype());
        long size = size(shape().axis("glu", axis));
        if (size == 0 || size % 2 != 0) {
            throw new IllegalArgumentException(
                    "glu: axis " + axis + " of shape " + shape() + " has " + size
                            + " elements, expected an even number");
        }
        T[] halves = split(axis, size / 2, size / 2);
        return halves[0].mul(halves[1].sigmoid());
    }
}
