package org.jacobi.tests;

import java.util.stream.Stream;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The GPU's kernels, on an emulated one, against the reference's plain loops, for every sample of the table. */
class CudaConformanceTest {
    /** Around a pack of 4 and of 8, a warp, and more than a block. */
    private static final int[] SIZES = {1, 3, 4, 8, 9, 31, 67, 257};
    private static Backend cpu;

    @BeforeAll
    static void useTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        EmulatedGpu gpu = new EmulatedGpu();
        cpu = Device.CPU.use(new CudaBackend(gpu));
        ConformanceTest.REFERENCE = new org.jacobi.tensor.backend.reference.ReferenceBackend() {
            @Override
            public long allocate(long bytes, String op) {
                return gpu.allocate(bytes, op);
            }

            @Override
            public void free(long address, long bytes) {
                gpu.free(address, bytes);
            }
        };
    }

    @AfterAll
    static void useTheCpuAgain() {
        if (cpu != null) {
            Device.CPU.use(cpu);
        }
    }

    @TestFactory
    Stream<DynamicTest> theKernelsAgreeWithTheReference() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            ConformanceTest.check(sample, SIZES);
            ConformanceTest.checkSpecial(sample);
        }));
    }
}
