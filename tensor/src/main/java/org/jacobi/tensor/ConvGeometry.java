package org.jacobi.tensor;

import java.util.Arrays;
import java.util.List;

import org.jacobi.tensor.backend.Sliding;

/**
 * What {@link ConvOptions} mean for operands of certain shapes, once all of it was checked.
 *
 * @param how    how the kernel slides; of a transposed convolution, over its output
 * @param output the shape of the result
 */
public record ConvGeometry(Sliding how, Shape output) {
    /**
     * Returns what the options mean.
     *
     * @param x      (N, C, spatial axes ...)
     * @param weight (K, C / groups, places ...), for a transposed convolution (C, K / groups, places ...)
     * @param bias   (K), or null
     * @throws IllegalArgumentException that names the op and what does not fit
     */
    public static <T extends TensorLike<T>> ConvGeometry of(String op, T x, T weight, T bias, ConvOptions options,
            boolean transposed) {
        Checks.required(op, "the weight", weight);
        Checks.required(op, "the options", options);
        int axes = weight.rank() - 2;
        requireType(op, x, "weight", weight);
        requireType(op, x, "bias", bias);
        if (axes < 1 || x.rank() != weight.rank()) {
            throw new IllegalArgumentException(op + ": x of shape " + x.shape() + " and weight of shape "
                    + weight.shape()
                    + " must be (N, C, ...) and " + weightForm(transposed) + ", with equally many axes, 3 or more");
        }
        long outputs = requireChannels(op, x.shape(), weight.shape(), options.groups(), transposed);
        if (bias != null && (bias.rank() != 1 || bias.size(0) != outputs)) {
            throw new IllegalArgumentException(op + ": the bias has shape " + bias.shape() + "; it must be (" + outputs
                    + "), a number for each output channel");
        }
        long[] sizes = x.shape().toArray();
        sizes[1] = outputs;
        try {
            return transposed ? transposed(op, sizes, weight.shape(), options)
                    : forward(op, sizes, weight.shape(), options);
        } catch (ArithmeticException _) {
            throw new IllegalArgumentException(op + ": x of shape " + x.shape() + " and weight of shape "
                    + weight.shape() + " with " + options + " reach beyond 2^63 elements along an axis");
        }
    }

    /** Returns what the options mean to the op convolution itself, which pads with zeros. */
    public static <T extends TensorLike<T>> ConvGeometry ofZeroPadded(T x, T weight, T bias, ConvOptions options,
            boolean transposed) {
        if (options != null && options.paddingMode() != null) {
            throw new IllegalArgumentException("convolution: pads with zeros; the padding mode " + options.paddingMode()
                    + " is for conv1d, conv2d and conv3d");
        }
        return of("convolution", x, weight, bias, options, transposed);
    }

    private static <T extends TensorLike<T>> void requireType(String op, T x, String name, T other) {
        if (x.dtype() == DType.BOOL || other != null && other.dtype() != x.dtype()) {
            throw new IllegalArgumentException(op + ": x is " + x.dtype() + ", the " + name + " "
                    + (other == null ? "absent" : other.dtype())
                    + "; they must have one type, and not bool: convert with to");
        }
    }

    private static String weightForm(boolean transposed) {
        return transposed ? "(C, K / groups, ...)" : "(K, C / groups, ...)";
    }

    /** Checks that channels and groups fit, and returns the number of output channels. */
    private static long requireChannels(String op, Shape x, Shape weight, long groups, boolean transposed) {
        long channels = x.size(1);
        if (groups < 1 || weight.size(0) % groups != 0 || weight.numel() == 0) {
            throw new IllegalArgumentException(op + ": the weight of shape " + weight + " cannot be cut into " + groups
                    + " groups along its first axis; groups must be at least 1 and divide it, and the weight not be empty");
        }
        long expected = transposed ? weight.size(0) : Checks.product(op, weight.size(1), groups);
        if (channels != expected) {
            throw new IllegalArgumentException(
                    op + ": x of shape " + x + " has " + channels + " channels (axis 1), the weight "
                            + weightForm(transposed) + " of shape " + weight + " with " + groups
                            + (groups == 1 ? " group" : " groups") + " is for " + expected);
        }
        return transposed ? Checks.product(op, weight.size(1), groups) : weight.size(0);
    }

    private static ConvGeometry forward(String op, long[] sizes, Shape weight, ConvOptions options) {
        int axes = sizes.length - 2;
        long[] stride = perAxis(op, "stride", options.stride(), axes, 1);
        long[] dilation = perAxis(op, "dilation", options.dilation(), axes, 1);
        long[] padding = perAxis(op, "padding", options.padding(), axes, 0);
        if (isOther(options.outputPadding(), 0)) {
            throw new IllegalArgumentException(op + ": outputPadding is " + options.outputPadding()
                    + "; only transposed convolutions have one");
        }
        if (options.same() && isOther(options.stride(), 1)) {
            throw new IllegalArgumentException(op + ": padding \"same\" needs a stride of 1, got " + options.stride());
        }
        for (int i = 0; i < axes; i++) {
            long reach = Math.multiplyExact(dilation[i], weight.size(2 + i) - 1);
            long both = options.same() ? reach : Math.multiplyExact(2, padding[i]);
            padding[i] = both / 2;
            long room = Math.subtractExact(Math.addExact(sizes[2 + i], both), reach);
            if (room < 1) {
                throw new IllegalArgumentException(op + ": the kernel is larger than the input along spatial axis " + i
                        + ": " + weight.size(2 + i) + " places with dilation " + dilation[i] + " reach over "
                        + (reach + 1) + " elements, the input has " + sizes[2 + i] + " and " + both + " of padding");
            }
            sizes[2 + i] = (room - 1) / stride[i] + 1;
        }
        return new ConvGeometry(new Sliding(stride, padding, dilation), Shape.of(op, sizes));
    }

    private static ConvGeometry transposed(String op, long[] sizes, Shape weight, ConvOptions options) {
        int axes = sizes.length - 2;
        long[] stride = perAxis(op, "stride", options.stride(), axes, 1);
        long[] dilation = perAxis(op, "dilation", options.dilation(), axes, 1);
        long[] padding = perAxis(op, "padding", options.padding(), axes, 0);
        long[] more = perAxis(op, "outputPadding", options.outputPadding(), axes, 0);
        if (options.same() || options.paddingMode() != null) {
            throw new IllegalArgumentException(
                    op + ": a transposed convolution takes padding off, so that it has neither "
                            + "padding \"same\" nor a padding mode; got " + options);
        }
        for (int i = 0; i < axes; i++) {
            if (more[i] >= stride[i] && more[i] >= dilation[i]) {
                throw new IllegalArgumentException(op + ": outputPadding is " + more[i] + " along spatial axis " + i
                        + "; it must be smaller than the stride " + stride[i] + " or the dilation " + dilation[i]);
            }
            long size = Math.addExact(Math.addExact(Math.multiplyExact(sizes[2 + i] - 1, stride[i]),
                    Math.multiplyExact(dilation[i], weight.size(2 + i) - 1)), more[i] + 1);
            long rest = Math.subtractExact(size, Math.multiplyExact(2, padding[i]));
            if (sizes[2 + i] < 1 || rest < 1) {
                throw new IllegalArgumentException(op + ": nothing is left along spatial axis " + i + ": "
                        + sizes[2 + i] + " elements become " + size + ", of which padding " + padding[i]
                        + " is taken off at both ends");
            }
            sizes[2 + i] = rest;
        }
        return new ConvGeometry(new Sliding(stride, padding, dilation), Shape.of(op, sizes));
    }

    /** Returns a number for each spatial axis, none of them below the least one allowed. */
    private static long[] perAxis(String op, String name, List<Long> given, int axes, long least) {
        boolean fits =
                (given.size() == 1 || given.size() == axes) && given.stream().allMatch(number -> number >= least);
        if (!fits) {
            throw new IllegalArgumentException(op + ": " + name + " is " + given + "; it must be one number of " + least
                    + " or more, or one for each of the " + axes + (axes == 1 ? " axis" : " axes"));
        }
        long[] numbers = new long[axes];
        Arrays.setAll(numbers, i -> given.get(given.size() == 1 ? 0 : i));
        return numbers;
    }

    private static boolean isOther(List<Long> given, long number) {
        return given.stream().anyMatch(one -> one != number);
    }
}
