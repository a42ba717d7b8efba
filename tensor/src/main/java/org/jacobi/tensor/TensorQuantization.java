package org.jacobi.tensor;

/**
 * Numbers in 8 bits: q = round(x / scale) + zeroPoint, halves to even and cut off at the ends of the type, and back x = (q -
 * zeroPoint) scale (Jacob et al., "Quantization and Training of Neural Networks", 2018). Quantized numbers are plain tensors
 * of I8 or U8; the scale and the zero point are the caller's to keep.
 */
public sealed interface TensorQuantization permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /**
     * Returns these numbers quantized with one scale.
     *
     * @param scale     positive
     * @param zeroPoint which quantized number stands for 0; one of the type's
     * @param type      I8 or U8
     */
    default Tensor quantizePerTensor(double scale, long zeroPoint, DType type) {
        Quantization.requireType("quantizePerTensor", type);
        Quantization.requireScale("quantizePerTensor", scale, zeroPoint, type);
        return Quantization.levels(Quantization.floats("quantizePerTensor", self()), Tensor.scalar(scale),
                Tensor.scalar(zeroPoint)).clamp(Quantization.lowest(type), Quantization.highest(type)).to(type);
    }

    /**
     * Returns these numbers quantized with a scale for each position along an axis.
     *
     * @param scales     a positive number for each position
     * @param zeroPoints for each position which quantized number stands for 0
     * @param type       I8 or U8
     */
    default Tensor quantizePerChannel(Tensor scales, Tensor zeroPoints, int axis, DType type) {
        Quantization.requireType("quantizePerChannel", type);
        return Quantization.levels(Quantization.floats("quantizePerChannel", self()),
                Quantization.along("quantizePerChannel", self(), scales, axis),
                Quantization.along("quantizePerChannel", self(), zeroPoints, axis))
                .clamp(Quantization.lowest(type), Quantization.highest(type)).to(type);
    }

    /** Returns the f32 numbers that quantized ones stand for: (this - zeroPoint) scale. */
    default Tensor dequantize(double scale, long zeroPoint) {
        Quantization.requireType("dequantize", self().dtype());
        return self().to(DType.F32).sub_(zeroPoint).mul_(scale);
    }

    /** Returns the f32 numbers that numbers quantized with a scale for each position along an axis stand for. */
    default Tensor dequantize(Tensor scales, Tensor zeroPoints, int axis) {
        Quantization.requireType("dequantize", self().dtype());
        return self().to(DType.F32).sub_(Quantization.along("dequantize", self(), zeroPoints, axis))
                .mul_(Quantization.along("dequantize", self(), scales, axis));
    }

    /**
     * Returns these numbers as they would come back from quantization, in their own type: for training a model that will be
     * quantized.
     *
     * @param lowest  the smallest quantized number, such as -128
     * @param highest the largest quantized number, such as 127
     */
    default Tensor fakeQuantize(double scale, long zeroPoint, long lowest, long highest) {
        return Quantization.fake(self(), Tensor.scalar(scale), Tensor.scalar(zeroPoint), lowest, highest);
    }

    /** Returns {@link #fakeQuantize(double, long, long, long)} with a scale for each position along an axis. */
    default Tensor fakeQuantize(Tensor scales, Tensor zeroPoints, int axis, long lowest, long highest) {
        return Quantization.fake(self(), Quantization.along("fakeQuantize", self(), scales, axis),
                Quantization.along("fakeQuantize", self(), zeroPoints, axis), lowest, highest);
    }
}
