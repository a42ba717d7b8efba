package org.jacobi.tensor;

/** The type of a tensor's elements. */
public enum DType {
    /** Truth values, one byte each: 0 or 1. */
    BOOL(1),
    /** Unsigned bytes, 0 to 255. */
    U8(1),
    /** 32-bit signed integers. */
    I32(4),
    /** 64-bit signed integers: the type of indices and class labels. */
    I64(8),
    /** IEEE 754's 16-bit floating point: 5 bits of exponent, 10 of fraction. Stored and converted, not computed in. */
    F16(2),
    /** The upper half of an f32: 8 bits of exponent, 7 of fraction. Stored and converted, not computed in. */
    BF16(2),
    /** 32-bit floating point: the default. */
    F32(4),
    /** 64-bit floating point: gradient checks and reference results. */
    F64(8);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns whether this is a floating-point type: only those carry gradients. */
    public boolean isFloating() {
        return ordinal() >= F16.ordinal();
    }

    /** Returns whether this is one of the 16-bit floating-point types. */
    public boolean isHalf() {
        return this == F16 || this == BF16;
    }

    /**
     * Checks that an op can compute in this type.
     *
     * @throws IllegalArgumentException if it is a 16-bit floating-point type
     */
    public void requireArithmetic(String op) {
        if (isHalf()) {
            throw new IllegalArgumentException(
                    op + ": " + this + " is for storing numbers, not for computing; convert with to(DType.F32) first");
        }
    }

    /** Returns whether a number can be converted to this type without becoming another one, apart from rounding. */
    public boolean holds(double value) {
        return switch (this) {
            case BOOL -> value == 0 || value == 1;
            case U8 -> value == Math.rint(value) && value >= 0 && value <= 255;
            case I32 -> value == (int) value;
            case I64 -> value == Math.rint(value) && Math.abs(value) < 0x1p63;
            case F16, BF16, F32, F64 -> true;
        };
    }

    /**
     * Returns the type that an operation on two types computes in, by PyTorch's table: the wider one, and F32 for F16 with
     * BF16, neither of which holds the other.
     */
    public static DType promote(DType a, DType b) {
        if (a != b && a.isHalf() && b.isHalf()) {
            return F32;
        }
        return a.ordinal() >= b.ordinal() ? a : b;
    }
}
