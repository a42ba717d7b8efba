package org.jacobi.layers.vision;

import org.jacobi.tensor.Tensor;

/** Resizes planes of numbers without aliases, one axis after the other: interpolate's bilinear mode with antialias. */
final class Resampling {
    /** The weights of one axis: output i is the sum of weights[i][k] times input first[i] + k. */
    private record Axis(int[] first, float[][] weights) {
        static Axis of(int in, int out) {
            int[] first = new int[out];
            float[][] weights = new float[out][];
            double scale = (double) in / out;
            double support = Math.max(1, scale);
            for (int i = 0; i < out; i++) {
                // Pixels whose centers the triangle reaches; what is missing at the borders is left out.
                double center = (i + 0.5) * scale;
                first[i] = Math.max(0, (int) (center - support + 0.5));
                double[] triangle = new double[Math.min(in, (int) (center + support + 0.5)) - first[i]];
                double sum = 0;
                for (int k = 0; k < triangle.length; k++) {
                    triangle[k] = Math.max(0, 1 - Math.abs((first[i] + k + 0.5 - center) / support));
                    sum += triangle[k];
                }
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
    static Tensor resize(Tensor image, int height, int width) {
        int channels = (int) image.size(0);
        int oldHeight = (int) image.size(1);
        int oldWidth = (int) image.size(2);
        float[] in = image.toFloatArray();
        Axis columns = Axis.of(oldWidth, width);
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
        Axis rows = Axis.of(oldHeight, height);
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
