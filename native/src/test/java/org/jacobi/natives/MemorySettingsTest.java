package org.jacobi.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.natives.MemorySettings.Mode;
import org.junit.jupiter.api.Test;

class MemorySettingsTest {
    private static final long PHYSICAL = 16L << 30;

    @Test
    void modes() {
        assertEquals(Mode.PLAIN, MemorySettings.mode(null));
        assertEquals(Mode.PLAIN, MemorySettings.mode("plain"));
        assertEquals(Mode.REPORT, MemorySettings.mode("report"));
        assertEquals(Mode.GUARDED, MemorySettings.mode("guarded"));
        for (String wrong : new String[] {"", "Guarded", "on"}) {
            assertEquals("-Djacobi.memory=" + wrong + ": expected plain, report or guarded",
                    assertThrows(IllegalArgumentException.class, () -> MemorySettings.mode(wrong)).getMessage());
        }
    }

    @Test
    void limits() {
        assertEquals(MemorySettings.UNLIMITED, MemorySettings.limit(null, PHYSICAL));
        assertEquals(4L << 30, MemorySettings.limit("4g", PHYSICAL));
        assertEquals(512L << 20, MemorySettings.limit("512M", PHYSICAL));
        assertEquals(1536, MemorySettings.limit("1.5k", PHYSICAL));
        assertEquals(1L << 40, MemorySettings.limit("1t", PHYSICAL));
        assertEquals(1000, MemorySettings.limit("1000", PHYSICAL));
        assertEquals(12L << 30, MemorySettings.limit("75%", PHYSICAL));
    }

    @Test
    void badLimitsAreExplained() {
        for (String wrong : new String[] {"", "g", "-4g", "4gb", "4 g", "0", "0%", "101%", "four", "1e9", "NaN"}) {
            String message =
                    assertThrows(IllegalArgumentException.class, () -> MemorySettings.limit(wrong, PHYSICAL))
                            .getMessage();
            assertTrue(message.startsWith("-Djacobi.memory.limit=" + wrong + ": expected a number of bytes"), message);
            assertTrue(message.contains("512m") && message.contains("75%"), message);
        }
        String message =
                assertThrows(IllegalArgumentException.class, () -> MemorySettings.limit("50%", -1)).getMessage();
        assertTrue(message.contains("does not tell its physical memory"), message);
        assertEquals(1L << 20, MemorySettings.limit("1m", -1));
    }

    /** What a user sees who mistypes a property, and what one sees who asks for too much. */
    @Test
    void thePropertiesReachTheSharedAllocator() throws Exception {
        assertEquals("-Djacobi.memory=gaurded: expected plain, report or guarded\n",
                ChildJvm.run(Allocation.class, "-Djacobi.memory=gaurded"));
        assertTrue(ChildJvm.run(Allocation.class, "-Djacobi.memory.limit=lots")
                .startsWith("-Djacobi.memory.limit=lots: expected a number of bytes"));
        assertTrue(ChildJvm.run(Allocation.class, "-Djacobi.memory.limit=1k").startsWith("scratch"));
        assertEquals("SlabAllocator\n", ChildJvm.run(Allocation.class));
        assertEquals("WatchedAllocator\n", ChildJvm.run(Allocation.class, "-Djacobi.memory=report"));
        assertEquals("WatchedAllocator\n", ChildJvm.run(Allocation.class, "-Djacobi.memory=guarded"));
    }

    static final class Allocation {
        public static void main(String[] args) {
            try {
                SlabAllocator.global().allocate(4096);
                System.out.println(SlabAllocator.global().getClass().getSimpleName());
            } catch (Error e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
