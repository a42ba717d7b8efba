package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A GPU's kernels, on an emulated one, against the reference's plain loops, for every sample of the table. */
class CudaConformanceTest {
    /** Around a pack of 4 and of 8, a warp, and more than a block. */
    private static final int[] SIZES = {1, 4, 9, 31, 257};
    private static Device device;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        device = new Device("emulated", new CudaBackend(new EmulatedGpu()));
    }

    @TestFactory
    Stream<DynamicTest> theKernelsAgreeWithTheReference() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            ConformanceTest.check(device, sample, SIZES);
            ConformanceTest.checkSpecial(device, sample);
        }));
    }

    @Test
    void aGptLearnsTheSame() {
        Map<String, Tensor> expected = new LinkedHashMap<>();
        Map<String, Tensor> actual = new LinkedHashMap<>();
        List<Double> losses = StandInDeviceTest.trainGpt(Device.CPU, expected, 0);
        List<Double> emulated = StandInDeviceTest.trainGpt(device, actual, 0);
        for (int step = 0; step < losses.size(); step++) {
            assertEquals(losses.get(step), emulated.get(step), 1e-4, "step " + step);
        }
        expected.forEach((name, tensor) -> Evaluation.compare(name, tensor.toDoubleArray(),
                actual.get(name).to(Device.CPU).toDoubleArray(), 1e-3));
    }
}
