package org.jacobi.layers.vision;

import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.PadMode;
import org.jacobi.tensor.Tensor;

/**
 * Transforms of an image's numbers that leave its pixels where they are: torchvision's, under its names and with its definitions.
 *
 * <p>Images are (C, H, W) with numbers from 0 to 1. {@link Transform#ofInput} and {@link Detection#ofImage} apply them to the image of an
 * example.
 */
public final class ColorTransforms {
    private ColorTransforms() {
    }

    /** Subtracts a mean from each channel and divides it by a deviation. */
    public static Transform<Tensor> normalize(double[] mean, double[] std) {
        if (mean.length == 0 || mean.length != std.length) {
            throw new IllegalArgumentException("normalize: " + mean.length + " means and " + std.length
                    + " deviations, expected one of each for every channel");
        }
        for (double deviation : std) {
            if (!(deviation > 0)) {
                throw new IllegalArgumentException("normalize: a deviation is " + deviation + ", expected more than 0");
            }
        }
        double[] means = mean.clone();
        double[] deviations = std.clone();
        return (image, _) -> {
            requireChannels("normalize", image, means.length);
            Tensor shift = Tensor.of(means, means.length, 1, 1).to(image.dtype()).to(image.device());
            Tensor scale = Tensor.of(deviations, means.length, 1, 1).to(image.dtype()).to(image.device());
            return image.sub(shift).div(scale);
        };
    }

    /** Makes an image grey, with as many equal channels as it had: 0.2989 R + 0.587 G + 0.114 B. */
    public static Transform<Tensor> grayscale() {
        return (image, _) -> {
            requireChannels("grayscale", image, 3);
            return gray(image).expand(3, -1, -1).contiguous();
        };
    }

    /**
     * Changes brightness, contrast, saturation and hue by random amounts, in random order.
     *
     * @param brightness factors are from 1 - this (at least 0) to 1 + this; so are those of contrast and saturation
     * @param hue        turned by at most this part of the circle of colours, up to 0.5
     */
    public static Transform<Tensor> colorJitter(double brightness, double contrast, double saturation, double hue) {
        if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)) {
            throw new IllegalArgumentException("colorJitter: brightness " + brightness + ", contrast " + contrast
                    + " and saturation " + saturation + " must not be negative, hue " + hue + " must be 0 to 0.5");
        }
        return (image, generator) -> {
            requireChannels("colorJitter", image, 3);
            double bright = factor(brightness, generator);
            double strong = factor(contrast, generator);
            double saturated = factor(saturation, generator);
            double turn = hue * (2 * generator.nextDouble() - 1);
            int[] order = {0, 1, 2, 3};
            for (int i = 3; i > 0; i--) {
                int j = (int) generator.nextLong(i + 1);
                int swapped = order[i];
                order[i] = order[j];
                order[j] = swapped;
            }
            Tensor changed = image;
            for (int what : order) {
                changed = switch (what) {
                    case 0 -> adjustBrightness(changed, bright);
                    case 1 -> adjustContrast(changed, strong);
                    case 2 -> adjustSaturation(changed, saturated);
                    default -> adjustHue(changed, turn);
                };
            }
            return changed;
        };
    }

    private static double factor(double reach, Generator generator) {
        double low = Math.max(0, 1 - reach);
        return low + (1 + reach - low) * generator.nextDouble();
    }

    /** Returns an image (C, H, W) times a factor: 0 is black, 1 the image. */
    public static Tensor adjustBrightness(Tensor image, double factor) {
        return image.mul(factor).clamp_(0, 1);
    }

    /** Returns an image between the mean of its greys (factor 0), itself (1), and further. */
    public static Tensor adjustContrast(Tensor image, double factor) {
        return blend(image, gray(image).mean(true, 0, 1, 2), factor);
    }

    /** Returns an image between its greys (factor 0), itself (1), and further. */
    public static Tensor adjustSaturation(Tensor image, double factor) {
        return blend(image, gray(image), factor);
    }

    private static Tensor blend(Tensor image, Tensor other, double factor) {
        return image.mul(factor).add(other.mul(1 - factor)).clamp_(0, 1);
    }

    private static Tensor gray(Tensor image) {
        if (image.size(0) == 1) {
            return image;
        }
        requireChannels("gray", image, 3);
        return image.narrow(0, 0, 1).mul(0.2989).add(image.narrow(0, 1, 1).mul(0.587))
                .add(image.narrow(0, 2, 1).mul(0.114));
    }

    /** Returns an image (3, H, W) with its hues turned by a part of the circle of colours, from -0.5 to 0.5. */
    public static Tensor adjustHue(Tensor image, double turn) {
        requireChannels("adjustHue", image, 3);
        if (!(Math.abs(turn) <= 0.5)) {
            throw new IllegalArgumentException("adjustHue: the turn is " + turn + ", expected -0.5 to 0.5");
        }
        if (turn == 0) {
            return image;
        }
        float[] rgb = image.toFloatArray();
        int area = rgb.length / 3;
        for (int i = 0; i < area; i++) {
            float red = rgb[i];
            float green = rgb[area + i];
            float blue = rgb[2 * area + i];
            float most = Math.max(red, Math.max(green, blue));
            float chroma = most - Math.min(red, Math.min(green, blue));
            if (chroma == 0) {
                continue;
            }
            float sixth = most == red ? (green - blue) / chroma
                    : most == green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
            float hue = (float) (sixth / 6 + turn);
            for (int c = 0; c < 3; c++) {
                rgb[c * area + i] = channel(hue, most, chroma, 5 - 2 * c);
            }
        }
        return Tensor.of(rgb, image.shape().toArray());
    }

    /** One channel of a colour of given hue, by the formula of one line for HSV to RGB: n is 5, 3 and 1 for R, G and B. */
    private static float channel(float hue, float value, float chroma, int n) {
        float at = n + 6 * hue;
        float k = at - 6 * (float) Math.floor(at / 6);
        return value - chroma * Math.max(0, Math.min(1, Math.min(k, 4 - k)));
    }

    /**
     * Overwrites a random rectangle with 0, with probability p (Zhong et al., 2017; torchvision's scale 0.02 to 0.33 and ratio 0.3 to
     * 3.3).
     */
    public static Transform<Tensor> randomErasing(double p) {
        return randomErasing(p, 0.02, 0.33, 0.3, 3.3, 0);
    }

    /**
     * Overwrites a random rectangle with a number, with probability p.
     *
     * @param minScale the least share of the area
     * @param maxScale the greatest
     * @param minRatio the least ratio of height to width
     * @param maxRatio the greatest
     */
    public static Transform<Tensor> randomErasing(double p, double minScale, double maxScale, double minRatio,
            double maxRatio, double value) {
        if (!(minScale > 0 && maxScale >= minScale && maxScale <= 1 && minRatio > 0 && maxRatio >= minRatio)) {
            throw new IllegalArgumentException("randomErasing: scale " + minScale + " to " + maxScale
                    + " must be a range within 0 to 1, ratio " + minRatio + " to " + maxRatio
                    + " one of positive numbers");
        }
        Transform<Tensor> erase = (image, generator) -> {
            long height = image.size(1);
            long width = image.size(2);
            for (int attempt = 0; attempt < 10; attempt++) {
                double area = height * width * (minScale + (maxScale - minScale) * generator.nextDouble());
                double ratio = minRatio * StrictMath.pow(maxRatio / minRatio, generator.nextDouble());
                long high = Math.round(Math.sqrt(area * ratio));
                long wide = Math.round(Math.sqrt(area / ratio));
                if (high < height && wide < width) {
                    long top = generator.nextLong(height - high + 1);
                    long left = generator.nextLong(width - wide + 1);
                    Tensor erased = image.copy();
                    erased.narrow(1, top, high).narrow(2, left, wide).fill_(value);
                    return erased;
                }
            }
            return image;
        };
        return erase.withProbability(p);
    }

    /** Blurs an image by a Gaussian of an odd size, whose deviation is drawn from a range; borders are mirrored. */
    public static Transform<Tensor> gaussianBlur(int size, double minSigma, double maxSigma) {
        if (size < 1 || size % 2 == 0 || !(minSigma > 0 && maxSigma >= minSigma)) {
            throw new IllegalArgumentException("gaussianBlur: size " + size + " must be odd, sigma " + minSigma + " to "
                    + maxSigma + " a range of positive numbers");
        }
        return (image, generator) -> {
            double sigma = minSigma + (maxSigma - minSigma) * generator.nextDouble();
            double[] kernel = new double[size];
            double sum = 0;
            for (int i = 0; i < size; i++) {
                double x = (i - size / 2) / sigma;
                kernel[i] = StrictMath.exp(-x * x / 2);
                sum += kernel[i];
            }
            for (int i = 0; i < size; i++) {
                kernel[i] /= sum;
            }
            return blurred(blurred(image, kernel, 1), kernel, 2);
        };
    }

    private static Tensor blurred(Tensor image, double[] kernel, int axis) {
        long half = kernel.length / 2;
        if (half >= image.size(axis)) {
            throw new IllegalArgumentException("gaussianBlur: size " + kernel.length
                    + " is too large for an image of shape " + image.shape() + ", which is mirrored at its borders");
        }
        Tensor padded = image.pad(axis == 2 ? new long[] {half, half} : new long[] {0, 0, half, half}, PadMode.REFLECT);
        Tensor sum = Tensor.zerosLike(image);
        for (int i = 0; i < kernel.length; i++) {
            sum.add_(padded.narrow(axis, i, image.size(axis)).mul(kernel[i]));
        }
        return sum;
    }

    private static void requireChannels(String op, Tensor image, int channels) {
        if (image.rank() != 3 || image.size(0) != channels) {
            throw new IllegalArgumentException(op + ": the image has shape " + image.shape() + ", expected ("
                    + channels + ", H, W)");
        }
    }
}
