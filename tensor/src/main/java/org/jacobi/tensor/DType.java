package org.jacobi.tensor;

/** The type of a tensor's elements. */
public enum DType {
    /** Truth values, one byte each: 0 or 1. */
    BOOL(1),
    /** Unsigned bytes, 0 to 255. */
    U8(1),
    /** 8-bit signed integers, -128 to 127. */
    I8(1),
    /** 16-bit signed integers. */
    I16(2),
    /** 32-bit signed integers. */
    I32(4),
    /** 64-bit signed integers: the type of indices and class labels. */
    I64(8),
    /** IEEE 754's 16-bit floating point: 5 bits of exponent, 10 of fraction. Ops compute in f32 and round their result. */
    F16(2),
    /** The upper half of an f32: 8 bits of exponent, 7 of fraction. Ops compute in f32 and round their result. */
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

    /** Returns whether a number can be converted to this type without becoming another one, apart from rounding. */
    public boolean holds(double value) {
        return switch (this) {
            case BOOL -> value == 0 || value == 1;
            case U8 -> value == Math.rint(value) && value >= 0 && value <= 255;
            case I8 -> value == (byte) value;
            case I16 -> value == (short) value;
            case I32 -> value == (int) value;
            case I64 -> value == Math.rint(value) && Math.abs(value) < 0x1p63;
            case F16, BF16, F32, F64 -> true;
        };
    }

    /**
     * Returns whether a number is beyond this integer type's range, or NaN. As in PyTorch, a truth value has no range, and
     * U8 takes -1 for 255.
     */
    boolean overflows(double value) {
        return switch (this) {
            case U8 -> !(Math.abs(value) <= 255);
            case I8 -> !(value >= Byte.MIN_VALUE && value <= Byte.MAX_VALUE);
            case I16 -> !(value >= Short.MIN_VALUE && value <= Short.MAX_VALUE);
            case I32 -> !(value >= Integer.MIN_VALUE && value <= Integer.MAX_VALUE);
            case I64 -> !(Math.abs(value) <= 0x1p63);
            case BOOL, F16, BF16, F32, F64 -> false;
        };
    }

    /**
     * Returns the type that an operation on two types computes in, by PyTorch's table: the wider one; I16 for I8 with U8 and
     * F32 for F16 with BF16, of which neither holds the other.
     */
    public static DType promote(DType a, DType b) {
        if (a == b) {
            return a;
        }
        if (a.isHalf() && b.isHalf()) {
            return F32;
        }
        if (a.bytes == 1 && b.bytes == 1 && a != BOOL && b != BOOL) {
            return I16;
        }
        return a.ordinal() >= b.ordinal() ? a : b;
    }

    /**
     * Returns the type that an operation on tensors computes in, by PyTorch's rule: a scalar, a tensor of no axes, counts
     * beside tensors with axes only if its category is higher (bool, then integer, then floating-point). So an F64 scalar
     * leaves an F32 vector as it is, and turns an I64 vector into F64.
     */
    public static DType promote(Tensor... operands) {
        DType arrays = null;
        DType scalars = null;
        for (Tensor operand : operands) {
            if (operand.rank() > 0) {
                arrays = arrays == null ? operand.dtype() : promote(arrays, operand.dtype());
            } else {
                scalars = scalars == null ? operand.dtype() : promote(scalars, operand.dtype());
            }
        }
        return arrays == null ? scalars : scalars == null ? arrays : arrays.beside(scalars);
    }

    /**
     * Returns the type that an operation on a tensor and numbers computes in: numbers, too, count only by their category. A
     * whole number is an integer, any other is F32.
     */
    public static DType promote(Tensor tensor, double... numbers) {
        DType type = tensor.dtype();
        for (double number : numbers) {
            type = type.beside(I64.holds(number) ? I64 : F32);
        }
        return type;
    }

    /** Returns this type, unless a weaker operand is of a higher category. */
    private DType beside(DType weaker) {
        return weaker.category() > category() ? promote(this, weaker) : this;
    }

    /** Returns 0 for bool, 1 for integers and 2 for floating-point types; a type holds the numbers of lower categories. */
    int category() {
        return this == BOOL ? 0 : isFloating() ? 2 : 1;
    }
}
