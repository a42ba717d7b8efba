package org.jacobi.tensor.backend.reference;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.BFloat16;
import org.jacobi.tensor.DType;

/** Reads and writes single elements of any type at absolute addresses: integers as long, other numbers as double. */
final class Elements {
    private static final MemorySegment ALL = NativeMemory.ALL;

    private Elements() {
    }

    static double getDouble(DType dtype, long address) {
        return switch (dtype) {
            case F16 -> Float.float16ToFloat(ALL.get(JAVA_SHORT_UNALIGNED, address));
            case BF16 -> BFloat16.toFloat(ALL.get(JAVA_SHORT_UNALIGNED, address));
            case F32 -> ALL.get(JAVA_FLOAT_UNALIGNED, address);
            case F64 -> ALL.get(JAVA_DOUBLE_UNALIGNED, address);
            case BOOL, U8, I8, I16, I32, I64 -> getLong(dtype, address);
        };
    }

    static long getLong(DType dtype, long address) {
        return switch (dtype) {
            case BOOL -> ALL.get(JAVA_BYTE, address) != 0 ? 1 : 0;
            case U8 -> ALL.get(JAVA_BYTE, address) & 0xFF;
            case I8 -> ALL.get(JAVA_BYTE, address);
            case I16 -> ALL.get(JAVA_SHORT_UNALIGNED, address);
            case I32 -> ALL.get(JAVA_INT_UNALIGNED, address);
            case I64 -> ALL.get(JAVA_LONG_UNALIGNED, address);
            case F16, BF16, F32, F64 -> (long) getDouble(dtype, address);
        };
    }

    /**
     * Writes a number, rounded for f32, and for f16 and bf16 to f32 first, as PyTorch does; integers lose the fraction as
     * by Java's casts, and the narrow ones keep the lowest bits.
     */
    static void setDouble(DType dtype, long address, double value) {
        switch (dtype) {
            case BOOL -> ALL.set(JAVA_BYTE, address, (byte) (value != 0 ? 1 : 0));
            case U8, I8 -> ALL.set(JAVA_BYTE, address, (byte) (long) value);
            case I16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, (short) (long) value);
            case I32 -> ALL.set(JAVA_INT_UNALIGNED, address, (int) value);
            case I64 -> ALL.set(JAVA_LONG_UNALIGNED, address, (long) value);
            case F16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, Float.floatToFloat16((float) value));
            case BF16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, BFloat16.fromFloat((float) value));
            case F32 -> ALL.set(JAVA_FLOAT_UNALIGNED, address, (float) value);
            case F64 -> ALL.set(JAVA_DOUBLE_UNALIGNED, address, value);
        }
    }

    /**
     * Writes an integer; narrower integers keep the lower bits, f32 and f64 round once, f16 and bf16 after a rounding to
     * f32.
     */
    static void setLong(DType dtype, long address, long value) {
        switch (dtype) {
            case BOOL -> ALL.set(JAVA_BYTE, address, (byte) (value != 0 ? 1 : 0));
            case U8, I8 -> ALL.set(JAVA_BYTE, address, (byte) value);
            case I16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, (short) value);
            case I32 -> ALL.set(JAVA_INT_UNALIGNED, address, (int) value);
            case I64 -> ALL.set(JAVA_LONG_UNALIGNED, address, value);
            case F16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, Float.floatToFloat16(value));
            case BF16 -> ALL.set(JAVA_SHORT_UNALIGNED, address, BFloat16.fromFloat(value));
            case F32 -> ALL.set(JAVA_FLOAT_UNALIGNED, address, value);
            case F64 -> ALL.set(JAVA_DOUBLE_UNALIGNED, address, value);
        }
    }

    /** Copies one element, bit for bit, between two addresses of one type. */
    static void move(DType dtype, long to, long from) {
        switch (dtype.bytes()) {
            case 1 -> ALL.set(JAVA_BYTE, to, ALL.get(JAVA_BYTE, from));
            case 2 -> ALL.set(JAVA_SHORT_UNALIGNED, to, ALL.get(JAVA_SHORT_UNALIGNED, from));
            case 4 -> ALL.set(JAVA_INT_UNALIGNED, to, ALL.get(JAVA_INT_UNALIGNED, from));
            default -> ALL.set(JAVA_LONG_UNALIGNED, to, ALL.get(JAVA_LONG_UNALIGNED, from));
        }
    }
}
