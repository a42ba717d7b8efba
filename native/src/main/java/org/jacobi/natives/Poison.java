package org.jacobi.natives;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * A recognizable pattern to fill memory with, and to find again: read as f32 or f64 it is NaN, read as an index it is far
 * out of range.
 */
enum Poison {
    /** What a block holds that was handed out and not written yet. */
    FRESH(0x7FFCF4E5),
    /** What a freed block holds. */
    FREED(0x7FFCDEAD),
    /** What lies before and behind a block. */
    RED_ZONE(0x7FFC4EDD);

    private static final int PERIOD = Long.BYTES;
    private static final int CHUNK = 1 << 16;

    /** The pattern as it lies from an address on that is a multiple of its period. */
    private final MemorySegment pattern;

    Poison(int word) {
        long[] words = new long[CHUNK / PERIOD + 1];
        Arrays.fill(words, (long) word << 32 | word);
        pattern = MemorySegment.ofArray(words);
    }

    void fill(long address, long bytes) {
        for (long done = 0; done < bytes; done += CHUNK) {
            long n = Math.min(CHUNK, bytes - done);
            MemorySegment.copy(pattern, phase(address + done), NativeMemory.ALL, address + done, n);
        }
    }

    /** The offset of the first byte that is not as {@link #fill} left it, or -1. */
    long firstDamage(long address, long bytes) {
        for (long done = 0; done < bytes; done += CHUNK) {
            long n = Math.min(CHUNK, bytes - done);
            long from = address + done;
            long at = MemorySegment.mismatch(NativeMemory.ALL, from, from + n, pattern, phase(from), phase(from) + n);
            if (at >= 0) {
                return done + at;
            }
        }
        return -1;
    }

    private static long phase(long address) {
        return address & PERIOD - 1;
    }
}
