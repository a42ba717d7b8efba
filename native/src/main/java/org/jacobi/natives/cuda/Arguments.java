package org.jacobi.natives.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The parameter of a kernel: a struct of 8-byte fields (addresses, whole numbers, doubles) in the order of its declaration.
 *
 * <p>One object serves all launches of a thread, so that a launch makes no garbage: {@link #begin} empties it.
 */
public final class Arguments {
    /** What a kernel's parameters may take on every architecture. */
    private static final int CAPACITY = 4096;
    private static final ThreadLocal<Arguments> OWN = ThreadLocal.withInitial(Arguments::new);

    private final MemorySegment memory = Arena.ofAuto().allocate(CAPACITY, 16);
    private int bytes;

    private Arguments() {
    }

    /** Returns this thread's arguments, empty. */
    public static Arguments begin() {
        Arguments arguments = OWN.get();
        arguments.bytes = 0;
        return arguments;
    }

    /** Adds an address or a whole number ({@code long long}). */
    public Arguments add(long value) {
        memory.set(ValueLayout.JAVA_LONG, bytes, value);
        bytes += Long.BYTES;
        return this;
    }

    /** Adds a {@code double}. */
    public Arguments add(double value) {
        return add(Double.doubleToRawLongBits(value));
    }

    /** Adds an array of {@code long long}, filled up with zeros to so many. */
    public Arguments add(long[] values, int length) {
        for (int i = 0; i < length; i++) {
            add(i < values.length ? values[i] : 0);
        }
        return this;
    }

    /** Returns where the struct begins in the host's memory. */
    public long address() {
        return memory.address();
    }

    /** Returns how long the struct is. */
    public int bytes() {
        return bytes;
    }
}
