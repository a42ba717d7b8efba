package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

import org.jacobi.natives.NativeMemory;
import org.jacobi.tensor.BFloat16;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/** Inner loops without vectors: what runs where the Vector API is missing, and the tails of {@link VectorRows}. */
final class PlainRows implements Rows {
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private static float get(long address, int i) {
        return MEMORY.get(JAVA_FLOAT_UNALIGNED, address + (long) i * Float.BYTES);
    }

    private static void set(long address, int i, float value) {
        MEMORY.set(JAVA_FLOAT_UNALIGNED, address + (long) i * Float.BYTES, value);
    }

    @Override
    public void unary(UnaryOp op, long out, long x, int n) {
        if (op.isPredicate()) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_BYTE, out + i, (byte) ScalarMath.unary(op, get(x, i)));
            }
        } else {
            for (int i = 0; i < n; i++) {
                set(out, i, ScalarMath.unary(op, get(x, i)));
            }
        }
    }

    @Override
    public void binary(BinaryOp op, long out, long a, long b, int n) {
        if (op.isPredicate()) {
            for (int i = 0; i < n; i++) {
                MEMORY.set(JAVA_BYTE, out + i, (byte) ScalarMath.binary(op, get(a, i), get(b, i)));
            }
        } else {
            for (int i = 0; i < n; i++) {
                set(out, i, ScalarMath.binary(op, get(a, i), get(b, i)));
            }
        }
    }

    @Override
    public void ternary(TernaryOp op, long out, long a, long b, long c, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, ScalarMath.ternary(op, get(a, i), get(b, i), get(c, i)));
        }
    }

    @Override
    public void where(long out, long condition, long a, long b, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, MEMORY.get(JAVA_BYTE, condition + i) != 0 ? get(a, i) : get(b, i));
        }
    }

    @Override
    public void fill(long out, float value, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, value);
        }
    }

    @Override
    public void copy(long out, long x, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, get(x, i));
        }
    }

    @Override
    public void reverse(long out, long x, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, get(x, n - 1 - i));
        }
    }

    @Override
    public void widen(DType half, long out, long x, int n) {
        for (int i = 0; i < n; i++) {
            short bits = MEMORY.get(JAVA_SHORT_UNALIGNED, x + (long) i * Short.BYTES);
            set(out, i, half == DType.F16 ? Float.float16ToFloat(bits) : BFloat16.toFloat(bits));
        }
    }

    @Override
    public void narrow(DType half, long out, long x, int n) {
        for (int i = 0; i < n; i++) {
            short bits = half == DType.F16 ? Float.floatToFloat16(get(x, i)) : BFloat16.fromFloat(get(x, i));
            MEMORY.set(JAVA_SHORT_UNALIGNED, out + (long) i * Short.BYTES, bits);
        }
    }

    @Override
    public void addSquares(long out, long x, int n) {
        for (int i = 0; i < n; i++) {
            set(out, i, Math.fma(get(x, i), get(x, i), get(out, i)));
        }
    }

    @Override
    public void sumRows(long out, long x, long stride, int height, int n) {
        copy(out, x, n);
        for (int row = 1; row < height; row++) {
            for (int i = 0; i < n; i++) {
                set(out, i, get(out, i) + get(x + row * stride, i));
            }
        }
    }

    @Override
    public float sum(long x, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            sum += get(x, i);
        }
        return (float) sum;
    }

    @Override
    public float sumOfSquares(long x, int n) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double value = get(x, i);
            sum += value * value;
        }
        return (float) sum;
    }

    @Override
    public float max(long x, int n) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            max = Math.max(max, get(x, i));
        }
        return max;
    }

    @Override
    public float min(long x, int n) {
        float min = Float.POSITIVE_INFINITY;
        for (int i = 0; i < n; i++) {
            min = Math.min(min, get(x, i));
        }
        return min;
    }

    @Override
    public long integerExtreme(boolean largest, long x, int n) {
        long value = MEMORY.get(JAVA_LONG_UNALIGNED, x);
        for (int i = 1; i < n; i++) {
            long next = MEMORY.get(JAVA_LONG_UNALIGNED, x + (long) i * Long.BYTES);
            value = largest ? Math.max(value, next) : Math.min(value, next);
        }
        return value;
    }
}
