package org.jacobi.natives;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
    @Test
    void fillAndCopyTouchTheirBytesOnly() {
        long block = SlabAllocator.global().allocate(1000);
        NativeMemory.fill(block, 1000, (byte) 1);
        NativeMemory.fill(block + 100, 50, (byte) 2);
        NativeMemory.copy(block + 90, block + 300, 20); // ten ones, ten twos
        for (int i = 0; i < 1000; i++) {
            boolean two = i >= 100 && i < 150 || i >= 310 && i < 320;
            assertEquals(two ? 2 : 1, NativeMemory.ALL.get(JAVA_BYTE, block + i), "byte " + i);
        }
        SlabAllocator.global().free(block, 1000);
    }

    @Test
    void copyOfOverlappingRangesMovesWhatWasThere() {
        long block = SlabAllocator.global().allocate(256);
        for (int i = 0; i < 256; i++) {
            NativeMemory.ALL.set(JAVA_BYTE, block + i, (byte) i);
        }
        NativeMemory.copy(block, block + 10, 200);
        for (int i = 0; i < 256; i++) {
            assertEquals((byte) (i >= 10 && i < 210 ? i - 10 : i), NativeMemory.ALL.get(JAVA_BYTE, block + i));
        }
        SlabAllocator.global().free(block, 256);
    }

    @Test
    void emptyRangesAreFine() {
        long block = SlabAllocator.global().allocate(0);
        NativeMemory.fill(block, 0, (byte) 1);
        NativeMemory.copy(block, block, 0);
        SlabAllocator.global().free(block, 0);
    }

    @Test
    void mappingIsWritableAndRefusalIsZero() {
        long address = NativeMemory.map(1 << 20);
        assertNotEquals(0, address);
        NativeMemory.fill(address, 1 << 20, (byte) 7);
        assertEquals(7, NativeMemory.ALL.get(JAVA_BYTE, address + (1 << 20) - 1));
        NativeMemory.unmap(address, 1 << 20);
        assertEquals(0, NativeMemory.map(1L << 56), "no system has that much address space");
    }

    @Test
    void residentBytesFollowTouchedMemory() {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "the system does not tell");
        long bytes = 128L << 20;
        long address = NativeMemory.map(bytes);
        long before = NativeMemory.residentBytes();
        NativeMemory.fill(address, bytes, (byte) 1);
        long touched = NativeMemory.residentBytes();
        NativeMemory.unmap(address, bytes);
        long after = NativeMemory.residentBytes();
        assertTrue(touched - before > bytes / 2, before + " -> " + touched);
        assertTrue(touched - after > bytes / 2, touched + " -> " + after);
    }
}
