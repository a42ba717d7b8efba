package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.List;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.OnnxValue;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Convolutions, over any number of spatial axes: windows become columns of a matrix, and the rest is a product. */
final class Convolutions {
    private Convolutions() {
    }

    static void register() {
        Operators.add("Conv", call -> {
            Tensor bias = call.has(2) ? call.numbers(2) : null;
            return call.likeFirst(convolve(call, call.numbers(0), call.numbers(1), bias));
        });
        Operators.add("ConvInteger", call -> {
            Tensor x = centered(call.tensor(0), call.optional(2));
            Tensor w = centered(call.tensor(1), call.optional(3));
            return OnnxTensor.of(convolve(call, x, w, null).to(DType.I32));
        });
        Operators.add("QLinearConv", Convolutions::quantized);
        Operators.add("ConvTranspose", Convolutions::transposed);
        Operators.add("DeformConv", Convolutions::deformed);
        Operators.add("Col2Im", Convolutions::col2Im);
        Operators.addMany("CausalConvWithState", Convolutions::causal);
    }

    /** Returns the convolution of x (N, C, ...) with filters w (M, C / group, ...) as the node's attributes say. */
    private static Tensor convolve(Call call, Tensor x, Tensor w, Tensor bias) {
        long group = call.integer("group", 1);
        long[] kernel = Windows.spatial(w);
        long[] given = call.integers("kernel_shape");
        if (x.rank() != w.rank() || x.size(1) != w.size(1) * group || w.size(0) % group != 0
                || given != null && !Arrays.equals(given, kernel)) {
            throw new IllegalArgumentException("input " + x.shape() + " and filters " + w.shape() + " in " + group
                    + " groups do not fit" + (given == null ? "" : ", or not kernel_shape " + Arrays.toString(given)));
        }
        Windows windows = Windows.of(call, Windows.spatial(x), kernel, false);
        return filtered(windows.unfold(x, 0), w, bias, group, windows.output());
    }

    /** Returns columns (N, C, places, windows) times filters. */
    private static Tensor filtered(Tensor columns, Tensor w, Tensor bias, long group, long[] output) {
        long n = columns.size(0);
        long m = w.size(0);
        long count = columns.size(3);
        long rows = columns.size(1) / group * columns.size(2);
        Tensor y = w.reshape(group, m / group, rows)
                .matmul(columns.reshape(n, group, rows, count))
                .reshape(n, m, count);
        if (bias != null) {
            y = y.add(bias.reshape(m, 1));
        }
        return y.reshape(Windows.outputShape(n, m, output));
    }

    // ---- of integers -----------------------------------------------------------------------------------------------

    /** Returns integers less their zero point; one for each filter is for the first axis. */
    private static Tensor centered(OnnxTensor x, OnnxTensor zero) {
        Tensor numbers = x.data().to(DType.F64);
        return zero == null ? numbers : numbers.sub(perFilter(zero.data().to(DType.F64), x.rank()));
    }

    private static Tensor perFilter(Tensor x, int rank) {
        if (x.numel() == 1) {
            return x.reshape();
        }
        long[] sizes = new long[rank];
        Arrays.fill(sizes, 1);
        sizes[0] = x.numel();
        return x.reshape(sizes);
    }

    private static OnnxTensor quantized(Call call) {
        Tensor x = centered(call.tensor(0), call.tensor(2));
        Tensor w = centered(call.tensor(3), call.tensor(5));
        Tensor bias = call.has(8) ? call.tensor(8).data().to(DType.F64) : null;
        Tensor sums = convolve(call, x, w, bias);
        Tensor scale = perFilter(call.numbers(4), x.rank() - 1).mul(call.numbers(1).reshape())
                .div(call.numbers(6).reshape());
        return Quantization.saturated(sums.mul(scale), call.tensor(7));
    }

    // ---- transposed ------------------------------------------------------------------------------------------------

    /** The gradient of a convolution: what would be a window's place in the input gets its share of each output. */
    private static OnnxTensor transposed(Call call) {
        Tensor x = call.numbers(0);
        Tensor w = call.numbers(1);
        long group = call.integer("group", 1);
        if (x.rank() != w.rank() || x.size(1) != w.size(0) || x.size(1) % group != 0) {
            throw new IllegalArgumentException(
                    "input " + x.shape() + " and filters " + w.shape() + " in " + group + " groups do not fit");
        }
        long[] input = Windows.spatial(x);
        Windows windows = transposedWindows(call, input, Windows.spatial(w));
        long n = x.size(0);
        long c = x.size(1);
        long m = w.size(1) * group;
        Tensor columns = w.reshape(group, c / group, w.size(1) * windows.places())
                .transpose(1, 2)
                .matmul(x.reshape(n, group, c / group, windows.count()))
                .reshape(n, m, windows.places(), windows.count());
        Tensor y = windows.fold(columns);
        if (call.has(2)) {
            long[] sizes = new long[x.rank() - 1];
            Arrays.fill(sizes, 1);
            sizes[0] = m;
            y = y.add(call.numbers(2).reshape(sizes));
        }
        return call.likeFirst(y);
    }

    private static Windows transposedWindows(Call call, long[] input, long[] kernel) {
        int axes = input.length;
        long[] strides = Windows.orOnes(call.integers("strides"), axes);
        long[] dilations = Windows.orOnes(call.integers("dilations"), axes);
        long[] extra = call.hasAttribute("output_padding") ? call.integers("output_padding") : new long[axes];
        long[] pads = call.hasAttribute("pads") ? call.integers("pads") : new long[2 * axes];
        long[] wanted = call.integers("output_shape");
        String auto = call.text("auto_pad", "NOTSET");
        boolean same = auto.startsWith("SAME");
        long[] begin = new long[axes];
        long[] end = new long[axes];
        long[] output = new long[axes];
        for (int i = 0; i < axes; i++) {
            long full = strides[i] * (input[i] - 1) + extra[i] + (kernel[i] - 1) * dilations[i] + 1;
            if (wanted != null || same) {
                // Some models give batch and channels as well.
                output[i] = wanted != null ? wanted[wanted.length - axes + i] : input[i] * strides[i];
                long total = Math.max(0, full - output[i]);
                begin[i] = auto.equals("SAME_UPPER") ? total / 2 : total - total / 2;
                end[i] = total - begin[i];
            } else {
                begin[i] = auto.equals("VALID") ? 0 : pads[i];
                end[i] = auto.equals("VALID") ? 0 : pads[axes + i];
                output[i] = full - begin[i] - end[i];
            }
        }
        return new Windows(output, kernel, strides, dilations, begin, end, input);
    }

    private static OnnxTensor col2Im(Call call) {
        Tensor x = call.numbers(0);
        long[] image = call.integersOf(1);
        long[] block = call.integersOf(2);
        Windows windows = Windows.of(call, image, block, false);
        return call.likeFirst(
                windows.fold(x.reshape(x.size(0), x.size(1) / windows.places(), windows.places(), windows.count())));
    }

    // ---- deformed --------------------------------------------------------------------------------------------------

    /** Windows whose places are moved by offsets, between elements too: Dai et al., 2017; with a mask Zhu et al., 2018. */
    private static OnnxTensor deformed(Call call) {
        Tensor x = call.numbers(0);
        Tensor w = call.numbers(1);
        long group = call.integer("group", 1);
        long offsetGroup = call.integer("offset_group", 1);
        Windows windows = Windows.of(call, Windows.spatial(x), Windows.spatial(w), false);
        if (windows.input().length != 2) {
            throw new IllegalArgumentException("needs two spatial axes, got shape " + x.shape());
        }
        int n = (int) x.size(0);
        int c = (int) x.size(1);
        int places = (int) windows.places();
        int count = (int) windows.count();
        double[] image = x.toDoubleArray();
        double[] offsets = call.numbers(2).toDoubleArray();
        double[] mask = call.has(4) ? call.numbers(4).toDoubleArray() : null;
        double[] columns = new double[Numbers.size((long) n * c * places * count)];
        long height = windows.input()[0];
        long width = windows.input()[1];
        int at = 0;
        for (int b = 0; b < n; b++) {
            for (int channel = 0; channel < c; channel++) {
                long of = channel / (c / offsetGroup);
                for (int p = 0; p < places; p++) {
                    long place = (b * offsetGroup + of) * places + p;
                    for (int i = 0; i < count; i++) {
                        double row = i / windows.output()[1] * windows.strides()[0] - windows.begin()[0]
                                + p / windows.kernel()[1] * windows.dilations()[0]
                                + offsets[(int) (2 * place * count + i)];
                        double column = i % windows.output()[1] * windows.strides()[1] - windows.begin()[1]
                                + p % windows.kernel()[1] * windows.dilations()[1]
                                + offsets[(int) ((2 * place + 1) * count + i)];
                        double value = bilinear(image, (b * c + channel) * height * width, height, width, row, column);
                        columns[at++] = mask == null ? value : value * mask[(int) (place * count + i)];
                    }
                }
            }
        }
        Tensor unfolded = Numbers.like(Shape.of(n, c, places, count), columns).to(x.dtype());
        Tensor bias = call.has(3) ? call.numbers(3) : null;
        return call.likeFirst(filtered(unfolded, w, bias, group, windows.output()));
    }

    /** Returns the value between four neighbours; there is zero outside of the image. */
    private static double bilinear(double[] image, long start, long height, long width, double row, double column) {
        double sum = 0;
        for (int dr = 0; dr < 2; dr++) {
            for (int dc = 0; dc < 2; dc++) {
                double r = Math.floor(row) + dr;
                double c = Math.floor(column) + dc;
                if (r >= 0 && r < height && c >= 0 && c < width) {
                    sum += image[(int) (start + (long) r * width + (long) c)] * (1 - Math.abs(row - r))
                            * (1 - Math.abs(column - c));
                }
            }
        }
        return sum;
    }

    // ---- causal ----------------------------------------------------------------------------------------------------

    /** A filter for each channel over the present and the past, of which the last positions are handed on. */
    private static List<OnnxValue> causal(Call call) {
        ElementType type = call.tensor(0).type();
        Tensor x = call.numbers(0);
        Tensor w = call.numbers(1);
        long past = w.size(2) - 1;
        Tensor state = call.has(3) ? call.numbers(3) : Tensor.zeros(x.dtype(), x.size(0), x.size(1), past);
        Tensor all = Tensor.cat(2, state, x);
        Windows windows = Windows.of(call, new long[] {all.size(2)}, new long[] {w.size(2)}, false);
        Tensor bias = call.has(2) ? call.numbers(2) : null;
        Tensor y = filtered(windows.unfold(all, 0), w, bias, x.size(1), windows.output());
        Tensor activated = switch (call.text("activation", "none")) {
            case "none" -> y;
            case "silu", "swish" -> y.silu();
            default -> throw new IllegalArgumentException("attribute 'activation' must be none, silu or swish");
        };
        return List.of(Numbers.narrow(type, activated),
                Numbers.narrow(type, all.narrow(2, all.size(2) - past, past)));
    }
}
