package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlabAllocatorTest {
    private static final long SLAB = 1L << 20; // blocks above 32 KiB are mappings of their own
    private static final long BIG = 1L << 20;

    /** The operating system with a limit, and with a book of what was mapped. */
    private static final class LimitedMemory implements SystemMemory {
        long limit = Long.MAX_VALUE;
        long mapped;
        final Map<Long, Long> mappings = new TreeMap<>();

        @Override
        public synchronized long map(long bytes) {
            if (mapped + bytes > limit) {
                return 0;
            }
            long address = NativeMemory.map(bytes);
            mappings.put(address, bytes);
            mapped += bytes;
            return address;
        }

        @Override
        public synchronized void unmap(long address, long bytes) {
            assertEquals(bytes, mappings.remove(address), "unmapped at another size");
            NativeMemory.unmap(address, bytes);
            mapped -= bytes;
        }
    }

    private final LimitedMemory system = new LimitedMemory();
    private final SlabAllocator allocator = new SlabAllocator(SLAB, 0, system, MemorySettings.UNLIMITED);

    @AfterEach
    void giveEverythingBack() {
        allocator.trim();
        system.mappings.forEach(NativeMemory::unmap);
    }

    @Test
    void blocksAreAlignedAndDoNotOverlap() {
        var blocks = new TreeMap<Long, Long>();
        for (int c = 0; c < SizeClasses.of(4 * BIG); c++) {
            for (long bytes : new long[] {SizeClasses.bytes(c) - 63, SizeClasses.bytes(c)}) {
                for (int i = 0; i < 3; i++) {
                    long address = allocator.allocate(bytes);
                    assertEquals(0, address % 64, "alignment of " + bytes);
                    blocks.put(address, bytes);
                }
            }
        }
        long end = 0;
        for (var block : blocks.entrySet()) {
            assertTrue(block.getKey() >= end, "block at " + block.getKey() + " begins before " + end);
            end = block.getKey() + block.getValue();
        }
        assertEquals(blocks.size(), allocator.statistics().liveBlocks());
        blocks.forEach(allocator::free);
        assertEquals(0, allocator.statistics().liveBytes());
        assertEquals(0, allocator.statistics().liveBlocks());
    }

    @Test
    void aClassFillsItsPagesWithoutARest() {
        for (long bytes : new long[] {64, 192, 320, 448, 28 << 10}) {
            long reserved = allocator.statistics().reservedBytes();
            Set<Long> seen = new HashSet<>();
            for (long taken = 0; taken < 3 * SLAB; taken += bytes) {
                assertTrue(seen.add(allocator.allocate(bytes)));
            }
            long grown = allocator.statistics().reservedBytes() - reserved;
            assertTrue(grown <= 4 * SLAB, bytes + "-byte blocks worth 3 slabs took " + grown);
            seen.forEach(address -> allocator.free(address, bytes));
        }
    }

    @Test
    void emptyBlocksAreDistinct() {
        long one = allocator.allocate(0);
        long two = allocator.allocate(0);
        assertTrue(one != 0 && two != 0 && one != two);
        allocator.free(one, 0);
        allocator.free(two, 0);
    }

    @Test
    void freedBlocksComeBackLastFirst() {
        for (long bytes : new long[] {100, 5000, BIG}) {
            long one = allocator.allocate(bytes);
            long two = allocator.allocate(bytes);
            long three = allocator.allocate(bytes);
            allocator.free(one, bytes);
            allocator.free(two, bytes - 1); // the same class
            assertEquals(two, allocator.allocate(bytes));
            assertEquals(one, allocator.allocate(bytes - 2));
            allocator.free(one, bytes);
            allocator.free(two, bytes);
            allocator.free(three, bytes);
        }
    }

    @Test
    void statisticsCountWhatHappened() {
        long small = allocator.allocate(100); // a block of 128
        long big = allocator.allocate(BIG);
        allocator.free(small, 100);
        long again = allocator.allocate(128);
        var now = allocator.statistics();
        assertEquals(128 + BIG, now.liveBytes());
        assertEquals(2, now.liveBlocks());
        assertEquals(128 + BIG, now.peakLiveBytes());
        assertEquals(SLAB + BIG, now.reservedBytes());
        assertEquals(system.mapped, now.reservedBytes());
        assertEquals(0, now.cachedBytes());
        assertEquals(3, now.allocations());
        assertEquals(1, now.poolHits());
        allocator.free(again, 128);
        allocator.free(big, BIG);
        now = allocator.statistics();
        assertEquals(0, now.liveBytes());
        assertEquals(128 + BIG, now.peakLiveBytes());
        assertEquals(128 + BIG, now.cachedBytes());
        allocator.trim();
        now = allocator.statistics();
        assertEquals(128, now.cachedBytes());
        assertEquals(SLAB, now.reservedBytes());
        assertEquals(SLAB, system.mapped);
    }

    @Test
    void aSteadyLoopAsksTheSystemForNothing() {
        long reserved = 0;
        long hits = 0;
        for (int step = 0; step < 50; step++) {
            var random = new SplittableRandom(7);
            List<long[]> blocks = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long bytes = random.nextLong(1L << random.nextInt(1, 22));
                blocks.add(new long[] {allocator.allocate(bytes), bytes});
            }
            blocks.forEach(block -> allocator.free(block[0], block[1]));
            var now = allocator.statistics();
            if (step > 0) {
                assertEquals(reserved, now.reservedBytes(), "step " + step);
                assertEquals(200, now.poolHits() - hits, "step " + step);
            }
            reserved = now.reservedBytes();
            hits = now.poolHits();
        }
    }

    @Test
    void keptLargeBlocksAreBoundedByThePeak() {
        var random = new SplittableRandom(3);
        long peak = 0;
        for (int step = 0; step < 300; step++) {
            long bytes = BIG + random.nextLong(20 * BIG); // every step another size
            long one = allocator.allocate(bytes);
            long two = allocator.allocate(bytes);
            peak = Math.max(peak, allocator.statistics().liveBytes());
            assertTrue(allocator.statistics().reservedBytes() <= peak + peak / 2);
            allocator.free(one, bytes);
            allocator.free(two, bytes);
            assertTrue(allocator.statistics().reservedBytes() <= peak + peak / 2);
        }
    }

    @Test
    void aProgramThatNeedsLessThanBeforeGivesMemoryBack() {
        List<Long> many = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            many.add(allocator.allocate(BIG));
        }
        many.forEach(address -> allocator.free(address, BIG));
        assertEquals(64 * BIG, allocator.statistics().reservedBytes());
        for (int i = 0; i < 40_000; i++) { // more than two windows
            allocator.free(allocator.allocate(BIG), BIG);
        }
        assertEquals(BIG, allocator.statistics().reservedBytes());
    }

    @Test
    void whatWasUsedLastIsKept() {
        long old = allocator.allocate(2 * BIG);
        allocator.free(old, 2 * BIG);
        long one = allocator.allocate(BIG);
        long two = allocator.allocate(BIG); // peak 2, limit 3: the block of 2 has to go
        assertEquals(2 * BIG, system.mapped);
        allocator.free(one, BIG);
        allocator.free(two, BIG);
        assertEquals(two, allocator.allocate(BIG));
        assertEquals(one, allocator.allocate(BIG));
        allocator.free(one, BIG);
        allocator.free(two, BIG);
    }

    @Test
    void slackIsKeptInAnyCase() {
        var generous = new SlabAllocator(SLAB, 8 * BIG, system, MemorySettings.UNLIMITED);
        for (int i = 1; i <= 4; i++) {
            generous.free(generous.allocate(i * BIG), i * BIG);
        }
        assertEquals(10 * BIG, generous.statistics().cachedBytes());
        generous.free(generous.allocate(5 * BIG), 5 * BIG); // peak 5, limit 13: the blocks of 1 and 2 have to go
        assertEquals(12 * BIG, generous.statistics().cachedBytes());
        generous.trim();
    }

    @Test
    void cachedBlocksGoBackBeforeARequestFails() {
        system.limit = 8 * BIG;
        long first = allocator.allocate(4 * BIG);
        allocator.free(first, 4 * BIG);
        long second = allocator.allocate(5 * BIG); // does not fit beside the cached block
        allocator.free(second, 5 * BIG);
        assertEquals(5 * BIG, system.mapped);
        system.limit = 5 * BIG;
        long small = allocator.allocate(64); // nor does a slab
        assertEquals(SLAB, system.mapped);
        allocator.free(small, 64);
    }

    @Test
    void runningOutIsExplainedAndDoesNoHarm() {
        system.limit = 8 * BIG;
        long held = allocator.allocate(3 * BIG);
        var error = assertThrows(OutOfMemoryError.class, () -> allocator.allocate(6 * BIG));
        assertEquals(
                "scratch: no native memory for a block of 6.0 MiB: 3.0 MiB live in 1 blocks, 3.0 MiB reserved from the"
                        + " system; use smaller sizes (a smaller batch), or release what is no longer needed (a"
                        + " TensorScope around each step)",
                error.getMessage());
        assertEquals(3 * BIG, allocator.statistics().liveBytes());
        assertEquals(1, allocator.statistics().allocations());
        allocator.free(held, 3 * BIG);
        allocator.free(allocator.allocate(6 * BIG), 6 * BIG);

        system.limit = 0;
        allocator.trim();
        assertThrows(OutOfMemoryError.class, () -> allocator.allocate(64));
        assertThrows(OutOfMemoryError.class, () -> allocator.allocate(Long.MAX_VALUE));
    }

    @Test
    void theLimitIsNeverPassed() {
        var limited = new SlabAllocator(SLAB, 0, system, 2 * BIG);
        long held = limited.allocate(BIG);
        var asked = new ArrayList<String>();
        limited.onShortage(new MemoryRelief() {
            @Override
            public void reclaim() {
                asked.add("reclaim");
                limited.free(held, BIG);
            }

            @Override
            public String holders() {
                return "the holders";
            }
        });
        long other = limited.allocate(2 * BIG, "matmul"); // fits once the first block was given up
        assertEquals(List.of("reclaim"), asked);
        assertEquals(2 * BIG, limited.statistics().liveBytes());
        limited.onShortage(null);
        for (long bytes : new long[] {0, 64, BIG}) {
            String message =
                    assertThrows(OutOfMemoryError.class, () -> limited.allocate(bytes, "softmax")).getMessage();
            assertTrue(message.startsWith("softmax: no native memory for a block of "), message);
            assertTrue(message.contains(": 2.0 MiB of the 2.0 MiB that -Djacobi.memory.limit allows live in 1 blocks"),
                    message);
        }
        limited.free(other, 2 * BIG);
        assertEquals(2 * BIG, limited.statistics().peakLiveBytes());
        limited.free(limited.allocate(2 * BIG), 2 * BIG);
        limited.trim();
    }

    /** Eight threads at a limit that holds a block of each: nobody fails, and together they stay below it. */
    @Test
    void threadsAtTheLimitDoNotPassItTogether() throws Exception {
        int threads = 8;
        var limited = new SlabAllocator(SLAB, 0, system, threads * 1024);
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                done.add(executor.submit(() -> {
                    for (int i = 0; i < 20_000; i++) {
                        limited.free(limited.allocate(1024), 1024);
                    }
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
        assertTrue(limited.statistics().peakLiveBytes() <= threads * 1024);
        assertEquals(0, limited.statistics().liveBytes());
    }

    @Test
    void anAddressWithAnotherSizeIsRefused() {
        long small = allocator.allocate(100);
        long big = allocator.allocate(BIG);
        long[][] wrong = {{small, 200}, {small, BIG}, {small + 8, 100}, {big, 100}, {big, 2 * BIG}, {big + 64, BIG},
            {small, -1}, {0, 64}, {64, 64}, {Long.MAX_VALUE, 100}, {Long.MAX_VALUE, BIG}, {small + SLAB, 100}};
        for (long[] call : wrong) {
            var error = assertThrows(IllegalArgumentException.class, () -> allocator.free(call[0], call[1]));
            assertTrue(error.getMessage().startsWith("free(0x" + Long.toHexString(call[0]) + ", " + call[1] + "): "));
        }
        allocator.free(small, 100);
        allocator.free(big, BIG);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(big, BIG), "freed twice");
        assertThrows(IllegalArgumentException.class, () -> allocator.free(small, 100), "no block of the class is live");
        assertEquals(0, allocator.statistics().liveBytes());
    }

    @Test
    void senselessArgumentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> allocator.allocate(-1));
        assertThrows(IllegalArgumentException.class, () -> new SlabAllocator(3L << 20, 0));
        assertThrows(IllegalArgumentException.class, () -> new SlabAllocator(1L << 19, 0));
        assertThrows(IllegalArgumentException.class, () -> new SlabAllocator(SLAB, -1));
    }

    /**
     * Four threads fill their blocks with their own marks, pass some on to be freed by others, and look for foreign
     * marks.
     */
    @Test
    void threadsNeverGetTheSameMemory() throws Exception {
        int threads = 4;
        List<List<long[]>> handedOver = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            handedOver.add(new ArrayList<>());
        }
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int me = t;
                done.add(executor.submit(() -> churn(new SplittableRandom(me), me, handedOver)));
            }
            for (Future<?> future : done) {
                rethrow(future);
            }
        }
        for (List<long[]> blocks : handedOver) {
            blocks.forEach(this::checkAndFree);
        }
        var end = allocator.statistics();
        assertEquals(0, end.liveBytes());
        assertEquals(0, end.liveBlocks());
        assertEquals(threads * 20_000L, end.allocations());
        allocator.trim();
        assertEquals(system.mapped, allocator.statistics().reservedBytes());
    }

    private void churn(SplittableRandom random, int me, List<List<long[]>> handedOver) {
        List<long[]> mine = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            long bytes = random.nextInt(200) == 0 ? 40_000 + random.nextInt(100_000)
                    : random.nextInt(1 << random.nextInt(1, 13));
            long address = allocator.allocate(bytes);
            long[] block = {address, bytes, (long) me << 32 | i};
            for (long at = 0; at + 8 <= bytes; at += 8) {
                NativeMemory.ALL.set(JAVA_LONG, address + at, block[2]);
            }
            mine.add(block);
            if (mine.size() > 100) {
                int at = random.nextInt(mine.size());
                long[] leaving = mine.set(at, mine.getLast());
                mine.removeLast();
                if (random.nextInt(4) == 0) {
                    leaving = exchange(handedOver.get((me + 1) % handedOver.size()), leaving);
                }
                if (leaving != null) {
                    checkAndFree(leaving);
                }
            }
        }
        mine.forEach(this::checkAndFree);
    }

    /** Leaves a block for somebody else and takes an older one, if there are many. */
    private static long[] exchange(List<long[]> list, long[] block) {
        synchronized (list) {
            list.add(block);
            return list.size() > 20 ? list.removeFirst() : null;
        }
    }

    private void checkAndFree(long[] block) {
        for (long at = 0; at + 8 <= block[1]; at += 8) {
            assertEquals(block[2], NativeMemory.ALL.get(JAVA_LONG, block[0] + at), "somebody else wrote here");
        }
        allocator.free(block[0], block[1]);
    }

    private static void rethrow(Future<?> future) throws Exception {
        try {
            future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError error) {
                throw error;
            }
            throw e;
        }
    }

    @Test
    void theGlobalAllocatorIsOne() {
        var before = SlabAllocator.global().statistics();
        long block = SlabAllocator.global().allocate(1 << 16);
        assertEquals(before.allocations() + 1, SlabAllocator.global().statistics().allocations());
        SlabAllocator.global().free(block, 1 << 16);
    }
}
