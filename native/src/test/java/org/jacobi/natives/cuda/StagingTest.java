package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StagingTest {
    private static final int BUFFER = 4096;

    private final FakeDriver driver = new FakeDriver(1 << 20);
    private final Staging staging = new Staging(driver, BUFFER);

    @Test
    void theHostsMemoryIsFreeAtOnceAndNobodyWaitsForAFewSmallCopies() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment host = arena.allocate(8);
            MemorySegment device = arena.allocate(8 * 50, 256);
            for (int i = 0; i < 50; i++) {
                host.set(ValueLayout.JAVA_LONG, 0, 1000 + i);
                staging.copyIn(device.address() + 8 * i, host.address(), 8);
            }
            host.fill((byte) -1);
            assertEquals(0, driver.waits);
            assertEquals(0, device.get(ValueLayout.JAVA_LONG, 0), "the copies are queued");
            driver.synchronize();
            for (int i = 0; i < 50; i++) {
                assertEquals(1000 + i, device.get(ValueLayout.JAVA_LONG, 8 * i));
            }
        }
    }

    @Test
    void aBufferIsFilledAgainOnlyWhenTheDeviceHasReadIt() {
        try (Arena arena = Arena.ofConfined()) {
            for (int bytes : new int[] {1, 255, 256, 257, BUFFER - 1, BUFFER, BUFFER + 1, 4 * BUFFER,
                11 * BUFFER + 77}) {
                byte[] numbers = new byte[bytes];
                new Random(bytes).nextBytes(numbers);
                MemorySegment host = arena.allocateFrom(ValueLayout.JAVA_BYTE, numbers);
                MemorySegment device = arena.allocate(bytes, 256);
                staging.copyIn(device.address(), host.address(), bytes);
                host.fill((byte) 0);
                MemorySegment back = arena.allocate(bytes);
                staging.copyOut(back.address(), device.address(), bytes);
                assertArrayEquals(numbers, back.toArray(ValueLayout.JAVA_BYTE), bytes + " bytes");
            }
            assertEquals(6, driver.pinnedBuffers(), "four in, two out");
        }
    }

    @Test
    void nothingIsAllocatedForNothing() {
        staging.copyIn(0, 0, 0);
        staging.copyOut(0, 0, 0);
        assertEquals(0, driver.pinnedBuffers());
    }
}
