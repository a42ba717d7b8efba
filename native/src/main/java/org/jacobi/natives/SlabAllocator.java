package org.jacobi.natives;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Hands out 64-byte-aligned blocks of native memory and keeps freed ones for reuse.
 *
 * <p>Requests are rounded up to size classes, four a doubling. Blocks of up to 1/32 of a slab (1 MiB with the default
 * slabs of 32 MiB) are carved out of slabs: a slab is cut into pages of 16 KiB, a run of pages into blocks of one
 * class, and a table tells the class of each page. Carved memory stays with its class until the process ends. Larger
 * blocks are mappings of their own, and freed ones go back to the system when the program turns out not to need them
 * ({@code LargeBlocks} has the rule). In a steady training loop every request is met from freed blocks: the system is
 * not asked, the resident memory stays flat, and no Java object is made.
 *
 * <p>Thread safe; two threads meet only when they ask for the same size class at the same moment. The design follows
 * Bonwick, The Slab Allocator (USENIX Summer 1994), and the size classes of jemalloc.
 *
 * <p>{@code -Djacobi.memory=report} or {@code guarded} puts a {@code WatchedAllocator} in the place of the global one.
 * Without it that class is never loaded, so the JIT compiler inlines the methods that it overrides: watching costs
 * nothing where it is off.
 */
public sealed class SlabAllocator permits WatchedAllocator {
    private static final int PAGE_SHIFT = 14;
    private static final long PAGE_BYTES = 1L << PAGE_SHIFT;
    private static final byte UNUSED_PAGE = -1;

    private static final long DEFAULT_SLAB_BYTES = 32L << 20;
    private static final long DEFAULT_SLACK_BYTES = 256L << 20;

    private static final class Global {
        static final SlabAllocator INSTANCE = create();

        private static SlabAllocator create() {
            try {
                MemorySettings.Mode mode = MemorySettings.mode(System.getProperty(MemorySettings.MODE_PROPERTY));
                long limit = MemorySettings.limit(System.getProperty(MemorySettings.LIMIT_PROPERTY),
                        Platform.totalMemoryBytes());
                SystemMemory system = SystemMemory.OPERATING_SYSTEM;
                return mode == MemorySettings.Mode.PLAIN
                        ? new SlabAllocator(DEFAULT_SLAB_BYTES, DEFAULT_SLACK_BYTES, system, limit)
                        : new WatchedAllocator(DEFAULT_SLAB_BYTES, DEFAULT_SLACK_BYTES, system, limit,
                                mode == MemorySettings.Mode.GUARDED);
            } catch (IllegalArgumentException e) {
                throw new ExceptionInInitializerError(e.getMessage()); // an exception would lose its message here
            }
        }
    }

    /** A large mapping, of which pages are given to size classes from the front on. */
    private static final class Slab {
        final long address;
        final byte[] pageClass;
        int usedPages;

        Slab(long address, long bytes) {
            this.address = address;
            this.pageClass = new byte[(int) (bytes >>> PAGE_SHIFT)];
            Arrays.fill(pageClass, UNUSED_PAGE);
        }
    }

    /**
     * What an allocator has given out and what it holds.
     *
     * @param liveBytes     bytes of blocks in use, at the size of their class
     * @param liveBlocks    blocks in use
     * @param peakLiveBytes the largest value of {@code liveBytes} so far
     * @param reservedBytes address space taken from the system; pages that were never touched cost no memory
     * @param cachedBytes   bytes of freed blocks that wait for reuse
     * @param allocations   requests so far
     * @param poolHits      requests that were met by a freed block
     */
    public record Statistics(long liveBytes, long liveBlocks, long peakLiveBytes, long reservedBytes, long cachedBytes,
            long allocations, long poolHits) {
    }

    private final SystemMemory system;
    private final long slabBytes;
    private final long limit;
    private volatile MemoryRelief relief;
    private final FreeList[] carvedClasses;
    private final LargeBlocks large;
    private final AtomicLong liveBytes = new AtomicLong();
    private final AtomicLong peakLiveBytes = new AtomicLong();
    private final AtomicLong recentPeakLiveBytes = new AtomicLong();

    /** Sorted by address; replaced as a whole when a slab is added, so that readers need no lock. */
    private volatile Slab[] slabs = {};
    private final Object slabLock = new Object();
    private Slab current;

    /**
     * An allocator of its own, beside the {@link #global} one.
     *
     * @param slabBytes  size of a slab; a power of two, at least 1 MiB
     * @param slackBytes how many bytes of freed large blocks may be kept in any case
     */
    public SlabAllocator(long slabBytes, long slackBytes) {
        this(slabBytes, slackBytes, SystemMemory.OPERATING_SYSTEM, MemorySettings.UNLIMITED);
    }

    /** An allocator that takes its memory from {@code system} and never has more than {@code limit} bytes live. */
    SlabAllocator(long slabBytes, long slackBytes, SystemMemory system, long limit) {
        if (slabBytes < 1L << 20 || slabBytes > 1L << 30 || Long.bitCount(slabBytes) != 1) {
            throw new IllegalArgumentException("slab size " + slabBytes + ": expected a power of two, 1 MiB to 1 GiB");
        }
        if (slackBytes < 0) {
            throw new IllegalArgumentException("slack of " + slackBytes + " bytes: expected 0 or more");
        }
        this.system = system;
        this.slabBytes = slabBytes;
        this.limit = limit;
        this.large = new LargeBlocks(system, slackBytes);
        this.carvedClasses = new FreeList[SizeClasses.of(slabBytes / 32) + 1];
        for (int c = 0; c < carvedClasses.length; c++) {
            carvedClasses[c] = new FreeList(c);
        }
    }

    /**
     * An allocator of another memory than the operating system's, such as a GPU's, whose content nobody here touches.
     * {@code -Djacobi.memory=report} and {@code guarded} record who made its blocks.
     *
     * @param slabBytes  size of a slab; a power of two, at least 1 MiB
     * @param slackBytes how many bytes of freed large blocks may be kept in any case
     */
    public static SlabAllocator of(SystemMemory memory, long slabBytes, long slackBytes) {
        MemorySettings.Mode mode = MemorySettings.mode(System.getProperty(MemorySettings.MODE_PROPERTY));
        return mode == MemorySettings.Mode.PLAIN
                ? new SlabAllocator(slabBytes, slackBytes, memory, MemorySettings.UNLIMITED)
                : new WatchedAllocator(slabBytes, slackBytes, memory, MemorySettings.UNLIMITED, false);
    }

    /** The allocator that everybody shares. */
    public static SlabAllocator global() {
        return Global.INSTANCE;
    }

    /** A block of at least {@code bytes} bytes for a kernel's own use; see {@link #allocate(long, String)}. */
    public long allocate(long bytes) {
        return allocate(bytes, "scratch");
    }

    /**
     * A block of at least {@code bytes} bytes; its content is undefined.
     *
     * @param bytes 0 or more; 0 gives a block of its own too
     * @param op    what it is for, in reports and errors
     * @return the absolute address, a multiple of 64
     * @throws OutOfMemoryError when the limit of live bytes does not allow it or the system has no memory left, also after
     *     everything unreachable was freed and cached blocks went back to the system; no block was changed then
     */
    public final long allocate(long bytes, String op) {
        if (bytes < 0) {
            throw new IllegalArgumentException("allocate(" + bytes + "): the size must be 0 or more");
        }
        if (bytes > SizeClasses.LARGEST_REQUEST) {
            throw outOfMemory(bytes, op);
        }
        long address = tryAllocate(bytes, op);
        if (address == 0) {
            boolean limited = held(bytes) > limit - liveBytes.get();
            if (relief != null) {
                relief.reclaim();
            }
            if (!limited) {
                trim(); // freed blocks that wait for reuse do not count as live
            }
            address = tryAllocate(bytes, op);
            if (address == 0) {
                throw outOfMemory(bytes, op);
            }
        }
        return address;
    }

    private long tryAllocate(long bytes, String op) {
        long held = held(bytes);
        long before = liveBytes.get();
        while (held <= limit - before && !liveBytes.compareAndSet(before, before + held)) {
            before = liveBytes.get();
        }
        if (held > limit - before) {
            return 0;
        }
        long address = 0;
        try {
            address = take(bytes, op);
        } finally {
            if (address == 0) {
                liveBytes.addAndGet(-held);
            }
        }
        if (address != 0 && before + held > recentPeakLiveBytes.get()) {
            recentPeakLiveBytes.accumulateAndGet(before + held, Math::max);
            if (before + held > peakLiveBytes.get()) {
                peakLiveBytes.accumulateAndGet(before + held, Math::max);
            }
        }
        return address;
    }

    /** Finds a block, or gives 0 when the system refuses the memory. */
    long take(long bytes, String op) {
        int sizeClass = SizeClasses.of(bytes);
        return sizeClass < carvedClasses.length ? allocateCarved(sizeClass) : large.allocate(sizeClass);
    }

    /**
     * Takes a block back.
     *
     * @param bytes the same number that was asked for
     * @throws IllegalArgumentException when no block of that size lies at the address. That a small
     *     block is freed twice is noticed only when no block of its class is live, or in guarded mode.
     * @throws MemoryViolation in guarded mode, when the block was written outside of its bounds, or freed before
     */
    public void free(long address, long bytes) {
        giveBack(address, bytes);
        liveBytes.addAndGet(-held(bytes));
    }

    void giveBack(long address, long bytes) {
        int sizeClass = bytes < 0 || bytes > SizeClasses.LARGEST_REQUEST ? -1 : SizeClasses.of(bytes);
        boolean freed;
        if (sizeClass >= carvedClasses.length) {
            freed = large.free(address, sizeClass);
        } else {
            freed = sizeClass >= 0 && carvedClassOf(address) == sizeClass && freeCarved(address, sizeClass);
        }
        if (!freed) {
            throw new IllegalArgumentException("free(0x" + Long.toHexString(address) + ", " + bytes
                    + "): this allocator has no live block of that size there; give the address and size"
                    + " of the allocation, once");
        }
    }

    /** The bytes that a block takes up which was asked for at this size. */
    public static long held(long bytes) {
        return SizeClasses.bytes(SizeClasses.of(bytes));
    }

    /** Sets whom to ask when memory is short. */
    public final void onShortage(MemoryRelief whom) {
        relief = whom;
    }

    /**
     * Looks at the surroundings of all live blocks and into all freed ones, in guarded mode; otherwise does nothing.
     *
     * @throws MemoryViolation when one was written where nobody may; others that were are suppressed in it
     */
    public void check() {
        // A plain allocator has nothing to look at.
    }

    /** Does the quicker half of {@link #check}: looks at the surroundings of all live blocks. */
    public void checkLive() {
        // As above.
    }

    /** Whether {@link #holdings} knows who made the blocks: {@code -Djacobi.memory=report} or {@code guarded}. */
    public boolean recordsSites() {
        return false;
    }

    /** Who made the blocks that are live, and those that were at the peak; empty when it is not recorded. */
    public List<Holding> holdings() {
        return List.of();
    }

    /** The largest number of live bytes that is allowed, {@link Long#MAX_VALUE} for no limit. */
    public final long limit() {
        return limit;
    }

    /** Gives the freed large blocks that wait for reuse back to the system. */
    public void trim() {
        large.trim();
    }

    /** Returns the largest number of live bytes since the last call, or ever if there was none, and starts anew. */
    public long takeRecentPeak() {
        return Math.max(recentPeakLiveBytes.getAndSet(0), liveBytes.get());
    }

    /** What was given out and what is held now. */
    public Statistics statistics() {
        var totals = new Totals();
        for (FreeList list : carvedClasses) {
            synchronized (list) {
                totals.add(list);
            }
        }
        large.addTo(totals);
        totals.reservedBytes += slabs.length * slabBytes;
        return new Statistics(liveBytes.get(), totals.liveBlocks, peakLiveBytes.get(), totals.reservedBytes,
                totals.cachedBytes, totals.allocations, totals.poolHits);
    }

    private long allocateCarved(int sizeClass) {
        FreeList list = carvedClasses[sizeClass];
        synchronized (list) {
            long address;
            if (list.freedCount() > 0) {
                address = list.pop();
                list.poolHits++;
            } else {
                if (list.freshStart == list.freshEnd && !takePages(list)) {
                    return 0;
                }
                address = list.freshStart;
                list.freshStart += list.blockBytes;
            }
            list.live++;
            list.allocations++;
            return address;
        }
    }

    private boolean freeCarved(long address, int sizeClass) {
        FreeList list = carvedClasses[sizeClass];
        synchronized (list) {
            if (list.live == 0) {
                return false;
            }
            list.live--;
            list.push(address);
            return true;
        }
    }

    /**
     * Gives a class the next run of pages, as many as its blocks divide without a rest: a block is {@code m * 2^k}
     * bytes, so {@code m} pages hold a whole number of blocks, or one block a whole number of pages.
     */
    private boolean takePages(FreeList list) {
        long bytes = Math.max(list.blockBytes, SizeClasses.mantissa(list.sizeClass) * PAGE_BYTES);
        int pages = (int) (bytes >>> PAGE_SHIFT);
        synchronized (slabLock) {
            // The rest of a slab that is too short is left unused: at most 1/32 of it, and never touched.
            if (current == null || current.usedPages + pages > current.pageClass.length) {
                Slab slab = newSlab();
                if (slab == null) {
                    return false;
                }
                current = slab;
            }
            int first = current.usedPages;
            Arrays.fill(current.pageClass, first, first + pages, (byte) list.sizeClass);
            current.usedPages += pages;
            list.freshStart = current.address + first * PAGE_BYTES;
            list.freshEnd = list.freshStart + bytes;
            return true;
        }
    }

    private Slab newSlab() {
        long address = system.map(slabBytes);
        if (address == 0) {
            trim();
            address = system.map(slabBytes);
            if (address == 0) {
                return null;
            }
        }
        Slab slab = new Slab(address, slabBytes);
        Slab[] more = Arrays.copyOf(slabs, slabs.length + 1);
        int i = more.length - 1;
        for (; i > 0 && more[i - 1].address > address; i--) {
            more[i] = more[i - 1];
        }
        more[i] = slab;
        slabs = more;
        return slab;
    }

    /** The class of the carved block at the address, or -1 when no block can begin there. */
    private int carvedClassOf(long address) {
        Slab[] sorted = slabs;
        int low = 0;
        int high = sorted.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (sorted[middle].address <= address) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if (high < 0 || address % SizeClasses.UNIT != 0) {
            return -1;
        }
        long offset = address - sorted[low].address;
        return offset >= 0 && offset < slabBytes ? sorted[low].pageClass[(int) (offset >>> PAGE_SHIFT)] : -1;
    }

    private OutOfMemoryError outOfMemory(long bytes, String op) {
        Statistics now = statistics();
        String of = limit == MemorySettings.UNLIMITED
                ? ""
                : " of the " + NativeMemory.readable(limit) + " that -D" + MemorySettings.LIMIT_PROPERTY + " allows";
        String shortage = op + ": no " + system.name() + " for a block of " + NativeMemory.readable(bytes) + ": "
                + NativeMemory.readable(now.liveBytes) + of + " live in " + now.liveBlocks + " blocks, "
                + NativeMemory.readable(now.reservedBytes) + " reserved from the system";
        String advice = "use smaller sizes (a smaller batch), or release what is no longer needed (a TensorScope around"
                + " each step)" + (of.isEmpty() ? "" : ", or raise the limit");
        return new OutOfNativeMemoryError(shortage, advice, relief == null ? "" : relief.holders());
    }
}
