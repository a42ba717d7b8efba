package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Planted faults: each must be caught, and told by op and offset. */
class WatchedAllocatorTest {
    private static final long SLAB = 1L << 20; // blocks above 32 KiB are mappings of their own
    private static final long[] SIZES = {0, 1, 63, 64, 100, 4096, 20_001, 1 << 20, (1 << 20) + 3};

    private final WatchedAllocator guarded = allocator(true);

    private static WatchedAllocator allocator(boolean guard) {
        return new WatchedAllocator(SLAB, 64 << 20, SystemMemory.OPERATING_SYSTEM, MemorySettings.UNLIMITED, guard);
    }

    @AfterEach
    void nothingElseIsWrong() {
        guarded.check();
        guarded.trim();
    }

    private static void write(long address) {
        NativeMemory.ALL.set(JAVA_BYTE, address, (byte) 42);
    }

    private static String violation(Runnable call) {
        return assertThrows(MemoryViolation.class, call::run).getMessage();
    }

    @Test
    void blocksAreAlignedAndFreshOnesReadAsNaN() {
        for (long bytes : SIZES) {
            for (int round = 0; round < 2; round++) { // carved or mapped anew, then used again
                long block = guarded.allocate(bytes, "rand");
                assertEquals(0, block % 64);
                for (long at = 0; at + 8 <= bytes; at += 4) {
                    assertTrue(Float.isNaN(NativeMemory.ALL.get(JAVA_FLOAT_UNALIGNED, block + at)));
                    assertTrue(Double.isNaN(NativeMemory.ALL.get(JAVA_DOUBLE_UNALIGNED, block + at)));
                }
                NativeMemory.fill(block, bytes, (byte) 1);
                guarded.free(block, bytes);
            }
        }
    }

    @Test
    void freedBlocksReadAsNaN() {
        long block = guarded.allocate(4096, "rand");
        NativeMemory.fill(block, 4096, (byte) 0);
        guarded.free(block, 4096);
        for (long at = 0; at < 4096; at += 4) {
            assertTrue(Float.isNaN(NativeMemory.ALL.get(JAVA_FLOAT_UNALIGNED, block + at)));
        }
    }

    @Test
    void aWritePastTheEndIsFoundAtTheFree() {
        for (long bytes : SIZES) {
            for (int beyond : new int[] {0, 1, 7, 63}) {
                long live = guarded.statistics().liveBytes();
                long block = guarded.allocate(bytes, "matmul");
                write(block + bytes + beyond);
                String message = violation(() -> guarded.free(block, bytes));
                assertTrue(message.startsWith("write past the end of a block of " + bytes + " bytes made by matmul at ")
                        && message.endsWith("at offset " + (bytes + beyond) + " was changed"), message);
                assertEquals(live, guarded.statistics().liveBytes(), "the block was taken back all the same");
            }
        }
    }

    @Test
    void aWriteBeforeTheStartIsFoundAtTheFree() {
        for (long bytes : SIZES) {
            for (int before : new int[] {1, 4, 64}) {
                long block = guarded.allocate(bytes, "cat");
                write(block - before);
                String message = violation(() -> guarded.free(block, bytes));
                assertTrue(
                        message.startsWith("write before the start of a block of " + bytes + " bytes made by cat at ")
                                && message.contains("at offset -" + before + " was changed"),
                        message);
            }
        }
    }

    @Test
    void aWriteAfterFreeIsFoundWhenTheBlockIsHandedOutAgain() {
        for (long bytes : SIZES) {
            long block = guarded.allocate(bytes, "softmax");
            guarded.free(block, bytes);
            write(block + bytes / 2);
            String message = violation(() -> guarded.allocate(bytes, "innocent"));
            assertTrue(message.startsWith("write after free of a block of " + bytes + " bytes made by softmax at ")
                    && message.contains("at offset " + bytes / 2 + " was changed after it was freed at "), message);
            assertEquals(0, guarded.statistics().liveBytes());
            guarded.free(guarded.allocate(bytes, "innocent"), bytes); // told once
        }
    }

    @Test
    void aWriteAfterFreeIsFoundWhenTheBlockGoesBackToTheSystem() {
        long block = guarded.allocate(1 << 20, "softmax");
        guarded.free(block, 1 << 20);
        write(block + 5);
        assertTrue(violation(guarded::trim).startsWith("write after free of a block of 1048576 bytes made by softmax"));
        assertEquals(0, guarded.statistics().cachedBytes());
        // The same addresses, mapped anew, are nobody's freed block.
        guarded.free(guarded.allocate(1 << 20, "softmax"), 1 << 20);
    }

    @Test
    void checkFindsEveryViolationThatIsThere() {
        long past = guarded.allocate(100, "one");
        long before = guarded.allocate(100, "two");
        long freed = guarded.allocate(5000, "three");
        guarded.check();
        guarded.free(freed, 5000);
        write(past + 100);
        write(before - 1);
        write(freed);
        var error = assertThrows(MemoryViolation.class, guarded::check);
        assertEquals(2, error.getSuppressed().length);
        assertThrows(MemoryViolation.class, () -> guarded.free(past, 100));
        assertThrows(MemoryViolation.class, () -> guarded.free(before, 100));
        assertThrows(MemoryViolation.class, () -> guarded.allocate(5000, "four"));
    }

    @Test
    void aDoubleFreeIsNamed() {
        long other = guarded.allocate(100, "other");
        long block = guarded.allocate(100, "gather");
        guarded.free(block, 100);
        String message = violation(() -> guarded.free(block, 100));
        assertTrue(message.startsWith("double free: ") && message.contains("made by gather at ")
                && message.contains("freed before at "), message);
        message = violation(() -> guarded.free(other, 101));
        assertTrue(message.contains("a block of 100 bytes made by other"), message);
        message = violation(() -> guarded.free(other + 64, 100));
        assertTrue(message.contains("no block begins there"), message);
        guarded.free(other, 100);
        assertEquals(0, guarded.statistics().liveBytes());
        assertEquals(0, guarded.statistics().liveBlocks());
    }

    @Test
    void figuresLeaveRedZonesOut() {
        long block = guarded.allocate(4096, "x");
        assertEquals(4096, guarded.statistics().liveBytes());
        guarded.free(block, 4096);
        assertEquals(4096, guarded.statistics().peakLiveBytes());
        assertThrows(OutOfMemoryError.class, () -> guarded.allocate(SizeClasses.LARGEST_REQUEST, "x"));
        assertEquals(0, guarded.statistics().liveBytes());
    }

    @Test
    void holdingsTellWhoHoldsWhatNowAndAtThePeak() {
        WatchedAllocator allocator = allocator(false);
        long a = allocator.allocate(100, "a");
        long b = allocator.allocate(1000, "b");
        long b2 = allocator.allocate(1000, "b");
        allocator.free(b, 1000);
        allocator.free(a, 100);
        long c = allocator.allocate(50, "c");
        assertEquals(new Figures(0, 0, 100, 1), figures(allocator, "a"));
        assertEquals(new Figures(1000, 1, 2000, 2), figures(allocator, "b"));
        assertEquals(new Figures(50, 1, 0, 0), figures(allocator, "c"));
        long d = allocator.allocate(5000, "d"); // a new peak, without a
        allocator.free(c, 50);
        assertEquals(new Figures(0, 0, 0, 0), figures(allocator, "a"));
        assertEquals(new Figures(1000, 1, 1000, 1), figures(allocator, "b"));
        assertEquals(new Figures(0, 0, 50, 1), figures(allocator, "c"));
        assertEquals(new Figures(5000, 1, 5000, 1), figures(allocator, "d"));
        allocator.free(b2, 1000);
        allocator.free(d, 5000);
        allocator.free(allocator.allocate(64), 64);
        assertTrue(allocator.holdings().stream().anyMatch(
                holding -> holding.op().startsWith("scratch of ")), () -> allocator.holdings().toString());
    }

    private record Figures(long bytes, long blocks, long bytesAtPeak, long blocksAtPeak) {
    }

    private static Figures figures(WatchedAllocator allocator, String op) {
        return allocator.holdings().stream().filter(holding -> holding.op().equals(op))
                .map(h -> new Figures(h.bytes(), h.blocks(), h.bytesAtPeak(), h.blocksAtPeak()))
                .reduce(new Figures(0, 0, 0, 0), (x, y) -> new Figures(x.bytes + y.bytes, x.blocks + y.blocks,
                        x.bytesAtPeak + y.bytesAtPeak, x.blocksAtPeak + y.blocksAtPeak));
    }

    /** No alarm where nothing is wrong: threads that fill their blocks to the brim, while one trims and checks. */
    @Test
    void honestThreadsRaiseNoAlarm() throws Exception {
        try (var executor = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int seed = t;
                done.add(executor.submit(() -> {
                    var random = new SplittableRandom(seed);
                    for (int i = 0; i < 3000; i++) {
                        long bytes = random.nextLong(1L << random.nextInt(1, 19));
                        long block = guarded.allocate(bytes, "honest");
                        NativeMemory.fill(block, bytes, (byte) seed);
                        guarded.free(block, bytes);
                        if (i % 500 == 0) {
                            guarded.check();
                            guarded.trim();
                        }
                    }
                }));
            }
            for (Future<?> future : done) {
                assertDoesNotThrow(() -> future.get());
            }
        }
        assertEquals(0, guarded.statistics().liveBlocks());
    }
}
