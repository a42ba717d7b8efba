package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jacobi.natives.MemoryRelief;
import org.jacobi.natives.OutOfNativeMemoryError;
import org.jacobi.natives.SlabAllocator;
import org.junit.jupiter.api.Test;

class DeviceMemoryTest {
    private static final long MIB = 1 << 20;

    private final FakeDriver driver = new FakeDriver(1024 * MIB);
    private final DeviceMemory memory = new DeviceMemory(driver);

    @Test
    void addressesAreMultiplesOf256AndBlocksDoNotOverlap() {
        var random = new Random(3);
        List<long[]> blocks = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            long bytes = i < 1100 ? i : random.nextLong(1 << 16);
            long address = memory.allocate(bytes, "test");
            assertEquals(0, address % 256, bytes + " bytes");
            blocks.add(new long[] {address, bytes});
        }
        blocks.sort((a, b) -> Long.compare(a[0], b[0]));
        for (int i = 1; i < blocks.size(); i++) {
            assertTrue(blocks.get(i - 1)[0] + blocks.get(i - 1)[1] <= blocks.get(i)[0], "blocks " + i);
        }
        blocks.forEach(block -> memory.free(block[0], block[1]));
        assertEquals(0, memory.blocks().statistics().liveBlocks());
    }

    @Test
    void aFreedBlockIsGivenOutAtOnceAndTheDriverIsAskedNoMore() {
        for (long bytes : new long[] {100, 5000, 3 * MIB, 100 * MIB}) {
            long first = memory.allocate(bytes, "first");
            memory.free(first, bytes);
            int asked = driver.allocations;
            assertEquals(first, memory.allocate(bytes, "second"), bytes + " bytes");
            assertEquals(asked, driver.allocations);
        }
        assertEquals(0, driver.waits);
        SlabAllocator.Statistics now = memory.blocks().statistics();
        assertEquals(8, now.allocations());
        assertEquals(4, now.poolHits());
    }

    @Test
    void cachedBlocksGoBackBeforeMemoryIsSaidToBeShort() {
        long first = memory.allocate(600 * MIB, "first");
        memory.free(first, 600 * MIB);
        driver.copyIn(0, 0, 0); // work that is under way
        memory.allocate(900 * MIB, "second");
        assertEquals(1, driver.releases);
        assertTrue(driver.waits > 0, "memory goes back only once the queue is empty");
    }

    @Test
    void whatDoesNotFitIsRefusedWithTheHoldersAndTheRestStaysUsable() {
        var asked = new int[1];
        memory.blocks().onShortage(new MemoryRelief() {
            @Override
            public void reclaim() {
                asked[0]++;
            }

            @Override
            public String holders() {
                return "linear holds 500 MiB";
            }
        });
        long held = memory.allocate(500 * MIB, "linear");
        OutOfNativeMemoryError error =
                assertThrows(OutOfNativeMemoryError.class, () -> memory.allocate(700 * MIB, "matmul"));
        assertTrue(
                error.getMessage().startsWith("matmul: no memory of a fake GPU for a block of 700.0 MiB: 512.0 MiB live"
                        + " in 1 blocks"),
                error.getMessage());
        assertTrue(error.getMessage().contains("linear holds 500 MiB"), error.getMessage());
        assertEquals(1, asked[0]);
        memory.free(held, 500 * MIB);
        memory.free(memory.allocate(700 * MIB, "matmul"), 700 * MIB);
    }

    @Test
    void wrongSizesAndAddressesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> memory.allocate(-1, "test"));
        long block = memory.allocate(8 * MIB, "test");
        assertThrows(IllegalArgumentException.class, () -> memory.free(block, 100));
        assertThrows(IllegalArgumentException.class, () -> memory.free(block + 256, 8 * MIB));
        memory.free(block, 8 * MIB);
    }

    @Test
    void whatACapturedStepUsesIsNobodyElsesUntilItIsClosed() {
        long before = memory.allocate(3000, "input");
        memory.free(memory.allocate(2000, "cached"), 2000);
        DeviceMemory.Reserve reserve = memory.beginReserve();
        Set<Long> captured = new HashSet<>();
        long kept = memory.allocate(2000, "loss");
        long passing = memory.allocate(1500, "activation");
        captured.add(kept);
        captured.add(passing);
        memory.free(passing, 1500);
        assertEquals(passing, memory.allocate(1510, "gradient"), "the step itself takes its blocks again");
        memory.free(passing, 1510);
        memory.free(before, 3000); // read by the captured work, and so by every replay
        captured.add(before);
        long again = memory.allocate(3000, "another");
        assertNotEquals(before, again);
        captured.add(again);
        memory.endReserve();
        assertTrue(reserve.bytes() >= 9500, reserve.bytes() + " bytes");

        memory.free(again, 3000);
        for (int i = 0; i < 10; i++) {
            for (long bytes : new long[] {1500, 2000, 3000}) {
                assertTrue(captured.add(memory.allocate(bytes, "other")), "a block of the captured step was given out");
            }
        }
        reserve.close();
        Set<Long> reused = new HashSet<>();
        for (int i = 0; i < 5; i++) {
            reused.add(memory.allocate(1500, "later"));
            reused.add(memory.allocate(3000, "later"));
        }
        assertTrue(reused.containsAll(Set.of(passing, before, again)), "closed, its blocks are everybody's");
        assertTrue(!reused.contains(kept), "but for the one that is still in use");
        memory.free(kept, 2000);
        assertEquals(kept, memory.allocate(2000, "last"));
    }
}
