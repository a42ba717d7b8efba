package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.cuda.Arguments;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The emulated GPU finds what a kernel does wrong, says which kernel, block and thread it was, and goes on. */
class EmulatedGpuTest {
    private static final int FLOATS = 60;
    private static EmulatedGpu gpu;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        gpu = new EmulatedGpu();
    }

    /** Launches a kernel of faults.cu that must fail, and one afterwards that must not. */
    private static void fails(String kernel, int blocks, int threads, int sharedBytes, String... parts) {
        long out = gpu.allocate(FLOATS * 4, "test");
        var found = assertThrows(IllegalStateException.class, () -> gpu.kernel("faults", kernel).launch(blocks, 1, 1,
                threads, 1, sharedBytes, Arguments.begin().add(out).add(FLOATS)));
        for (String part : parts) {
            assertTrue(found.getMessage().contains(part), found.getMessage());
        }
        runsRight();
    }

    private static void runsRight() {
        int blocks = 3;
        int threads = 128;
        long bytes = 2L * blocks * 4;
        long out = gpu.allocate(bytes, "test");
        long host = SlabAllocator.global().allocate(bytes);
        gpu.kernel("faults", "sums_twice").launch(blocks, 1, 1, threads, 1, threads * 4,
                Arguments.begin().add(out).add(0));
        gpu.copyOut(host, out, bytes);
        for (int block = 0; block < blocks; block++) {
            assertEquals(0, NativeMemory.ALL.get(java.lang.foreign.ValueLayout.JAVA_FLOAT, host + 4L * block));
            assertEquals(threads * (threads - 1) / 2 + threads * block,
                    NativeMemory.ALL.get(java.lang.foreign.ValueLayout.JAVA_FLOAT, host + 4L * (blocks + block)));
        }
        gpu.free(out, bytes);
        SlabAllocator.global().free(host, bytes);
    }

    @Test
    void aWriteBehindABlock() {
        fails("writes_behind", 1, 32, 0, "writes_behind", "0 bytes behind a block of 240 bytes");
    }

    @Test
    void anAddressOutsideOfAllMemory() {
        fails("reads_far_away", 2, 32, 0, "reads_far_away", "block (1, 0, 0)", "thread (3, 0, 0)", "outside of all memory");
    }

    @Test
    void anAddressThatIsNotAligned() {
        fails("reads_unaligned", 1, 32, 0, "reads_unaligned", "not aligned");
    }

    @Test
    void aThreadThatEndsWhileOthersWait() {
        fails("ends_before_barrier", 1, 64, 0, "thread (7, 0, 0) has ended", "__syncthreads", "faults.cu");
    }

    @Test
    void threadsAtTwoBarriers() {
        fails("waits_at_two_barriers", 1, 32, 0, "diverge", "thread (8, 0, 0) waits at __syncthreads");
    }

    @Test
    void aLaneThatIsMissingInAShuffle() {
        fails("leaves_a_shuffle", 1, 32, 0, "__shfl_xor_sync", "thread (9, 0, 0) has ended");
    }

    @Test
    void aLaneThatTakesNoPart() {
        fails("reads_a_lane_outside", 1, 32, 0, "lane 20");
    }

    @Test
    void aDivisionByZero() {
        fails("divides_by_zero", 1, 1, 0, "divided by 0");
    }

    @Test
    void sharedMemoryThatWasNotAskedFor() {
        fails("leaves_shared_memory", 1, 1, FLOATS * 4, "leaves_shared_memory", "outside of all memory");
    }

    @Test
    void moreThreadsThanTheBounds() {
        fails("bounded", 1, 65, 0, "launch bounds");
    }

    @Test
    void argumentsOfAnotherSize() {
        var found = assertThrows(IllegalStateException.class,
                () -> gpu.kernel("faults", "bounded").launch(1, 1, 1, 1, 1, 0, Arguments.begin().add(0)));
        assertTrue(found.getMessage().contains("8 bytes of arguments given, it takes 16"), found.getMessage());
    }

    @Test
    void copiesOutsideOfABlock() {
        long block = gpu.allocate(16, "test");
        assertThrows(IllegalStateException.class, () -> gpu.copyIn(block, block, 17));
        assertThrows(IllegalStateException.class, () -> gpu.free(block, 8));
    }

    @Test
    void aKernelThatIsNotThere() {
        assertThrows(IllegalArgumentException.class, () -> gpu.kernel("faults", "nobody"));
        assertThrows(IllegalArgumentException.class, () -> gpu.kernel("nobody", "nobody"));
    }
}
