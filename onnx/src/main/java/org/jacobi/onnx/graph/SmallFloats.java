package org.jacobi.onnx.graph;

import org.jacobi.onnx.ElementType;

/**
 * Floating-point numbers of 8 and 4 bits: what their bits mean, and how others are rounded to them.
 *
 * <p>E4M3FN and E5M2: Micikevicius et al., "FP8 Formats for Deep Learning", 2022; the FNUZ types: Noune et al., "8-bit Numerical
 * Formats for Deep Neural Networks", 2022; E2M1 and E8M0: Open Compute Project, "Microscaling Formats", 2023.
 */
public final class SmallFloats {
    /** How a number that lies between two powers of two becomes one of them. */
    public enum Rounding {
        NEAREST, UP, DOWN
    }

    /** A layout of bits: a sign, exponent bits, fraction bits; the largest finite value, and what lies beyond it. */
    private record Format(int exponentBits, int fractionBits, int bias, double max, double beyond,
            boolean unsignedZero) {
        static Format of(ElementType type) {
            return switch (type) {
                case FLOAT8E4M3FN -> new Format(4, 3, 7, 448, Double.NaN, false);
                case FLOAT8E4M3FNUZ -> new Format(4, 3, 8, 240, Double.NaN, true);
                case FLOAT8E5M2 -> new Format(5, 2, 15, 57344, Double.POSITIVE_INFINITY, false);
                case FLOAT8E5M2FNUZ -> new Format(5, 2, 16, 57344, Double.NaN, true);
                case FLOAT4E2M1 -> new Format(2, 1, 1, 6, 6, false);
                default -> throw new IllegalArgumentException(type + " is not a small floating-point type with a sign");
            };
        }
    }

    private SmallFloats() {
    }

    /** Returns the number that the lowest bits of a byte stand for. */
    public static float decode(ElementType type, int bits) {
        if (type == ElementType.FLOAT8E8M0) {
            return bits == 0xFF ? Float.NaN : (float) Math.scalb(1.0, bits - 127);
        }
        Format f = Format.of(type);
        int signBit = f.exponentBits + f.fractionBits;
        int exponent = (bits & (1 << signBit) - 1) >> f.fractionBits;
        int fraction = bits & (1 << f.fractionBits) - 1;
        double magnitude = exponent == 0 ? Math.scalb((double) fraction, 1 - f.bias - f.fractionBits)
                : Math.scalb(1 + Math.scalb((double) fraction, -f.fractionBits), exponent - f.bias);
        boolean negative = (bits >> signBit & 1) == 1;
        if (f.unsignedZero && negative && exponent == 0 && fraction == 0) {
            return Float.NaN;
        }
        if (magnitude > f.max) {
            magnitude = type == ElementType.FLOAT8E5M2 && fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
        }
        return (float) (negative ? -magnitude : magnitude);
    }

    /** Returns the bits of a number that the type has; see {@link #round}. */
    public static int encode(ElementType type, float value) {
        for (int bits = 0; bits < 1 << type.bits(); bits++) {
            float candidate = decode(type, bits);
            if (Float.floatToIntBits(candidate) == Float.floatToIntBits(value)) {
                return bits;
            }
        }
        throw new IllegalArgumentException(value + " is not a number of type " + type);
    }

    /**
     * Returns the nearest number that the type has, ties to even.
     *
     * @param saturate whether what is too large becomes the largest finite number, rather than infinity or NaN
     */
    public static float round(ElementType type, double value, boolean saturate) {
        if (type == ElementType.FLOAT8E8M0) {
            return roundToPower((float) value, saturate, Rounding.UP);
        }
        Format f = Format.of(type);
        if (Double.isNaN(value)) {
            return type == ElementType.FLOAT4E2M1 ? -0f : Float.NaN; // which has none
        }
        double magnitude = Math.abs(value);
        if (!Double.isInfinite(magnitude)) {
            int exponent = Math.max(magnitude == 0 ? Integer.MIN_VALUE : Math.getExponent(magnitude), 1 - f.bias);
            magnitude =
                    Math.scalb(Math.rint(Math.scalb(magnitude, f.fractionBits - exponent)), exponent - f.fractionBits);
        }
        if (magnitude > f.max) {
            magnitude = saturate ? f.max : f.beyond;
        }
        float rounded = (float) Math.copySign(magnitude, value);
        return f.unsignedZero && rounded == 0 ? 0 : rounded;
    }

    /** Returns the power of two that E8M0 has for a number; its sign is dropped. */
    public static float roundToPower(float value, boolean saturate, Rounding rounding) {
        int bits = Float.floatToRawIntBits(value);
        int exponent = bits >> 23 & 0xFF;
        if (exponent == 0xFF) {
            return Float.NaN;
        }
        int fraction = bits & 0x7FFFFF;
        boolean up = switch (rounding) {
            case UP -> fraction != 0;
            case DOWN -> false;
            case NEAREST -> fraction > 0x400000 || fraction == 0x400000 && exponent > 0;
        };
        if (up && !(saturate && exponent == 0xFE)) {
            exponent++;
        }
        return decode(ElementType.FLOAT8E8M0, exponent);
    }
}
