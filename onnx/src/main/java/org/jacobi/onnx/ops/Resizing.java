package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/** Operators that make images larger or smaller, over any number of axes: each axis by itself. */
final class Resizing {
    private Resizing() {
    }

    static void register() {
        Operators.add("Upsample", 1, call -> upsample(call, new double[] {1, 1, call.real("height_scale", 1),
            call.real("width_scale", 1)}));
        Operators.add("Upsample", 7, call -> upsample(call, doubles(call.reals("scales"))));
        Operators.add("Upsample", 9, call -> upsample(call, call.numbers(1).toDoubleArray()));
        Operators.add("Resize", 10, call -> upsample(call, call.numbers(1).toDoubleArray()));
        Operators.add("Resize", 11, Resizing::resize);
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    /** How one axis is resized: its old and new size, and the scale that coordinates are computed with. */
    private record Axis(int axis, long in, long out, double scale, double roiStart, double roiEnd) {
        /** Returns where in the input an output position lies. */
        double source(long at, String mode) {
            double length = in * scale; // not always a whole number, as out is
            return switch (mode) {
                case "half_pixel" -> (at + 0.5) / scale - 0.5;
                case "half_pixel_symmetric" -> {
                    double offset = in / 2.0 * (1 - out / length);
                    yield offset + (at + 0.5) / scale - 0.5;
                }
                case "pytorch_half_pixel" -> out > 1 ? (at + 0.5) / scale - 0.5 : 0;
                case "align_corners" -> length == 1 ? 0 : at * (in - 1) / (length - 1);
                case "asymmetric" -> at / scale;
                case "tf_half_pixel_for_nn" -> (at + 0.5) / scale;
                case "tf_crop_and_resize" -> out > 1
                        ? roiStart * (in - 1) + at * (roiEnd - roiStart) * (in - 1) / (length - 1)
                        : 0.5 * (roiStart + roiEnd) * (in - 1);
                default -> throw new IllegalArgumentException(
                        "attribute 'coordinate_transformation_mode' is " + mode);
            };
        }
    }

    /** Before version 11 positions were only divided by the scale. */
    private static OnnxTensor upsample(Call call, double[] scales) {
        OnnxTensor x = call.tensor(0);
        String mode = call.text("mode", "nearest");
        OnnxTensor out = x;
        for (int i = 0; i < x.rank(); i++) {
            long size = (long) Math.floor(x.size(i) * scales[i]);
            if (scales[i] != 1 || size != x.size(i)) {
                Axis axis = new Axis(i, x.size(i), size, scales[i], 0, 1);
                out = mode.equals("nearest") ? nearest(out, axis, "asymmetric", "floor")
                        : interpolated(out, axis, "asymmetric", linear(), 1, false, false);
            }
        }
        return out;
    }

    private static OnnxTensor resize(Call call) {
        OnnxTensor x = call.tensor(0);
        int[] axes = Numbers.axes(call.integers("axes"), x.rank());
        String coordinates = call.text("coordinate_transformation_mode", "half_pixel");
        String mode = call.text("mode", "nearest");
        boolean exclude = call.flag("exclude_outside", false);
        boolean antialias = call.flag("antialias", false);
        double a = call.real("cubic_coeff_a", -0.75);
        OnnxTensor out = x;
        Tensor outside = null;
        for (Axis axis : resizedAxes(call, x, axes)) {
            if (axis.in == axis.out && axis.scale == 1 && !coordinates.equals("tf_crop_and_resize")) {
                continue;
            }
            out = switch (mode) {
                case "nearest" -> nearest(out, axis, coordinates, call.text("nearest_mode", "round_prefer_floor"));
                case "linear" -> interpolated(out, axis, coordinates, linear(), 1, exclude, antialias);
                case "cubic" -> interpolated(out, axis, coordinates, cubic(a), 2, exclude, antialias);
                default -> throw new IllegalArgumentException(
                        "attribute 'mode' must be nearest, linear or cubic, got " + mode);
            };
            if (coordinates.equals("tf_crop_and_resize")) {
                boolean[] beyond = new boolean[(int) axis.out];
                for (int i = 0; i < beyond.length; i++) {
                    double source = axis.source(i, coordinates);
                    beyond[i] = source < 0 || source > axis.in - 1;
                }
                long[] sizes = new long[x.rank()];
                Arrays.fill(sizes, 1);
                sizes[axis.axis] = axis.out;
                Tensor along = Tensor.of(beyond).reshape(sizes);
                outside = outside == null ? along : outside.logicalOr(along);
            }
        }
        if (outside == null) {
            return out;
        }
        Tensor fill = Tensor.scalar(call.real("extrapolation_value", 0));
        Tensor inside = Numbers.wide(out);
        return Numbers.narrow(x.type(), Tensor.where(outside, fill.to(inside.dtype()), inside));
    }

    /** Reads from scales or sizes, of which one is given, what becomes of each axis. */
    private static List<Axis> resizedAxes(Call call, OnnxTensor x, int[] axes) {
        boolean bySizes = call.has(3) && call.tensor(3).numel() > 0;
        double[] scales = bySizes ? new double[axes.length] : call.numbers(2).toDoubleArray();
        long[] sizes = new long[axes.length];
        long[] wanted = bySizes ? call.integersOf(3) : sizes;
        if (scales.length != axes.length || wanted.length != axes.length) {
            throw new IllegalArgumentException("scales or sizes are not " + axes.length + " numbers");
        }
        for (int i = 0; i < axes.length; i++) {
            scales[i] = bySizes ? (double) wanted[i] / x.size(axes[i]) : scales[i];
            sizes[i] = bySizes ? wanted[i] : (long) Math.floor(x.size(axes[i]) * scales[i]);
        }
        String policy = call.text("keep_aspect_ratio_policy", "stretch");
        if (bySizes && !policy.equals("stretch")) {
            double common = policy.equals("not_larger") ? Arrays.stream(scales).min().orElse(1)
                    : Arrays.stream(scales).max().orElse(1);
            for (int i = 0; i < axes.length; i++) {
                scales[i] = common;
                sizes[i] = (long) Math.floor(x.size(axes[i]) * common + 0.5);
            }
        }
        double[] roi = call.has(1) && call.tensor(1).numel() > 0 ? call.numbers(1).toDoubleArray() : null;
        List<Axis> out = new ArrayList<>();
        for (int i = 0; i < axes.length; i++) {
            out.add(new Axis(axes[i], x.size(axes[i]), sizes[i], scales[i], roi == null ? 0 : roi[i],
                    roi == null ? 1 : roi[axes.length + i]));
        }
        return out;
    }

    private static OnnxTensor nearest(OnnxTensor x, Axis axis, String coordinates, String rounding) {
        long[] index = new long[Numbers.size(axis.out)];
        for (int i = 0; i < index.length; i++) {
            double source = axis.source(i, coordinates);
            double rounded = switch (rounding) {
                case "floor" -> Math.floor(source);
                case "ceil" -> Math.ceil(source);
                case "round_prefer_floor" -> Math.ceil(source - 0.5);
                case "round_prefer_ceil" -> Math.floor(source + 0.5);
                default -> throw new IllegalArgumentException("attribute 'nearest_mode' is " + rounding);
            };
            index[i] = Math.clamp((long) rounded, 0, axis.in - 1);
        }
        return x.move(t -> t.indexSelect(axis.axis, Tensor.of(index)));
    }

    static DoubleUnaryOperator linear() {
        return x -> Math.max(0, 1 - Math.abs(x));
    }

    /** Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981. */
    static DoubleUnaryOperator cubic(double a) {
        return at -> {
            double x = Math.abs(at);
            return x <= 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? ((x - 5) * x + 8) * x * a - 4 * a : 0;
        };
    }

    /**
     * Returns an axis resized by a matrix of weights: those of a kernel around each source position, widened when the image
     * becomes smaller and is not to show false patterns.
     */
    private static OnnxTensor interpolated(OnnxTensor x, Axis axis, String coordinates, DoubleUnaryOperator kernel,
            int radius, boolean exclude, boolean antialias) {
        double squeeze = antialias ? Math.min(1, axis.scale) : 1;
        int reach = (int) Math.ceil(radius / squeeze);
        int in = (int) axis.in;
        double[] weights = new double[Numbers.size(axis.out * in)];
        for (int i = 0; i < axis.out; i++) {
            double source = axis.source(i, coordinates);
            long middle = (long) Math.floor(source);
            double total = 0;
            double[] row = new double[in];
            for (long at = middle - reach; at <= middle + reach + 1; at++) {
                boolean inside = at >= 0 && at < in;
                double weight = inside || !exclude ? kernel.applyAsDouble((at - source) * squeeze) : 0;
                row[Math.clamp(at, 0, in - 1)] += weight;
                total += weight;
            }
            for (int j = 0; j < in; j++) {
                weights[i * in + j] = row[j] / total;
            }
        }
        Tensor numbers = Numbers.wide(x);
        Tensor floating = numbers.dtype().isFloating() ? numbers : numbers.to(DType.F32);
        Tensor matrix = Tensor.of(weights, axis.out, in).to(floating.dtype());
        Tensor result = floating.transpose(axis.axis, -1).matmul(matrix.t()).transpose(axis.axis, -1);
        return Casts.cast(OnnxTensor.of(result), x.type());
    }
}
