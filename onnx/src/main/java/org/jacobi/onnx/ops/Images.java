package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators on images: resizing, sampling along a grid or in regions, choosing boxes. */
final class Images {
    private Images() {
    }

    static void register() {
        Operators.add("Upsample", 1, call -> upsample(call, new double[] {1, 1, call.real("height_scale", 1),
            call.real("width_scale", 1)}));
        Operators.add("Upsample", 7, call -> upsample(call, doubles(call.reals("scales"))));
        Operators.add("Upsample", 9, call -> upsample(call, call.numbers(1).toDoubleArray()));
        Operators.add("Resize", 10, call -> upsample(call, call.numbers(1).toDoubleArray()));
        Operators.add("Resize", 11, Images::resize);
        Operators.add("AffineGrid", Images::affineGrid);
        Operators.add("GridSample", Images::gridSample);
        Operators.add("RoiAlign", Images::roiAlign);
        Operators.add("MaxRoiPool", Images::maxRoiPool);
        Operators.add("NonMaxSuppression", Images::suppress);
    }

    private static double[] doubles(float[] values) {
        return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
    }

    // ---- resizing --------------------------------------------------------------------------------------------------

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
                case "pytorch_half_pixel" -> out > 1 ? (at + 0.5) / scale - 0.5 : -0.5;
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

    private static DoubleUnaryOperator linear() {
        return x -> Math.max(0, 1 - Math.abs(x));
    }

    /** Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981. */
    private static DoubleUnaryOperator cubic(double a) {
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

    // ---- grids -----------------------------------------------------------------------------------------------------

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
                        case "linear", "bilinear" -> sampler.interpolate(start, point, new long[axes], 0, linear(), 1);
                        case "cubic", "bicubic" ->
                                sampler.interpolate(start, point, new long[axes], 0, cubic(-0.75), 2);
                        default -> throw new IllegalArgumentException("attribute 'mode' is " + mode);
                    };
                }
            }
        }
        long[] shape = grid.shape().toArray();
        return call.likeFirst(Numbers.like(Shape.of(Windows.outputShape(batches, channels,
                Arrays.copyOfRange(shape, 1, shape.length - 1))), out));
    }

    // ---- regions ---------------------------------------------------------------------------------------------------

    /** He et al., "Mask R-CNN", 2017: bins of a region, each the mean or the largest of samples between elements. */
    private static OnnxTensor roiAlign(Call call) {
        Tensor x = call.numbers(0);
        double[] rois = call.numbers(1).toDoubleArray();
        long[] batches = call.integersOf(2);
        int outHeight = (int) call.integer("output_height", 1);
        int outWidth = (int) call.integer("output_width", 1);
        boolean max = call.text("mode", "avg").equals("max");
        boolean half = call.version() >= 16
                && call.text("coordinate_transformation_mode", "half_pixel").equals("half_pixel");
        double scale = call.real("spatial_scale", 1);
        long sampling = call.integer("sampling_ratio", 0);
        int channels = (int) x.size(1);
        int height = (int) x.size(2);
        int width = (int) x.size(3);
        double[] image = x.toDoubleArray();
        double[] out = new double[batches.length * channels * outHeight * outWidth];
        int at = 0;
        for (int r = 0; r < batches.length; r++) {
            double shift = half ? 0.5 : 0;
            double left = rois[4 * r] * scale - shift;
            double top = rois[4 * r + 1] * scale - shift;
            double regionWidth = rois[4 * r + 2] * scale - shift - left;
            double regionHeight = rois[4 * r + 3] * scale - shift - top;
            if (!half) {
                regionWidth = Math.max(regionWidth, 1);
                regionHeight = Math.max(regionHeight, 1);
            }
            double binHeight = regionHeight / outHeight;
            double binWidth = regionWidth / outWidth;
            int rows = (int) (sampling > 0 ? sampling : Math.ceil(binHeight));
            int columns = (int) (sampling > 0 ? sampling : Math.ceil(binWidth));
            for (int c = 0; c < channels; c++) {
                int start = (int) (batches[r] * channels + c) * height * width;
                for (int bin = 0; bin < outHeight * outWidth; bin++) {
                    double sum = 0;
                    double largest = Double.NEGATIVE_INFINITY;
                    for (int s = 0; s < rows * columns; s++) {
                        double y = top + (bin / outWidth) * binHeight + (s / columns + 0.5) * binHeight / rows;
                        double z = left + (bin % outWidth) * binWidth + (s % columns + 0.5) * binWidth / columns;
                        double[] parts = neighbours(image, start, height, width, y, z);
                        sum += Arrays.stream(parts).sum();
                        largest = Math.max(largest, Arrays.stream(parts).max().orElse(0));
                    }
                    int count = Math.max(1, rows * columns);
                    out[at++] = max ? rows * columns == 0 ? 0 : largest : sum / count;
                }
            }
        }
        return call.likeFirst(Numbers.like(Shape.of(batches.length, channels, outHeight, outWidth), out));
    }

    /** Returns what four neighbours contribute to a point; nothing if it lies more than one element outside. */
    private static double[] neighbours(double[] image, int start, int height, int width, double y, double x) {
        if (y < -1 || y > height || x < -1 || x > width) {
            return new double[4];
        }
        double row = Math.max(0, y);
        double column = Math.max(0, x);
        int y0 = (int) Math.min(row, height - 1);
        int x0 = (int) Math.min(column, width - 1);
        int y1 = Math.min(y0 + 1, height - 1);
        int x1 = Math.min(x0 + 1, width - 1);
        double down = y0 >= height - 1 ? 0 : row - y0;
        double right = x0 >= width - 1 ? 0 : column - x0;
        return new double[] {(1 - down) * (1 - right) * image[start + y0 * width + x0],
            (1 - down) * right * image[start + y0 * width + x1],
            down * (1 - right) * image[start + y1 * width + x0],
            down * right * image[start + y1 * width + x1]};
    }

    /** Girshick, "Fast R-CNN", 2015: the largest element of each bin of a region, given as batch, x1, y1, x2, y2. */
    private static OnnxTensor maxRoiPool(Call call) {
        Tensor x = call.numbers(0);
        double[] rois = call.numbers(1).toDoubleArray();
        long[] pooled = call.integers("pooled_shape");
        double scale = call.real("spatial_scale", 1);
        int regions = rois.length / 5;
        Tensor out = Tensor.zeros(x.dtype(), regions, x.size(1), pooled[0], pooled[1]);
        for (int r = 0; r < regions; r++) {
            long left = Math.round(rois[5 * r + 1] * scale);
            long top = Math.round(rois[5 * r + 2] * scale);
            long right = Math.max(left, Math.round(rois[5 * r + 3] * scale)) + 1;
            long bottom = Math.max(top, Math.round(rois[5 * r + 4] * scale)) + 1;
            Tensor image = x.select(0, (long) rois[5 * r]);
            for (int i = 0; i < pooled[0]; i++) {
                for (int j = 0; j < pooled[1]; j++) {
                    long y0 = Math.clamp(top + Math.floorDiv(i * (bottom - top), pooled[0]), 0, x.size(2));
                    long y1 = Math.clamp(top + Math.ceilDiv((i + 1) * (bottom - top), pooled[0]), 0, x.size(2));
                    long x0 = Math.clamp(left + Math.floorDiv(j * (right - left), pooled[1]), 0, x.size(3));
                    long x1 = Math.clamp(left + Math.ceilDiv((j + 1) * (right - left), pooled[1]), 0, x.size(3));
                    if (y1 > y0 && x1 > x0) {
                        out.select(0, r).select(2, j).select(1, i)
                                .copy_(image.narrow(1, y0, y1 - y0).narrow(2, x0, x1 - x0).amax(1, 2));
                    }
                }
            }
        }
        return call.likeFirst(out);
    }

    /** Takes the boxes of each class in order of their scores, without those that overlap one taken before too much. */
    private static OnnxTensor suppress(Call call) {
        Tensor boxes = call.numbers(0);
        Tensor scores = call.numbers(1);
        long most = call.has(2) ? call.integerOf(2) : 0;
        double overlap = call.realOf(3, 0);
        double threshold = call.realOf(4, Double.NEGATIVE_INFINITY);
        boolean byCenter = call.integer("center_point_box", 0) == 1;
        List<Long> chosen = new ArrayList<>();
        for (int b = 0; b < scores.size(0); b++) {
            double[] corners = boxes.select(0, b).toDoubleArray();
            for (int c = 0; c < scores.size(1); c++) {
                double[] score = scores.select(0, b).select(0, c).toDoubleArray();
                List<Integer> order = IntStream.range(0, score.length)
                        .filter(i -> score[i] > threshold)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer i) -> -score[i]))
                        .toList();
                List<Integer> kept = new ArrayList<>();
                for (int i : order) {
                    if (kept.size() < most
                            && kept.stream().allMatch(j -> union(corners, i, j, byCenter) <= overlap)) {
                        kept.add(i);
                        chosen.addAll(List.of((long) b, (long) c, (long) i));
                    }
                }
            }
        }
        long[] out = chosen.stream().mapToLong(Long::longValue).toArray();
        return OnnxTensor.of(Tensor.of(out, out.length / 3, 3));
    }

    /** Returns the intersection of two boxes over their union. */
    private static double union(double[] boxes, int i, int j, boolean byCenter) {
        double[] a = corners(boxes, i, byCenter);
        double[] b = corners(boxes, j, byCenter);
        double height = Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0]));
        double width = Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));
        double both = height * width;
        double areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]);
        return both == 0 ? 0 : both / (areas - both);
    }

    /** Returns a box as its smaller and its larger corner: it is given as any two, or as center and size. */
    private static double[] corners(double[] boxes, int i, boolean byCenter) {
        double p = boxes[4 * i];
        double q = boxes[4 * i + 1];
        double r = boxes[4 * i + 2];
        double s = boxes[4 * i + 3];
        return byCenter ? new double[] {q - s / 2, p - r / 2, q + s / 2, p + r / 2}
                : new double[] {Math.min(p, r), Math.min(q, s), Math.max(p, r), Math.max(q, s)};
    }
}
