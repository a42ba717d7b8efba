package org.jacobi.layers.vision;

import java.util.function.UnaryOperator;

import org.jacobi.tensor.Interpolation;
import org.jacobi.tensor.Tensor;

/**
 * Transforms that move an image's pixels: torchvision's, under its names and with its definitions.
 *
 * <pre>{@code
 * Transform<Tensor> train = SpatialTransforms.randomCrop(32, 32, 4).then(SpatialTransforms.randomHorizontalFlip(0.5));
 * Transform<Example> both = SpatialTransforms.randomRotation(-20, 20).withMask();
 * }</pre>
 */
public final class SpatialTransforms {
    private SpatialTransforms() {
    }

    /** Gives an image another size, by bilinear interpolation with antialiasing: torchvision's default. */
    public static Spatial resize(int height, int width) {
        requireSize("resize", height, width);
        return new Spatial("resize", (h, w, _) -> antialiased(h, w, height, width));
    }

    /** Gives an image another size as {@link Tensor#interpolate} does, without antialiasing. */
    public static Spatial resize(int height, int width, Interpolation how) {
        requireSize("resize", height, width);
        return new Spatial("resize", (h, w, _) -> scaled(h, w, height, width,
                image -> interpolated(image, height, width, how)));
    }

    private static Move antialiased(long h, long w, int height, int width) {
        return scaled(h, w, height, width, image -> Resampling.resize(image, height, width));
    }

    private static Move scaled(long h, long w, int height, int width, UnaryOperator<Tensor> resize) {
        return new Move(height, width, new double[] {(double) width / w, 0, 0, 0, (double) height / h, 0},
                (image, mask) -> mask ? interpolated(image, height, width, Interpolation.NEAREST)
                        : resize.apply(image));
    }

    private static Tensor interpolated(Tensor image, int height, int width, Interpolation how) {
        return image.unsqueeze(0).interpolate(new long[] {height, width}, how, false).squeeze(0);
    }

    /** Cuts the middle out of an image; what the image does not have is 0. */
    public static Spatial centerCrop(int height, int width) {
        requireSize("centerCrop", height, width);
        return new Spatial("centerCrop",
                (h, w, _) -> crop(h, w, Math.round((h - height) / 2.0), Math.round((w - width) / 2.0), height, width));
    }

    /** Cuts a part out of an image, anywhere, once it has zeros added on all sides. */
    public static Spatial randomCrop(int height, int width, int padding) {
        requireSize("randomCrop", height, width);
        return new Spatial("randomCrop", (h, w, generator) -> {
            long down = h + 2L * padding - height;
            long right = w + 2L * padding - width;
            if (down < 0 || right < 0) {
                throw new IllegalArgumentException("randomCrop: an image of " + h + " x " + w + " with padding "
                        + padding + " has no part of " + height + " x " + width);
            }
            return crop(h, w, generator.nextLong(down + 1) - padding, generator.nextLong(right + 1) - padding, height,
                    width);
        });
    }

    /**
     * Cuts out a part of random area and shape and gives it a fixed size.
     *
     * @param minScale the least share of the area, 0.08 in torchvision
     * @param maxScale the greatest, 1 in torchvision
     * @param minRatio the least ratio of width to height, 3/4 in torchvision
     * @param maxRatio the greatest, 4/3 in torchvision
     */
    public static Spatial randomResizedCrop(int height, int width, double minScale, double maxScale, double minRatio,
            double maxRatio) {
        requireSize("randomResizedCrop", height, width);
        requireRange("randomResizedCrop", "scale", minScale, maxScale);
        requireRange("randomResizedCrop", "ratio", minRatio, maxRatio);
        return new Spatial("randomResizedCrop", (h, w, generator) -> {
            for (int attempt = 0; attempt < 10; attempt++) {
                double area = h * w * between(minScale, maxScale, generator.nextDouble());
                double ratio = Math.exp(between(Math.log(minRatio), Math.log(maxRatio), generator.nextDouble()));
                long partWidth = Math.round(Math.sqrt(area * ratio));
                long partHeight = Math.round(Math.sqrt(area / ratio));
                if (partWidth > 0 && partWidth <= w && partHeight > 0 && partHeight <= h) {
                    return crop(h, w, generator.nextLong(h - partHeight + 1), generator.nextLong(w - partWidth + 1),
                            partHeight, partWidth)
                            .then(antialiased(partHeight, partWidth, height, width));
                }
            }
            // The largest part in the middle whose shape is in range.
            double ratio = Math.max(minRatio, Math.min(maxRatio, (double) w / h));
            long partWidth = Math.max(1, Math.min(w, Math.round(h * ratio)));
            long partHeight = Math.max(1, Math.min(h, Math.round(w / ratio)));
            return crop(h, w, (h - partHeight) / 2, (w - partWidth) / 2, partHeight, partWidth)
                    .then(antialiased(partHeight, partWidth, height, width));
        });
    }

    /** Mirrors an image left to right with probability p. */
    public static Spatial randomHorizontalFlip(double p) {
        return new Spatial("randomHorizontalFlip", (h, w, generator) -> generator.nextDouble() < p
                ? new Move(h, w, new double[] {-1, 0, w, 0, 1, 0}, (image, _) -> image.flip(2)) : Move.none(h, w));
    }

    /** Mirrors an image top to bottom with probability p. */
    public static Spatial randomVerticalFlip(double p) {
        return new Spatial("randomVerticalFlip", (h, w, generator) -> generator.nextDouble() < p
                ? new Move(h, w, new double[] {1, 0, 0, 0, -1, h}, (image, _) -> image.flip(1)) : Move.none(h, w));
    }

    /** Turns an image about its middle by an angle in degrees from the range, counter-clockwise; what is uncovered is 0. */
    public static Spatial randomRotation(double minDegrees, double maxDegrees) {
        return new Spatial("randomRotation", (h, w, generator) -> affine(h, w,
                -between(minDegrees, maxDegrees, generator.nextDouble()), 0, 0, 1, 0, 0));
    }

    /**
     * Turns, shifts, scales and shears an image, each by a random amount; what is uncovered is 0.
     *
     * @param degrees   turned by an angle in ± this, clockwise
     * @param translate shifted by at most this share of width and height
     * @param minScale  the least factor of size
     * @param maxScale  the greatest
     * @param shear     sheared along x by an angle in ± this
     */
    public static Spatial randomAffine(double degrees, double translate, double minScale, double maxScale,
            double shear) {
        requireRange("randomAffine", "scale", minScale, maxScale);
        return new Spatial("randomAffine", (h, w, generator) -> {
            double angle = between(-degrees, degrees, generator.nextDouble());
            long right = Math.round(between(-translate * w, translate * w, generator.nextDouble()));
            long down = Math.round(between(-translate * h, translate * h, generator.nextDouble()));
            double scale = between(minScale, maxScale, generator.nextDouble());
            return affine(h, w, angle, right, down, scale, between(-shear, shear, generator.nextDouble()), 0);
        });
    }

    /** Returns torchvision's affine map about the middle: turned clockwise, scaled, sheared, then shifted. */
    static Move affine(long h, long w, double degrees, double right, double down, double scale, double shearX,
            double shearY) {
        double angle = Math.toRadians(degrees);
        double sx = Math.toRadians(shearX);
        double sy = Math.toRadians(shearY);
        double a = scale * Math.cos(angle - sy) / Math.cos(sy);
        double b = scale * (-Math.cos(angle - sy) * Math.tan(sx) / Math.cos(sy) - Math.sin(angle));
        double d = scale * Math.sin(angle - sy) / Math.cos(sy);
        double e = scale * (-Math.sin(angle - sy) * Math.tan(sx) / Math.cos(sy) + Math.cos(angle));
        double cx = w / 2.0;
        double cy = h / 2.0;
        double[] map = {a, b, cx + right - a * cx - b * cy, d, e, cy + down - d * cx - e * cy};
        return new Move(h, w, map, (image, mask) -> Warping.warp(image, map, !mask));
    }

    private static Move crop(long h, long w, long top, long left, long height, long width) {
        return new Move(height, width, new double[] {1, 0, -left, 0, 1, -top}, (image, _) -> {
            Tensor padded = image.pad(new long[] {Math.max(0, -left), Math.max(0, left + width - w),
                Math.max(0, -top), Math.max(0, top + height - h)}, 0);
            return padded.narrow(1, Math.max(0, top), height).narrow(2, Math.max(0, left), width);
        });
    }

    private static double between(double low, double high, double at) {
        return low + (high - low) * at;
    }

    private static void requireSize(String op, int height, int width) {
        if (height < 1 || width < 1) {
            throw new IllegalArgumentException(op + ": size " + height + " x " + width + " must be at least 1 x 1");
        }
    }

    private static void requireRange(String op, String what, double low, double high) {
        if (!(low > 0 && high >= low)) {
            throw new IllegalArgumentException(
                    op + ": " + what + " from " + low + " to " + high + " is no range of positive numbers");
        }
    }
}
