package org.jacobi.layers.vision;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Transforms that mix each image of a batch with another one, and their classes in the same shares: targets (N), i64, become soft ones (N,
 * classes), f32, for a cross-entropy that takes probabilities. The other image is the one before, as in torchvision.
 */
public final class MixTransforms {
    private MixTransforms() {
    }

    /** Mixes all of two images, by a share drawn from Beta(alpha, alpha): Zhang et al., "mixup", 2017. */
    public static Transform<Batch> mixup(double alpha, long classes) {
        requireChoice("mixup", alpha, classes);
        return (batch, generator) -> {
            double share = beta(alpha, generator);
            Tensor input = batch.input();
            return new Batch(input.mul(share).add(input.roll(1, 0).mul(1 - share)),
                    mixed("mixup", batch, classes, share));
        };
    }

    /** Puts a rectangle of one image into the other, whose area follows Beta(alpha, alpha): Yun et al., "CutMix", 2019. */
    public static Transform<Batch> cutmix(double alpha, long classes) {
        requireChoice("cutmix", alpha, classes);
        return (batch, generator) -> {
            Tensor input = batch.input();
            if (input.rank() != 4) {
                throw new IllegalArgumentException(
                        "cutmix: the input has shape " + input.shape() + ", expected images (N, C, H, W)");
            }
            long height = input.size(2);
            long width = input.size(3);
            double half = 0.5 * Math.sqrt(1 - beta(alpha, generator));
            long x = generator.nextLong(width);
            long y = generator.nextLong(height);
            long left = Math.max(0, x - (long) (half * width));
            long right = Math.min(width, x + (long) (half * width));
            long top = Math.max(0, y - (long) (half * height));
            long bottom = Math.min(height, y + (long) (half * height));
            Tensor cut = input.copy();
            if (right > left && bottom > top) {
                cut.narrow(2, top, bottom - top).narrow(3, left, right - left)
                        .copy_(input.roll(1, 0).narrow(2, top, bottom - top).narrow(3, left, right - left));
            }
            double share = 1 - (double) (right - left) * (bottom - top) / (width * height);
            return new Batch(cut, mixed("cutmix", batch, classes, share));
        };
    }

    private static Tensor mixed(String op, Batch batch, long classes, double share) {
        Tensor target = batch.target();
        if (target.rank() != 1 || target.dtype() != DType.I64) {
            throw new IllegalArgumentException(op + ": the target is " + target.dtype() + " of shape " + target.shape()
                    + ", expected classes (N), I64");
        }
        Tensor hot = target.oneHot(classes).to(DType.F32);
        return hot.mul(share).add(hot.roll(1, 0).mul(1 - share));
    }

    private static void requireChoice(String op, double alpha, long classes) {
        if (!(alpha > 0) || classes < 1) {
            throw new IllegalArgumentException(
                    op + ": alpha is " + alpha + " and classes " + classes + ", expected positive numbers");
        }
    }

    /** Returns a number distributed by Beta(alpha, alpha), from two of the gamma distribution. */
    static double beta(double alpha, Generator generator) {
        double a = logGamma(alpha, generator);
        double b = logGamma(alpha, generator);
        // Logarithms, because both may be too small for a double.
        return 1 / (1 + StrictMath.exp(b - a));
    }

    /** Returns the logarithm of a number of the gamma distribution, by Marsaglia and Tsang's method (2000). */
    private static double logGamma(double shape, Generator generator) {
        if (shape < 1) {
            return logGamma(shape + 1, generator) + StrictMath.log(1 - generator.nextDouble()) / shape;
        }
        double d = shape - 1 / 3.0;
        double c = 1 / Math.sqrt(9 * d);
        while (true) {
            // Box and Muller.
            double x = Math.sqrt(-2 * StrictMath.log(1 - generator.nextDouble()))
                    * StrictMath.cos(2 * Math.PI * generator.nextDouble());
            double v = StrictMath.pow(1 + c * x, 3);
            double u = 1 - generator.nextDouble();
            if (v > 0 && StrictMath.log(u) < x * x / 2 + d * (1 - v + StrictMath.log(v))) {
                return StrictMath.log(d * v);
            }
        }
    }
}
