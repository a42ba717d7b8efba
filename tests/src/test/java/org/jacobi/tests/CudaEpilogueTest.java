package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import org.jacobi.natives.cuda.MatmulCall;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Products and what is fused with them on an emulated GPU with a library for products, against the reference. */
class CudaEpilogueTest {
    private static final Map<MatmulCall.Epilogue, Integer> ASKED = new LinkedHashMap<>();
    private static Device device;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        device = new Device("emulated", new CudaBackend(new EmulatedGpu(true) {
            @Override
            public boolean matmul(MatmulCall call) {
                ASKED.merge(call.epilogue(), 1, Integer::sum);
                return super.matmul(call);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> productsAgreeWithTheReference() {
        return OpSamples.selected().filter(sample -> List.of("matmul", "linear", "feedForward").contains(sample.op))
                .flatMap(sample -> Stream.of(DType.F32, DType.F64, DType.BF16)
                        .map(type -> DynamicTest.dynamicTest(sample + ", " + type, () -> ConformanceTest.checkIn(type,
                                type == DType.BF16 ? 0.06 : type == DType.F64 ? 1e-10 : 1e-4, device, sample,
                                type == DType.BF16 ? new int[] {1, 9} : new int[] {1, 9, 67}))));
    }

    @Test
    void aGptAsksForEveryEpilogueAndLearnsTheSame() {
        Map<String, Tensor> expected = new LinkedHashMap<>();
        Map<String, Tensor> actual = new LinkedHashMap<>();
        // The GELU of the library's epilogues is the one by tanh.
        GPTConfig config = new GPTConfig(29, 12, 2, 3, 48, 0.1, true, true, false);
        List<Double> losses = StandInDeviceTest.trainGpt(config, Device.CPU, expected, 0);
        ASKED.clear();
        List<Double> emulated = StandInDeviceTest.trainGpt(config, device, actual, 0);
        for (MatmulCall.Epilogue epilogue : MatmulCall.Epilogue.values()) {
            // Without a bias gradient, GELU's derivative is asked for by maps that have no bias alone.
            assertTrue(epilogue == MatmulCall.Epilogue.DGELU || ASKED.containsKey(epilogue), epilogue + ": " + ASKED);
        }
        for (int step = 0; step < losses.size(); step++) {
            assertEquals(losses.get(step), emulated.get(step), 1e-4, "step " + step);
        }
        expected.forEach((name, tensor) -> Evaluation.compare(name, tensor.toDoubleArray(),
                actual.get(name).to(Device.CPU).toDoubleArray(), 1e-3));
    }
}
