package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Set;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
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

    /** What takes 16-bit rows without widening them. */
    private static final Set<String> OF_ROWS = Set.of("softmax", "layerNorm", "rmsNorm", "crossEntropy");
    /** Two roundings to 8 bits. */
    private static final double TOLERANCE = 1.6e-2;

    @TestFactory
    Stream<DynamicTest> rowsOfBFloat16AgreeWithTheReference() {
        return OpSamples.selected().filter(sample -> OF_ROWS.contains(sample.op) && sample.variables != null)
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
                    for (int n : sample.isSized() ? SIZES : new int[] {1}) {
                        rowsOfBFloat16(sample, Math.min(n, sample.largest));
                    }
                }));
    }

    private static void rowsOfBFloat16(OpSample sample, int n) {
        Layout layout = Layout.CONTIGUOUS;
        Evaluation expected =
                ConformanceTest.onReference(() -> Evaluation.ofVariables(sample, n, DType.BF16, layout, false));
        Evaluation actual = Evaluation.ofVariables(device, sample, n, DType.BF16, layout, false);
        String where = sample + " in bf16, n = " + n;
        assertEquals(expected.dtype(), actual.dtype(), where);
        Evaluation.compare(where, expected.numbers(), actual.numbers(), TOLERANCE);
        for (int i = 0; i < expected.grads().length; i++) {
            if (expected.grads()[i] != null) {
                Evaluation.compare(where + ", gradient of operand " + i, expected.grads()[i], actual.grads()[i],
                        TOLERANCE);
            }
        }
    }
}
