package org.jacobi.tensor;

/**
 * Conversions of bfloat16, the upper half of an f32, as {@link Float#float16ToFloat} and {@link Float#floatToFloat16} are
 * those of IEEE's half precision.
 */
public final class BFloat16 {
    /** The bit that makes a NaN a quiet one. */
    private static final int QUIET = 0x40;

    private BFloat16() {
    }

    /** Returns the number that 16 bits mean, exactly. */
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << Short.SIZE);
    }

    /**
     * Returns the bits of the nearest number, of two equally near ones the even one; what is too large becomes infinite. A
     * NaN stays one, with its sign.
     */
    public static short fromFloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> Short.SIZE | QUIET);
        }
        // Half of what is cut off, less one if the last bit kept is even: a carry is the rounding.
        return (short) (bits + 0x7FFF + (bits >>> Short.SIZE & 1) >>> Short.SIZE);
    }
}
