package org.jacobi.layers.vision;

import org.jacobi.tensor.Tensor;

/** Samples an image where an affine map comes from. */
final class Warping {
    private Warping() {
    }

    /** Returns the image (C, H, W) moved by a map of points, in its old size; what comes from outside of it is 0. */
    static Tensor warp(Tensor image, double[] map, boolean bilinear) {
        int channels = (int) image.size(0);
        int height = (int) image.size(1);
        int width = (int) image.size(2);
        float[] in = image.toFloatArray();
        float[] out = new float[in.length];
        double det = map[0] * map[4] - map[1] * map[3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                double dx = x + 0.5 - map[2];
                double dy = y + 0.5 - map[5];
                // In pixels counted from the middle of the first one; rounding must not move what lies on a pixel.
                double fromX = snapped((map[4] * dx - map[1] * dy) / det - 0.5);
                double fromY = snapped((map[0] * dy - map[3] * dx) / det - 0.5);
                for (int c = 0; c < channels; c++) {
                    int plane = c * height * width;
                    out[plane + y * width + x] = bilinear ? between(in, plane, height, width, fromX, fromY)
                            : at(in, plane, height, width, (int) Math.rint(fromX), (int) Math.rint(fromY));
                }
            }
        }
        return Tensor.of(out, channels, height, width);
    }

    private static double snapped(double position) {
        double nearest = Math.rint(position);
        return Math.abs(position - nearest) < 1e-9 ? nearest : position;
    }

    private static float between(float[] in, int plane, int height, int width, double x, double y) {
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        float right = (float) (x - left);
        float down = (float) (y - top);
        return (1 - down) * ((1 - right) * at(in, plane, height, width, left, top)
                + right * at(in, plane, height, width, left + 1, top))
                + down * ((1 - right) * at(in, plane, height, width, left, top + 1)
                        + right * at(in, plane, height, width, left + 1, top + 1));
    }

    private static float at(float[] in, int plane, int height, int width, int x, int y) {
        return x < 0 || y < 0 || x >= width || y >= height ? 0 : in[plane + y * width + x];
    }
}
