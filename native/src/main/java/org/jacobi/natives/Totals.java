package org.jacobi.natives;

/** Sums over size classes, filled in class by class. */
final class Totals {
    long liveBlocks;
    long allocations;
    long poolHits;
    long cachedBytes;
    long reservedBytes;

    void add(FreeList list) {
        liveBlocks += list.live;
        allocations += list.allocations;
        poolHits += list.poolHits;
        cachedBytes += list.freedCount() * list.blockBytes;
    }
}
