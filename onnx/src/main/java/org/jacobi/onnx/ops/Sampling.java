package org.jacobi.onnx.ops;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators that read an image along a grid of points. */
final class Sampling {
    private Sampling() {
    }

    static void register() {
        Operators.add("AffineGrid", Sampling::affineGrid);
        Operators.add("GridSample", Sampling::gridSample);
    }

    /** Jaderberg et al., "Spatial Transformer Networks", 2015: coordinates from -1 to 1, moved by matrices theta. */
    private static OnnxTensor affineGrid(Call call) {
        Tensor theta = call.numbers(0);
        long[] size = call.integersOf(1);
        boolean corners = call.flag("align_corners", false);
        int axes = size.length - 2;
        long[] spatial = Arrays.copyOfRange(size, 2, size.length);
        Tensor[] coordinates = new Tensor[axes + 1];
        for (int i = 0; i < axes; i++) {
            long n = spatial[i];
            double step = corners ? n == 1 ? 0 : 2.0 / (n - 1) : 2.0 / n;
            double start = corners ? n == 1 ? 0 : -1 : -1 + 1.0 / n;
            double[] line = new double[(int) n];
            Arrays.setAll(line, j -> start + j * step);
            long[] sizes = new long[axes];
            Arrays.fill(sizes, 1);
            sizes[i] = n;
            // The grid's coordinates are x, y, z: the axes from the last to the first.
            coordinates[axes - 1 - i] = Tensor.of(line).reshape(sizes).expand(spatial);
        }
        coordinates[axes] = Tensor.ones(DType.F64, spatial);
        long points = Numbers.product(spatial, 0, axes);
        Tensor base = Tensor.stack(axes, coordinates).reshape(points, axes + 1);
        Tensor moved = base.matmul(theta.to(DType.F64).transpose(1, 2)); // (N, points, axes)
        long[] shape = new long[axes + 2];
        shape[0] = size[0];
        System.arraycopy(spatial, 0, shape, 1, axes);
        shape[axes + 1] = axes;
        return call.likeFirst(moved.reshape(shape));
    }

    /** An image of any number of axes, read between its elements and beyond its border. */
    private record Sampler(double[] image, long[] sizes, String padding, boolean corners) {
        /** Returns where coordinates from -1 to 1 lie among the elements of an axis. */
        double position(double x, int axis) {
            return corners ? (x + 1) / 2 * (sizes[axis] - 1) : ((x + 1) * sizes[axis] - 1) / 2;
        }

        /** Brings a position beyond the border back into the image, but for padding with zeros. */
        double inside(double x, int axis) {
            long n = sizes[axis];
            return switch (padding) {
                case "zeros" -> x;
                case "border" -> Math.clamp(x, 0, n - 1);
                case "reflection" -> reflected(x, corners ? 0 : -0.5, corners ? n - 1 : n - 0.5);
                default -> throw new IllegalArgumentException("attribute 'padding_mode' is " + padding);
            };
        }

        private static double reflected(double x, double low, double high) {
            double range = high - low;
            if (range == 0) {
                return low;
            }
            if (x >= low && x <= high) {
                return x;
            }
            double turn = Math.abs(x - low) % (2 * range);
            return turn <= range ? low + turn : high - (turn - range);
        }

        /** Returns the element at whole positions. */
        double element(long start, long[] at) {
            long position = 0;
            for (int i = 0; i < at.length; i++) {
                long x = at[i];
                if (x < 0 || x >= sizes[i]) {
                    if (padding.equals("zeros")) {
                        return 0;
                    }
                    x = Math.clamp((long) inside(x, i), 0, sizes[i] - 1);
                }
                position = position * sizes[i] + x;
            }
            return image[(int) (start + position)];
        }

        /** Sums the elements around a point, axis by axis, by the weights of a kernel. */
        double interpolate(long start, double[] point, long[] at, int axis, DoubleUnaryOperator kernel, int radius) {
            if (axis == point.length) {
                return element(start, at);
            }
            double sum = 0;
            long floor = (long) Math.floor(point[axis]);
            for (long i = floor - radius + 1; i <= floor + radius; i++) {
                double weight = kernel.applyAsDouble(point[axis] - i);
                if (weight != 0) {
                    at[axis] = i;
                    sum += weight * interpolate(start, point, at, axis + 1, kernel, radius);
                }
            }
            return sum;
        }
    }

    private static OnnxTensor gridSample(Call call) {
        Tensor x = call.numbers(0);
        Tensor grid = call.numbers(1);
        int axes = x.rank() - 2;
        Sampler sampler = new Sampler(x.toDoubleArray(), Windows.spatial(x), call.text("padding_mode", "zeros"),
                call.flag("align_corners", false));
        String mode = call.text("mode", "linear");
        double[] where = grid.toDoubleArray();
        int batches = (int) x.size(0);
        int channels = (int) x.size(1);
        int points = where.length / Math.max(1, batches * axes);
        long volume = Numbers.product(sampler.sizes, 0, axes);
        double[] out = new double[Numbers.size((long) batches * channels * points)];
        for (int b = 0; b < batches; b++) {
            for (int p = 0; p < points; p++) {
                double[] point = new double[axes];
                for (int i = 0; i < axes; i++) {
                    double position =
                            sampler.position(where[(b * points + p) * axes + axes - 1 - i], i);
                    point[i] = sampler.inside(mode.equals("nearest") ? Math.rint(position) : position, i);
                }
                for (int c = 0; c < channels; c++) {
                    long start = ((long) b * channels + c) * volume;
                    out[(b * channels + c) * points + p] = switch (mode) {
                        case "nearest" -> sampler.element(start,
                                Arrays.stream(point).mapToLong(v -> (long) Math.rint(v)).toArray());
                        case "linear", "bilinear" ->
                                sampler.interpolate(start, point, new long[axes], 0, Resizing.linear(), 1);
                        case "cubic", "bicubic" ->
                                sampler.interpolate(start, point, new long[axes], 0, Resizing.cubic(-0.75), 2);
                        default -> throw new IllegalArgumentException("attribute 'mode' is " + mode);
                    };
                }
            }
        }
        long[] shape = grid.shape().toArray();
        return call.likeFirst(Numbers.like(Shape.of(Windows.outputShape(batches, channels,
                Arrays.copyOfRange(shape, 1, shape.length - 1))), out));
    }
}
