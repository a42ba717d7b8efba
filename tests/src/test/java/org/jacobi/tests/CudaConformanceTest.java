package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
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
    /** What has kernels that compute a whole operation, with types of their own. */
    private static final Pattern FUSED =
            Pattern.compile("(?i)scaledDotProduct|conv|pool|interpolate|batchNorm|lstm|gru|rnn");
    /** States that are rounded after every step, and statistics of so few numbers that roundings of a result are felt. */
    private static final Pattern ROUGH = Pattern.compile("batchNorm|lstm|gru|rnn");
    /** What takes 16-bit rows without widening them. */
    private static final Set<String> OF_ROWS = Set.of("softmax", "layerNorm", "rmsNorm", "groupNorm", "crossEntropy");
    /** To 8 bits, of a result and of what it is computed from. */
    private static final double TWO_ROUNDINGS = 1.6e-2;
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

    private static Stream<OpSample> fused() {
        return OpSamples.selected().filter(sample -> FUSED.matcher(sample.toString()).find());
    }

    /** The kernels that take bf16 as it is round weights and gradients once more than the reference does. */
    @TestFactory
    Stream<DynamicTest> fusedKernelsAgreeInBf16() {
        return fused().map(sample -> DynamicTest.dynamicTest(sample.toString(),
                () -> {
                    boolean rough = ROUGH.matcher(sample.toString()).find();
                    int[] sizes = rough ? new int[] {1, 9} : new int[] {1, 9, 31, 67};
                    ConformanceTest.checkIn(DType.BF16, rough ? 0.06 : 0.03, device, sample, sizes);
                }));
    }

    @TestFactory
    Stream<DynamicTest> fusedKernelsAgreeInF64() {
        return fused().map(sample -> DynamicTest.dynamicTest(sample.toString(),
                () -> ConformanceTest.checkIn(DType.F64, 1e-11, device, sample, 1, 9)));
    }

    @TestFactory
    Stream<DynamicTest> rowsOfBFloat16AgreeWithTheReference() {
        return OpSamples.selected().filter(sample -> OF_ROWS.contains(sample.op))
                .map(sample -> DynamicTest.dynamicTest(sample.toString(),
                        () -> ConformanceTest.checkIn(DType.BF16, TWO_ROUNDINGS, device, sample, SIZES)));
    }
}
