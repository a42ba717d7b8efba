package org.jacobi.tensor.backend.cpu;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.Random;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/** A block of native f32 numbers for tests, with a margin on both sides that must stay as it was. */
final class Floats implements AutoCloseable {
    private static final int MARGIN = 64;
    private static final float UNTOUCHED = 1234.5f;

    /** Numbers at which functions like to go wrong. */
    static final float[] SPECIAL = {0, -0f, 1, -1, 0.5f, -0.5f, 1.5f, -1.5f, 2.5f, -2.5f, Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY, Float.MIN_VALUE, -Float.MIN_VALUE, Float.MIN_NORMAL, -Float.MIN_NORMAL,
        Float.MAX_VALUE,
        -Float.MAX_VALUE, 88.5f, 88.73f, -87.4f, -104, 1e-20f, -1e-20f, 1e20f, -1e20f, 8388607.5f, 8388608, -8388608,
        16777217, 0.49999997f, (float) Math.sqrt(0.5), (float) Math.E, Float.intBitsToFloat(0x7FC00001)};

    final int size;
    final long address;
    private final long block;

    Floats(int size) {
        this.size = size;
        block = SlabAllocator.global().allocate(bytes());
        address = block + MARGIN * Float.BYTES;
        for (int i = -MARGIN; i < size + MARGIN; i++) {
            set(i, UNTOUCHED);
        }
    }

    static Floats of(float... values) {
        Floats floats = new Floats(values.length);
        for (int i = 0; i < values.length; i++) {
            floats.set(i, values[i]);
        }
        return floats;
    }

    static Floats random(int size, long seed) {
        Random random = new Random(seed);
        Floats floats = new Floats(size);
        for (int i = 0; i < size; i++) {
            floats.set(i, (float) random.nextGaussian());
        }
        return floats;
    }

    /** Random numbers of every magnitude, among them the special ones. */
    static Floats wild(int size, long seed) {
        Random random = new Random(seed);
        Floats floats = new Floats(size);
        for (int i = 0; i < size; i++) {
            floats.set(i, switch (random.nextInt(4)) {
                case 0 -> SPECIAL[random.nextInt(SPECIAL.length)];
                case 1 -> Float.intBitsToFloat(random.nextInt());
                default -> (float) random.nextGaussian() * 5;
            });
        }
        return floats;
    }

    Floats copy() {
        Floats copy = new Floats(size);
        for (int i = 0; i < size; i++) {
            copy.set(i, get(i));
        }
        return copy;
    }

    private long bytes() {
        return (size + 2L * MARGIN) * Float.BYTES;
    }

    float get(long i) {
        return NativeMemory.ALL.get(JAVA_FLOAT, address + i * Float.BYTES);
    }

    void set(long i, float value) {
        NativeMemory.ALL.set(JAVA_FLOAT, address + i * Float.BYTES, value);
    }

    float[] toArray() {
        float[] values = new float[size];
        MemorySegment.copy(NativeMemory.ALL, JAVA_FLOAT, address, values, 0, size);
        return values;
    }

    /** Returns the first n bytes, where a kernel wrote truth values. */
    byte[] toBytes(int n) {
        byte[] values = new byte[n];
        MemorySegment.copy(NativeMemory.ALL, JAVA_BYTE, address, values, 0, n);
        return values;
    }

    /** Checks that nothing was written outside. */
    void assertMargins(String what) {
        for (int i = 1; i <= MARGIN; i++) {
            assertEquals(UNTOUCHED, get(-i), what + ": wrote before the first number");
            assertEquals(UNTOUCHED, get(size - 1 + i), what + ": wrote after the last number");
        }
    }

    /** Checks that two results have the same bits, all NaNs being one. */
    static void assertSameBits(String what, float[] expected, float[] actual) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                throw new AssertionError(what + ": number " + i + " is " + actual[i] + ", expected " + expected[i]);
            }
        }
    }

    @Override
    public void close() {
        SlabAllocator.global().free(block, bytes());
    }
}
