package org.jacobi.natives;

import java.util.Arrays;

/**
 * The blocks of one size class: freed ones on a stack, so that the block used last, still warm in the cache, goes out
 * first.
 *
 * <p>Every access holds the lock of whoever owns the list.
 */
final class FreeList {
    final int sizeClass;
    final long blockBytes;

    /** A stretch of memory from which no block was taken yet. */
    long freshStart;
    long freshEnd;

    long live;
    long allocations;
    long poolHits;
    long lastUse;

    private long[] freed = new long[8];
    private int freedCount;

    FreeList(int sizeClass) {
        this.sizeClass = sizeClass;
        this.blockBytes = SizeClasses.bytes(sizeClass);
    }

    int freedCount() {
        return freedCount;
    }

    void push(long address) {
        if (freedCount == freed.length) {
            freed = Arrays.copyOf(freed, 2 * freedCount);
        }
        freed[freedCount++] = address;
    }

    long pop() {
        return freed[--freedCount];
    }
}
