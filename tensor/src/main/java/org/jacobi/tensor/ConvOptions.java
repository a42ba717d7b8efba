package org.jacobi.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * How a convolution goes over its input, under the names of PyTorch's keyword arguments: {@code new ConvOptions()} is a stride
 * of 1 without padding, and each method returns the same with one thing changed.
 *
 * <pre>{@code
 * x.conv2d(weight, bias, new ConvOptions().stride(2).padding(1));
 * new Conv2d(64, 64, 3, new ConvOptions().padding("same").groups(64), false);
 * }</pre>
 *
 * <p>Numbers are given one for each spatial axis, or one for all of them.
 *
 * @param stride        from one position of the kernel to the next; the input's elements lie so far apart in a transposed one
 * @param padding       how many elements are added at both ends of each axis, or taken off by a transposed convolution
 * @param dilation      from one place of the kernel to the next
 * @param groups        how many parts the channels are cut into, which do not see each other
 * @param outputPadding how much longer each axis of a transposed convolution's result is: of the lengths that a stride takes to
 *                      the same one, it says which is meant
 * @param same          whether the padding is as much as keeps the sizes; padding is of no account then
 * @param paddingMode   what the padding is made of; null for zeros
 */
public record ConvOptions(List<Long> stride, List<Long> padding, List<Long> dilation, long groups,
        List<Long> outputPadding, boolean same, PadMode paddingMode) {

    private static final List<Long> ZERO = List.of(0L);
    private static final List<Long> ONE = List.of(1L);

    /** A stride of 1, no padding, no dilation, one group. */
    public ConvOptions() {
        this(ONE, ZERO, ONE, 1, ZERO, false, null);
    }

    /** Returns the options with another stride. */
    public ConvOptions stride(long... stride) {
        return new ConvOptions(numbers(stride), padding, dilation, groups, outputPadding, same, paddingMode);
    }

    /** Returns the options with another padding. */
    public ConvOptions padding(long... padding) {
        return new ConvOptions(stride, numbers(padding), dilation, groups, outputPadding, false, paddingMode);
    }

    /** Returns the options with a padding by name: "valid" is none, "same" as much as keeps the sizes, if need be one more behind. */
    public ConvOptions padding(String name) {
        boolean keeping = "same".equals(name);
        if (!keeping && !"valid".equals(name)) {
            throw new IllegalArgumentException(
                    "ConvOptions: the padding is \"" + name + "\"; it must be \"same\", \"valid\" or numbers");
        }
        return new ConvOptions(stride, ZERO, dilation, groups, outputPadding, keeping, paddingMode);
    }

    /** Returns the options with another dilation. */
    public ConvOptions dilation(long... dilation) {
        return new ConvOptions(stride, padding, numbers(dilation), groups, outputPadding, same, paddingMode);
    }

    /** Returns the options with another number of groups. */
    public ConvOptions groups(long groups) {
        return new ConvOptions(stride, padding, dilation, groups, outputPadding, same, paddingMode);
    }

    /** Returns the options with another output padding, for transposed convolutions. */
    public ConvOptions outputPadding(long... outputPadding) {
        return new ConvOptions(stride, padding, dilation, groups, numbers(outputPadding), same, paddingMode);
    }

    /** Returns the options with padding made of what is there; null for zeros. */
    public ConvOptions paddingMode(PadMode paddingMode) {
        return new ConvOptions(stride, padding, dilation, groups, outputPadding, same, paddingMode);
    }

    private static List<Long> numbers(long... numbers) {
        return Arrays.stream(Checks.required("ConvOptions", "an array of numbers", numbers)).boxed().toList();
    }
}
