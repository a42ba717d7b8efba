package org.jacobi.natives;

/**
 * The block sizes that the allocator deals in: 64, 128, 192, 256, then four equal steps a doubling (320, 384, 448, 512,
 * 640 …), so that rounding a request up wastes less than a fifth of the block.
 *
 * <p>Counted in units of 64 bytes, the sizes are 1, 2, 3, 4 and then {@code (5, 6, 7, 8) * 2^s}.
 */
final class SizeClasses {
    /** The alignment of every block and the size of the smallest one: a cache line, and the widest vector. */
    static final int UNIT = 64;
    /** No request can be larger; far above what an address space holds, far below where rounding up would overflow. */
    static final long LARGEST_REQUEST = 1L << 56;
    static final int COUNT = of(LARGEST_REQUEST) + 1;

    private SizeClasses() {
    }

    /** The class of the smallest blocks that hold {@code bytes} bytes. */
    static int of(long bytes) {
        long last = bytes <= UNIT ? 0 : (bytes - 1) >>> 6; // index of the unit that holds the last byte
        if (last < 4) {
            return (int) last;
        }
        int shift = 63 - Long.numberOfLeadingZeros(last) - 2;
        return 4 * shift + (int) (last >>> shift); // last >>> shift is 4, 5, 6 or 7
    }

    /** The size of the blocks of a class, in bytes. */
    static long bytes(int sizeClass) {
        return (long) mantissa(sizeClass) << (exponent(sizeClass) + 6);
    }

    /** The size in units is {@code mantissa * 2^exponent}; the mantissa is 1 to 8. */
    static int mantissa(int sizeClass) {
        return sizeClass < 4 ? sizeClass + 1 : 5 + (sizeClass & 3);
    }

    static int exponent(int sizeClass) {
        return sizeClass < 4 ? 0 : (sizeClass >>> 2) - 1;
    }
}
