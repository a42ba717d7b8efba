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
        return this == F32 || this == F64;
    }

    /** Returns whether a number can be converted to this type without becoming another one, apart from rounding. */
    public boolean holds(double value) {
        return switch (this) {
            case BOOL -> value == 0 || value == 1;
            case U8 -> value == Math.rint(value) && value >= 0 && value <= 255;
            case I32 -> value == (int) value;
            case I64 -> value == Math.rint(value) && Math.abs(value) < 0x1p63;
            case F32, F64 -> true;
        };
    }

    /** Returns the type that an operation on two types computes in: the wider one, as PyTorch's table has it for these types. */
    public static DType promote(DType a, DType b) {
        return a.ordinal() >= b.ordinal() ? a : b;
    }
}
