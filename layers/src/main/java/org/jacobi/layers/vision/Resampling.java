package org.jacobi.layers.vision;

import org.jacobi.tensor.Tensor;

/** Resizes planes of numbers, one axis after the other: torch.nn.functional.interpolate with align_corners = false. */
final class Resampling {
    /** The weights of one axis: output i is the sum of weights[i][k] times input first[i] + k. */
    private record Axis(int[] first, float[][] weights) {
        static Axis of(int in, int out, Interpolation how) {
            int[] first = new int[out];
            float[][] weights = new float[out][];
            double scale = (double) in / out;
            double support = how == Interpolation.ANTIALIASED ? Math.max(1, scale) : 1;
            for (int i = 0; i < out; i++) {
                if (how == Interpolation.NEAREST) {
                    first[i] = Math.min(in - 1, (int) Math.floor(i * (float) scale));
                    weights[i] = new float[] {1};
                    continue;
                }
                double center = (i + 0.5) * scale;
                // Pixels whose centers the triangle reaches; at the borders what is missing is left out
                // (antialiased) or taken from the border pixel.
                if (how == Interpolation.BILINEAR) {
                    double at = Math.max(0, center - 0.5);
                    first[i] = Math.min(in - 1, (int) at);
                    float part = (float) (at - first[i]);
                    weights[i] = first[i] + 1 < in ? new float[] {1 - part, part} : new float[] {1};
                    continue;
                }
                int low = Math.max(0, (int) (center - support + 0.5));
                int high = Math.min(in, (int) (center + support + 0.5));
                double[] triangle = new double[high - low];
                double sum = 0;
                for (int k = 0; k < triangle.length; k++) {
                    triangle[k] = Math.max(0, 1 - Math.abs((low + k + 0.5 - center) / support));
                    sum += triangle[k];
                }
                first[i] = low;
                weights[i] = new float[triangle.length];
                for (int k = 0; k < triangle.length; k++) {
                    weights[i][k] = (float) (triangle[k] / sum);
                }
            }
            return new Axis(first, weights);
        }
    }

    private Resampling() {
    }

    /** Returns the image (C, H, W) in another size. */
    static Tensor resize(Tensor image, int height, int width, Interpolation how) {
        int channels = (int) image.size(0);
        int oldHeight = (int) image.size(1);
        int oldWidth = (int) image.size(2);
        float[] in = image.toFloatArray();
        Axis columns = Axis.of(oldWidth, width, how);
        float[] wide = new float[channels * oldHeight * width];
        for (int row = 0; row < channels * oldHeight; row++) {
            for (int x = 0; x < width; x++) {
                float[] weights = columns.weights[x];
                float sum = 0;
                for (int k = 0; k < weights.length; k++) {
                    sum += weights[k] * in[row * oldWidth + columns.first[x] + k];
                }
                wide[row * width + x] = sum;
            }
        }
        Axis rows = Axis.of(oldHeight, height, how);
        float[] out = new float[channels * height * width];
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                float[] weights = rows.weights[y];
                int to = (c * height + y) * width;
                for (int k = 0; k < weights.length; k++) {
                    int from = (c * oldHeight + rows.first[y] + k) * width;
                    for (int x = 0; x < width; x++) {
                        out[to + x] += weights[k] * wide[from + x];
                    }
                }
            }
        }
        return Tensor.of(out, channels, height, width);
    }
}
