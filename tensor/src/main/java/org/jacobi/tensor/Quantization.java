package org.jacobi.tensor;

import java.util.Arrays;

/** What the ops of {@link TensorQuantization} share: checks, and the rounding to whole levels. */
final class Quantization {
    private Quantization() {
    }

    /** round(x / scale) + zeroPoint in f32, not cut off; like PyTorch by a product with the rounded 1 / scale. */
    static Tensor levels(Tensor x, Tensor scale, Tensor zeroPoint) {
        Tensor levels = x.mul(scale.to(DType.F32).reciprocal());
        return levels.copy_(levels.round()).add_(zeroPoint);
    }

    static Tensor fake(Tensor x, Tensor scale, Tensor zeroPoint, long lowest, long highest) {
        if (lowest > highest) {
            throw new IllegalArgumentException("fakeQuantize: the smallest quantized number, " + lowest
                    + ", is above the largest, " + highest);
        }
        return levels(floats("fakeQuantize", x), scale, zeroPoint).clamp_(lowest, highest).sub_(zeroPoint).mul_(scale)
                .to(x.dtype());
    }

    /** Returns the numbers in f32, of a tensor that must be floating-point. */
    static Tensor floats(String op, Tensor x) {
        if (!x.dtype().isFloating()) {
            throw new IllegalArgumentException(op + ": needs a floating-point tensor, got " + x.dtype()
                    + "; convert with to(DType.F32) first");
        }
        return x.to(DType.F32);
    }

    static void requireType(String op, DType type) {
        if (type != DType.I8 && type != DType.U8) {
            throw new IllegalArgumentException(op + ": quantized numbers are I8 or U8, got " + type);
        }
    }

    static void requireScale(String op, double scale, long zeroPoint, DType type) {
        if (!(scale > 0) || Double.isInfinite(scale)) {
            throw new IllegalArgumentException(op + ": the scale is " + scale + "; it must be positive and finite");
        }
        if (!type.holds(zeroPoint)) {
            throw new IllegalArgumentException(op + ": the zero point " + zeroPoint + " is no number of " + type);
        }
    }

    static double lowest(DType type) {
        return type == DType.I8 ? Byte.MIN_VALUE : 0;
    }

    static double highest(DType type) {
        return type == DType.I8 ? Byte.MAX_VALUE : 255;
    }

    /** Returns a vector with a number for each position of x along an axis, in a shape that broadcasts. */
    static Tensor along(String op, Tensor x, Tensor vector, int axis) {
        int at = x.shape().axis(op, axis);
        if (!vector.shape().equals(Shape.of(x.size(at)))) {
            throw new IllegalArgumentException(op + ": axis " + axis + " of shape " + x.shape() + " needs a vector of "
                    + x.size(at) + " numbers, got shape " + vector.shape());
        }
        long[] sizes = new long[x.rank()];
        Arrays.fill(sizes, 1);
        sizes[at] = x.size(at);
        return vector.to(DType.F32).reshape(sizes);
    }
}
