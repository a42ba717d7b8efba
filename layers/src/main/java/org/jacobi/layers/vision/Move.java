package org.jacobi.layers.vision;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * One change of where an image's pixels are: a crop, a flip, another size, a rotation.
 *
 * <p>A point (x, y) of the old image, in pixels from its upper left corner, is at (a x + b y + c, d x + e y + f) in the new one.
 */
final class Move {
    /** Makes the new image of the old one, (C, H, W). */
    @FunctionalInterface
    interface Pixels {
        Tensor of(Tensor image, boolean mask);
    }

    /** A box of which less than this share is left in the image is dropped. */
    private static final double LEAST_SHARE = 0.1;

    private final Pixels pixels;
    private final double[] map;
    private final long height;
    private final long width;

    /** Makes a move to an image of the given size. */
    Move(long height, long width, double[] map, Pixels pixels) {
        this.height = height;
        this.width = width;
        this.map = map;
        this.pixels = pixels;
    }

    /** Returns the move that changes nothing. */
    static Move none(long height, long width) {
        return new Move(height, width, new double[] {1, 0, 0, 0, 1, 0}, (image, _) -> image);
    }

    /** Returns this move followed by another. */
    Move then(Move next) {
        double[] m = next.map;
        return new Move(next.height, next.width,
                new double[] {m[0] * map[0] + m[1] * map[3], m[0] * map[1] + m[1] * map[4],
                    m[0] * map[2] + m[1] * map[5] + m[2], m[3] * map[0] + m[4] * map[3],
                    m[3] * map[1] + m[4] * map[4], m[3] * map[2] + m[4] * map[5] + m[5]},
                (image, mask) -> next.pixels.of(pixels.of(image, mask), mask));
    }

    /** Returns the moved image (C, H, W). */
    Tensor image(Tensor image) {
        return pixels.of(image, false);
    }

    /** Returns the moved mask (H, W) or (C, H, W), whose numbers stay as they are: each is that of the nearest pixel. */
    Tensor mask(Tensor mask) {
        Tensor planes = mask.rank() == 2 ? mask.unsqueeze(0) : mask;
        Tensor moved = pixels.of(planes.to(DType.F32), true);
        return (mask.rank() == 2 ? moved.squeeze(0) : moved).to(mask.dtype());
    }

    /** Returns the moved boxes, those around what has become of them, without those that have left the image. */
    Detection detection(Detection detection) {
        float[] old = detection.boxes().toFloatArray();
        long[] oldLabels = detection.labels().toLongArray();
        List<float[]> boxes = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        for (int i = 0; i < oldLabels.length; i++) {
            double[] x = new double[4];
            double[] y = new double[4];
            for (int corner = 0; corner < 4; corner++) {
                double px = old[4 * i + 2 * (corner & 1)];
                double py = old[4 * i + 1 + 2 * (corner >> 1)];
                x[corner] = map[0] * px + map[1] * py + map[2];
                y[corner] = map[3] * px + map[4] * py + map[5];
            }
            double left = Math.min(Math.min(x[0], x[1]), Math.min(x[2], x[3]));
            double right = Math.max(Math.max(x[0], x[1]), Math.max(x[2], x[3]));
            double top = Math.min(Math.min(y[0], y[1]), Math.min(y[2], y[3]));
            double bottom = Math.max(Math.max(y[0], y[1]), Math.max(y[2], y[3]));
            double area = (right - left) * (bottom - top);
            left = Math.max(0, left);
            top = Math.max(0, top);
            right = Math.min(width, right);
            bottom = Math.min(height, bottom);
            if (right > left && bottom > top && (right - left) * (bottom - top) >= LEAST_SHARE * area) {
                boxes.add(new float[] {(float) left, (float) top, (float) right, (float) bottom});
                labels.add(oldLabels[i]);
            }
        }
        return Detection.of(image(detection.image()), boxes, labels);
    }
}
