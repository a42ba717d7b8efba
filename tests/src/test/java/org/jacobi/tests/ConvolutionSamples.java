package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.ComposedConvolutions;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.PadMode;

/** The rows of convolutions: every option, sizes around the lane counts along each kind of axis. */
final class ConvolutionSamples {
    /** The reference's loops are slow; 67 channels, or elements of a row, are several vectors and a rest. */
    private static final int LARGEST = 67;
    private static final ConvOptions PLAIN = new ConvOptions();

    private ConvolutionSamples() {
    }

    static void add() {
        oneAxis();
        twoAxes();
        threeAxes();
        transposed();
        paddingModes();
        row("convolution", "two axes", n -> operands(sizes(2, 3, 4, n + 1), sizes(4, 3, 2, 2), 4)).upTo(LARGEST)
                .variables(v -> v[0].convolution(v[1], v[2], PLAIN.stride(1, 2), false))
                .tensors(t -> t[0].convolution(t[1], t[2], PLAIN.stride(1, 2), false))
                .torch(p -> torch.convolution(p[0], p[1], new TensorOptional(p[2]), sizes(1, 2), sizes(0, 0),
                        sizes(1, 1),
                        false, sizes(0, 0), 1));
        row("convolution", "transposed", n -> operands(sizes(2, 3, 3, n), sizes(3, 4, 2, 2), 4)).upTo(LARGEST)
                .variables(v -> v[0].convolution(v[1], v[2], PLAIN.stride(1, 2), true))
                .tensors(t -> t[0].convolution(t[1], t[2], PLAIN.stride(1, 2), true))
                .torch(p -> torch.convolution(p[0], p[1], new TensorOptional(p[2]), sizes(1, 2), sizes(0, 0),
                        sizes(1, 1),
                        true, sizes(0, 0), 1));
        row("convolution", "four axes", n -> operands(sizes(1, 2, 2, 3, 2, n + 1), sizes(2, 2, 2, 2, 1, 2), 2)).upTo(16)
                .variables(v -> v[0].convolution(v[1], v[2], PLAIN.padding(0, 1, 0, 1), false))
                .tensors(t -> t[0].convolution(t[1], t[2], PLAIN.padding(0, 1, 0, 1), false));
    }

    private static long[] sizes(long... sizes) {
        return sizes;
    }

    /** Returns x, weight and, unless it has no elements, bias. */
    private static List<Operand> operands(long[] x, long[] weight, long bias) {
        List<Operand> operands = new ArrayList<>(List.of(within(-1, 1, x), within(-1, 1, weight)));
        if (bias > 0) {
            operands.add(within(-1, 1, bias));
        }
        return operands;
    }

    // ---- one row, three times --------------------------------------------------------------------------------------

    private static OpSample conv(String op, String variant, ConvOptions options, IntFunction<List<Operand>> operands) {
        return row(op, variant, operands).upTo(LARGEST)
                .variables(v -> ours(op, options, v)).tensors(t -> ours(op, options, t))
                .torch(p -> torchs(op, options, p));
    }

    @SafeVarargs
    private static <T extends ComposedConvolutions<T>> T ours(String op, ConvOptions options, T... in) {
        T bias = in.length > 2 ? in[2] : null;
        boolean plain = options.equals(PLAIN);
        return switch (op) {
            case "conv1d" -> plain ? in[0].conv1d(in[1], bias) : in[0].conv1d(in[1], bias, options);
            case "conv2d" -> plain ? in[0].conv2d(in[1], bias) : in[0].conv2d(in[1], bias, options);
            case "conv3d" -> plain ? in[0].conv3d(in[1], bias) : in[0].conv3d(in[1], bias, options);
            case "convTranspose1d" -> plain ? in[0].convTranspose1d(in[1], bias)
                    : in[0].convTranspose1d(in[1], bias, options);
            case "convTranspose2d" -> plain ? in[0].convTranspose2d(in[1], bias)
                    : in[0].convTranspose2d(in[1], bias, options);
            case "convTranspose3d" -> plain ? in[0].convTranspose3d(in[1], bias)
                    : in[0].convTranspose3d(in[1], bias, options);
            default -> throw new IllegalArgumentException(op);
        };
    }

    private static long[] perAxis(List<Long> numbers, int axes) {
        long[] all = new long[axes];
        for (int i = 0; i < axes; i++) {
            all[i] = numbers.get(numbers.size() == 1 ? 0 : i);
        }
        return all;
    }

    private static Tensor torchs(String op, ConvOptions options, Tensor... in) {
        int axes = op.charAt(op.length() - 2) - '0';
        TensorOptional bias = in.length > 2 ? new TensorOptional(in[2]) : new TensorOptional();
        long[] stride = perAxis(options.stride(), axes);
        long[] padding = perAxis(options.padding(), axes);
        long[] dilation = perAxis(options.dilation(), axes);
        long[] more = perAxis(options.outputPadding(), axes);
        long groups = options.groups();
        Tensor x = in[0];
        Tensor w = in[1];
        if (options.same()) {
            return switch (op) {
                case "conv1d" -> torch.conv1d(x, w, bias, stride, "same", dilation, groups);
                case "conv2d" -> torch.conv2d(x, w, bias, stride, "same", dilation, groups);
                default -> torch.conv3d(x, w, bias, stride, "same", dilation, groups);
            };
        }
        return switch (op) {
            case "conv1d" -> torch.conv1d(x, w, bias, stride, padding, dilation, groups);
            case "conv2d" -> torch.conv2d(x, w, bias, stride, padding, dilation, groups);
            case "conv3d" -> torch.conv3d(x, w, bias, stride, padding, dilation, groups);
            case "convTranspose1d" -> torch.conv_transpose1d(x, w, bias, stride, padding, more, groups, dilation);
            case "convTranspose2d" -> torch.conv_transpose2d(x, w, bias, stride, padding, more, groups, dilation);
            default -> torch.conv_transpose3d(x, w, bias, stride, padding, more, groups, dilation);
        };
    }

    // ---- the rows --------------------------------------------------------------------------------------------------

    private static void oneAxis() {
        conv("conv1d", "", PLAIN, n -> operands(sizes(2, 3, n + 2), sizes(4, 3, 3), 4));
        conv("conv1d", "stride, padding, dilation", PLAIN.stride(2).padding(2).dilation(2),
                n -> operands(sizes(2, 3, n + 1), sizes(4, 3, 3), 4));
        conv("conv1d", "input channels", PLAIN.padding(1), n -> operands(sizes(2, n, 5), sizes(3, n, 3), 0));
        conv("conv1d", "output channels", PLAIN.padding(1), n -> operands(sizes(2, 2, 5), sizes(n, 2, 3), n));
        conv("conv1d", "groups", PLAIN.groups(2), n -> operands(sizes(2, 4, n + 1), sizes(6, 2, 2), 6));
        conv("conv1d", "depthwise", PLAIN.groups(3).padding(1), n -> operands(sizes(2, 3, n), sizes(3, 1, 3), 3));
        conv("conv1d", "same, even kernel", PLAIN.padding("same").dilation(3),
                n -> operands(sizes(2, 2, n), sizes(2, 2, 4), 2));
        conv("conv1d", "one example", PLAIN.padding(1), n -> operands(sizes(3, n), sizes(2, 3, 3), 2));
        conv("conv1d", "one place", PLAIN, n -> operands(sizes(2, 3, n), sizes(4, 3, 1), 4));
        conv("conv1d", "valid", PLAIN.padding("valid"), n -> operands(sizes(1, 1, n + 4), sizes(1, 1, 5), 0));
    }

    private static void twoAxes() {
        conv("conv2d", "", PLAIN, n -> operands(sizes(2, 3, 4, n + 2), sizes(4, 3, 3, 3), 4));
        conv("conv2d", "padding", PLAIN.padding(1), n -> operands(sizes(2, 3, 3, n), sizes(4, 3, 3, 3), 4));
        conv("conv2d", "padding, square images", PLAIN.padding(1),
                n -> operands(sizes(1, 2, n, n), sizes(3, 2, 3, 3), 3)).upTo(33);
        conv("conv2d", "no bias", PLAIN.padding(1), n -> operands(sizes(2, 2, 4, n), sizes(2, 2, 3, 3), 0));
        conv("conv2d", "stride 2", PLAIN.stride(2).padding(1), n -> operands(sizes(2, 3, 5, n), sizes(4, 3, 3, 3), 4));
        // The weight's gradient is a sum of about a thousand products.
        conv("conv2d", "stride 2, columns in several parts", PLAIN.stride(2).padding(2, 1),
                n -> operands(sizes(2, 2, 2 * n - 1, 33), sizes(3, 2, 5, 3), 3)).upTo(67).tolerance(5e-5);
        conv("conv2d", "stride and dilation", PLAIN.stride(3, 2).padding(4, 2).dilation(2, 3),
                n -> operands(sizes(2, 2, 7, n), sizes(3, 2, 3, 2), 3));
        conv("conv2d", "stride 2, no padding", PLAIN.stride(2),
                n -> operands(sizes(2, 2, 4, n + 3), sizes(3, 2, 2, 3), 3));
        conv("conv2d", "stride beyond the kernel", PLAIN.stride(3),
                n -> operands(sizes(2, 2, 5, n + 3), sizes(3, 2, 2, 2), 3));
        conv("conv2d", "each axis its own", PLAIN.stride(2, 1).padding(1, 2).dilation(1, 2),
                n -> operands(sizes(2, 2, 4, n + 2), sizes(3, 2, 2, 3), 3));
        conv("conv2d", "dilation", PLAIN.dilation(2).padding(2),
                n -> operands(sizes(1, 2, 4, n), sizes(3, 2, 3, 3), 3));
        conv("conv2d", "padding beyond the kernel", PLAIN.padding(3),
                n -> operands(sizes(1, 2, 2, n), sizes(2, 2, 2, 2), 2));
        conv("conv2d", "groups", PLAIN.groups(2).padding(1), n -> operands(sizes(2, 4, 3, n), sizes(6, 2, 3, 3), 6));
        conv("conv2d", "depthwise", PLAIN.groups(3).padding(1), n -> operands(sizes(2, 3, 4, n), sizes(3, 1, 3, 3), 3));
        conv("conv2d", "depthwise, two filters a channel, stride 2", PLAIN.groups(3).padding(1).stride(2),
                n -> operands(sizes(2, 3, 4, n), sizes(6, 1, 3, 3), 6));
        conv("conv2d", "one place, channels", PLAIN, n -> operands(sizes(2, n, 2, 3), sizes(n + 1, n, 1, 1), n + 1));
        conv("conv2d", "one place, stride 2", PLAIN.stride(2), n -> operands(sizes(2, 3, 5, n), sizes(4, 3, 1, 1), 0));
        conv("conv2d", "channels", PLAIN.padding(1), n -> operands(sizes(1, n, 3, 3), sizes(n, n, 3, 3), n)).upTo(33);
        conv("conv2d", "images", PLAIN.padding(1), n -> operands(sizes(n, 2, 4, 4), sizes(3, 2, 3, 3), 3));
        // From 32 tiles of 4 x 4 outputs on, and with channels by the sixteen, another algorithm computes it. Sums of hundreds
        // of products, about 20 in size, may cancel each other; what is left is off by a hundred-thousandth of that size.
        conv("conv2d", "tiles of images", PLAIN.padding(1),
                n -> operands(sizes(n, 16, 5, 4), sizes(32, 16, 3, 3), 32)).upTo(65).tolerance(3e-4);
        conv("conv2d", "tiles of one image", PLAIN.padding(2, 0),
                n -> operands(sizes(1, 16, 22, n + 3), sizes(16, 16, 3, 3), 16)).upTo(33).tolerance(3e-4);
        conv("conv2d", "large kernel", PLAIN.padding(2), n -> operands(sizes(1, 2, 4, n + 1), sizes(2, 2, 5, 5), 2));
        conv("conv2d", "kernel over everything", PLAIN, n -> operands(sizes(2, 2, 2, n), sizes(3, 2, 2, n), 3));
        conv("conv2d", "same, even kernel", PLAIN.padding("same"),
                n -> operands(sizes(2, 2, 3, n), sizes(3, 2, 2, 4), 3));
        conv("conv2d", "one example", PLAIN.padding(1), n -> operands(sizes(2, 3, n), sizes(3, 2, 3, 3), 3));
    }

    private static void threeAxes() {
        conv("conv3d", "", PLAIN, n -> operands(sizes(1, 2, 2, 3, n + 1), sizes(3, 2, 2, 2, 2), 3));
        conv("conv3d", "each axis its own", PLAIN.stride(1, 2, 3).padding(1, 0, 2).dilation(2, 1, 1),
                n -> operands(sizes(1, 2, 3, 3, n + 1), sizes(2, 2, 2, 2, 3), 2));
        conv("conv3d", "groups", PLAIN.groups(2).padding(1),
                n -> operands(sizes(2, 2, 2, 2, n), sizes(2, 1, 3, 3, 3), 2));
        conv("conv3d", "same, one example", PLAIN.padding("same"),
                n -> operands(sizes(2, 2, 2, n), sizes(2, 2, 2, 1, 3), 2));
    }

    private static void transposed() {
        conv("convTranspose1d", "", PLAIN, n -> operands(sizes(2, 3, n), sizes(3, 4, 3), 4));
        conv("convTranspose1d", "all options", PLAIN.stride(3).padding(1).dilation(2).outputPadding(2).groups(2),
                n -> operands(sizes(2, 4, n), sizes(4, 3, 3), 6));
        conv("convTranspose2d", "", PLAIN, n -> operands(sizes(2, 3, 2, n), sizes(3, 2, 3, 3), 2));
        conv("convTranspose2d", "stride 2", PLAIN.stride(2).padding(1).outputPadding(1),
                n -> operands(sizes(2, 3, 3, n), sizes(3, 2, 3, 3), 2));
        conv("convTranspose2d", "padding", PLAIN.padding(1),
                n -> operands(sizes(2, 2, 3, n + 1), sizes(2, 3, 3, 3), 0));
        conv("convTranspose2d", "each axis its own",
                PLAIN.stride(2, 1).padding(1, 0).dilation(1, 3).outputPadding(1, 2),
                n -> operands(sizes(1, 2, 3, n), sizes(2, 3, 2, 3), 3));
        conv("convTranspose2d", "groups", PLAIN.groups(3).stride(2),
                n -> operands(sizes(2, 3, 2, n), sizes(3, 2, 2, 2), 6));
        conv("convTranspose2d", "channels", PLAIN, n -> operands(sizes(1, n, 2, 2), sizes(n, n, 2, 2), n)).upTo(33);
        conv("convTranspose2d", "tiles of images", PLAIN.padding(1),
                n -> operands(sizes(n, 16, 5, 4), sizes(16, 16, 3, 3), 16)).upTo(65).tolerance(3e-4);
        conv("convTranspose2d", "one example", PLAIN.stride(2), n -> operands(sizes(2, 3, n), sizes(2, 3, 2, 2), 3));
        conv("convTranspose3d", "", PLAIN, n -> operands(sizes(1, 2, 2, 2, n), sizes(2, 3, 2, 2, 2), 3));
        conv("convTranspose3d", "stride 2", PLAIN.stride(2).padding(1).outputPadding(1, 0, 1),
                n -> operands(sizes(1, 2, 2, 2, n), sizes(2, 2, 3, 2, 3), 2));
    }

    /** The result for padding made of what is there, which libtorch's layers pad in a step of its own. */
    private static void paddingModes() {
        for (PadMode mode : PadMode.values()) {
            String name = mode.name().toLowerCase(Locale.ROOT);
            conv("conv1d", name, PLAIN.padding(1).paddingMode(mode),
                    n -> operands(sizes(2, 2, n + 1), sizes(3, 2, 3), 3))
                    .torch(p -> torch.conv1d(padded(p[0], name, 1, 1), p[1], new TensorOptional(p[2]), sizes(1),
                            sizes(0),
                            sizes(1), 1));
            conv("conv2d", name, PLAIN.padding(2, 1).stride(2).paddingMode(mode),
                    n -> operands(sizes(2, 2, 4, n + 1), sizes(3, 2, 3, 3), 3))
                    .torch(p -> torch.conv2d(padded(p[0], name, 1, 1, 2, 2), p[1], new TensorOptional(p[2]),
                            sizes(2, 2),
                            sizes(0, 0), sizes(1, 1), 1));
            conv("conv2d", name + ", same, one example", PLAIN.padding("same").paddingMode(mode),
                    n -> operands(sizes(2, 4, n + 1), sizes(3, 2, 4, 2), 3))
                    .torch(p -> torch
                            .conv2d(padded(p[0].unsqueeze(0), name, 0, 1, 1, 2), p[1], new TensorOptional(p[2]),
                                    sizes(1, 1), sizes(0, 0), sizes(1, 1), 1)
                            .squeeze(0));
        }
    }

    private static Tensor padded(Tensor x, String mode, long... amounts) {
        return torch.pad(x, amounts, mode, new DoubleOptional());
    }
}
