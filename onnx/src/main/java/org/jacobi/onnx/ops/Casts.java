package org.jacobi.onnx.ops;

import java.util.Locale;

import org.jacobi.onnx.ElementType;
import org.jacobi.onnx.OnnxTensor;
import org.jacobi.onnx.graph.SmallFloats;
import org.jacobi.onnx.graph.TensorReader;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Conversions between types of elements, of their values or of their bits. */
final class Casts {
    private Casts() {
    }

    static void register() {
        Operators.add("Cast", 1, call -> cast(call.tensor(0), targetByName(call.text("to")), true, ""));
        Operators.add("Cast", 6, call -> cast(call, call.elementType("to", null)));
        Operators.add("CastLike", call -> cast(call, call.tensor(1).type()));
        Operators.add("BitCast", call -> bitCast(call.tensor(0), call.elementType("to", null)));
    }

    /** The first version names the type, as FLOAT or INT64. */
    private static ElementType targetByName(String name) {
        return ElementType.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static OnnxTensor cast(Call call, ElementType target) {
        if (target == null) {
            throw new IllegalArgumentException("attribute 'to' is missing");
        }
        return cast(call.tensor(0), target, call.flag("saturate", true), call.text("round_mode", "up"));
    }

    /** Returns the values in another type; see {@link #cast(OnnxTensor, ElementType, boolean, String)}. */
    static OnnxTensor cast(OnnxTensor x, ElementType target) {
        return cast(x, target, true, "up");
    }

    /**
     * Returns the values in another type: floating-point numbers lose their fractions on the way to integers, which wrap
     * around in narrower ones; strings are read and written as numbers.
     *
     * @param saturate whether what is too large for an 8-bit floating-point type becomes its largest number
     * @param rounding of powers of two, for float8e8m0: up, down or nearest
     */
    private static OnnxTensor cast(OnnxTensor x, ElementType target, boolean saturate, String rounding) {
        ElementType from = x.type();
        if (from == target) {
            return x;
        }
        if (from == ElementType.STRING) {
            return Texts.parse(x, target);
        }
        if (target == ElementType.STRING) {
            return Texts.format(x);
        }
        if (target == ElementType.BOOL) {
            return OnnxTensor.of(Numbers.wide(x).ne(0));
        }
        if (target == ElementType.FLOAT8E8M0) {
            SmallFloats.Rounding mode = SmallFloats.Rounding.valueOf(rounding.toUpperCase(Locale.ROOT));
            return OnnxTensor.of(target, Numbers.map(toFloating(x, DType.F32),
                    v -> SmallFloats.roundToPower((float) v, saturate, mode)));
        }
        if (target.isSmallFloat()) {
            return OnnxTensor.of(target,
                    Numbers.map(toFloating(x, DType.F32), v -> SmallFloats.round(target, v, saturate)));
        }
        if (target.isFloating()) {
            return OnnxTensor.of(target, toFloating(x, target.storage()));
        }
        if (from.isFloating()) {
            return Numbers.narrow(target, truncated(x.data(), target));
        }
        return Numbers.narrow(target, x.data());
    }

    /** Returns numbers of any type as floating-point ones. */
    static Tensor toFloating(OnnxTensor x, DType type) {
        if (x.type() != ElementType.UINT64) {
            return x.data().to(type);
        }
        long[] bits = Numbers.longs(x);
        double[] values = new double[bits.length];
        for (int i = 0; i < values.length; i++) {
            // The halved number, its lowest bit kept for rounding, is one that a signed long holds.
            values[i] = bits[i] >= 0 ? bits[i] : 2.0 * (bits[i] >>> 1 | bits[i] & 1);
        }
        return Numbers.like(x.shape(), values).to(type);
    }

    private static Tensor truncated(Tensor x, ElementType target) {
        if (target != ElementType.UINT64) {
            return x.to(DType.F64).to(DType.I64);
        }
        double[] values = x.toDoubleArray();
        long[] bits = new long[values.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = values[i] < 0x1p63 ? (long) values[i] : (long) (values[i] - 0x1p63) ^ Long.MIN_VALUE;
        }
        return Numbers.like(x.shape(), bits);
    }

    // ---- bits ------------------------------------------------------------------------------------------------------

    /** Returns the same bits read as another type of the same width. */
    private static OnnxTensor bitCast(OnnxTensor x, ElementType target) {
        if (target == null || target == ElementType.STRING || width(x.type()) != width(target)) {
            throw new IllegalArgumentException("the bits of " + x.type() + " cannot be read as " + target);
        }
        return ofBits(target, bits(x), x.shape());
    }

    private static int width(ElementType type) {
        return type == ElementType.BOOL ? 8 : type.bits();
    }

    private static long[] bits(OnnxTensor x) {
        switch (x.type()) {
            case FLOAT, FLOAT16, BFLOAT16, FLOAT4E2M1, FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ,
                    FLOAT8E8M0 -> {
                float[] values = x.data().toFloatArray();
                long[] bits = new long[values.length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = switch (x.type()) {
                        case FLOAT -> Float.floatToRawIntBits(values[i]);
                        case FLOAT16 -> Float.floatToFloat16(values[i]);
                        case BFLOAT16 -> Float.floatToRawIntBits(values[i]) >> 16;
                        default -> SmallFloats.encode(x.type(), values[i]);
                    };
                }
                return bits;
            }
            case DOUBLE -> {
                double[] values = x.data().toDoubleArray();
                long[] bits = new long[values.length];
                for (int i = 0; i < bits.length; i++) {
                    bits[i] = Double.doubleToRawLongBits(values[i]);
                }
                return bits;
            }
            default -> {
                return Numbers.longs(x);
            }
        }
    }

    private static OnnxTensor ofBits(ElementType target, long[] bits, Shape shape) {
        long[] sizes = shape.toArray();
        switch (target) {
            case FLOAT -> {
                float[] values = new float[bits.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat((int) bits[i]);
                }
                return OnnxTensor.of(Tensor.of(values).reshape(sizes));
            }
            case DOUBLE -> {
                double[] values = new double[bits.length];
                for (int i = 0; i < values.length; i++) {
                    values[i] = Double.longBitsToDouble(bits[i]);
                }
                return OnnxTensor.of(Tensor.of(values).reshape(sizes));
            }
            default -> {
                return OnnxTensor.of(target, TensorReader.fromBits(target, bits).reshape(sizes));
            }
        }
    }
}
