package org.jacobi.natives;

/**
 * Blocks that are mappings of their own, with a cache of freed ones.
 *
 * <p>Mapping a block costs little, touching its fresh pages costs as much as a kernel that runs over it; so freed
 * blocks are kept for the next training step. How many is measured by the program itself: memory held from the system
 * stays below one and a half times the recent peak of live bytes (or the peak and the configured slack, if that is
 * more). The peak is the largest of the last one to two windows of {@value #WINDOW} requests, so a program that needs
 * less than before gives the rest back. What goes back first are blocks of the class that was not used for longest.
 *
 * <p>One lock guards everything here: a large block is worth its price many times over.
 */
final class LargeBlocks {
    /** Larger than the number of large blocks a training step asks for, so that a window sees the peak of a step. */
    private static final int WINDOW = 1 << 14;

    private final SystemMemory system;
    private final long slackBytes;
    private final FreeList[] lists = new FreeList[SizeClasses.COUNT];
    private final AddressTable live = new AddressTable();

    private long liveBytes;
    private long cachedBytes;
    private long windowPeak;
    private long previousPeak;
    private int windowRequests;
    private long clock;

    LargeBlocks(SystemMemory system, long slackBytes) {
        this.system = system;
        this.slackBytes = slackBytes;
    }

    /** A block of the class, or 0 when the system refuses one even after all cached blocks went back to it. */
    synchronized long allocate(int sizeClass) {
        FreeList list = list(sizeClass);
        long address;
        if (list.freedCount() > 0) {
            address = list.pop();
            cachedBytes -= list.blockBytes;
            list.poolHits++;
        } else {
            address = mapBlock(list.blockBytes);
            if (address == 0) {
                return 0;
            }
        }
        live.put(address, sizeClass);
        liveBytes += list.blockBytes;
        list.live++;
        list.allocations++;
        notePeak();
        return address;
    }

    private long mapBlock(long bytes) {
        long peak = Math.max(recentPeak(), liveBytes + bytes);
        evictDownTo(Math.max(0, keepLimit(peak) - liveBytes - bytes));
        long address = system.map(bytes);
        if (address == 0 && cachedBytes > 0) {
            evictDownTo(0);
            address = system.map(bytes);
        }
        return address;
    }

    /** Takes a block back; false, and nothing done, when it is no live block of this class. */
    synchronized boolean free(long address, int sizeClass) {
        if (live.get(address) != sizeClass) {
            return false;
        }
        live.remove(address);
        FreeList list = list(sizeClass);
        list.push(address);
        list.live--;
        liveBytes -= list.blockBytes;
        cachedBytes += list.blockBytes;
        evictDownTo(Math.max(0, keepLimit(recentPeak()) - liveBytes));
        return true;
    }

    /** Gives all cached blocks back to the system. */
    synchronized void trim() {
        evictDownTo(0);
    }

    private void evictDownTo(long bytes) {
        while (cachedBytes > bytes) {
            FreeList oldest = null;
            for (FreeList list : lists) {
                if (list != null && list.freedCount() > 0 && (oldest == null || list.lastUse < oldest.lastUse)) {
                    oldest = list;
                }
            }
            system.unmap(oldest.pop(), oldest.blockBytes);
            cachedBytes -= oldest.blockBytes;
        }
    }

    private void notePeak() {
        windowPeak = Math.max(windowPeak, liveBytes);
        if (++windowRequests == WINDOW) {
            previousPeak = windowPeak;
            windowPeak = liveBytes;
            windowRequests = 0;
        }
    }

    private long recentPeak() {
        return Math.max(windowPeak, previousPeak);
    }

    private long keepLimit(long peak) {
        return peak + Math.max(slackBytes, peak / 2);
    }

    private FreeList list(int sizeClass) {
        FreeList list = lists[sizeClass];
        if (list == null) {
            list = lists[sizeClass] = new FreeList(sizeClass);
        }
        list.lastUse = ++clock;
        return list;
    }

    synchronized void addTo(Totals totals) {
        for (FreeList list : lists) {
            if (list != null) {
                totals.add(list);
            }
        }
        totals.reservedBytes += liveBytes + cachedBytes;
    }
}
