package org.jacobi.onnx.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.onnx.OnnxTensor;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Operators on boxes in images: what is in them, and which of them to keep. */
final class Regions {
    private Regions() {
    }

    static void register() {
        Operators.add("RoiAlign", Regions::roiAlign);
        Operators.add("MaxRoiPool", Regions::maxRoiPool);
        Operators.add("NonMaxSuppression", Regions::suppress);
    }

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
