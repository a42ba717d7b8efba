package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.natives.OutOfNativeMemoryError;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.cuda.Cuda;
import org.jacobi.natives.cuda.Gpu;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A real GPU beside the CPU: every op of the table of samples, trainings, and what becomes of memory. */
class GpuTest {
    /** Around a pack of 4 and of 8, a warp, and more than a block. */
    private static final int[] SIZES = {1, 3, 4, 8, 9, 31, 67, 257, 1031};
    private static final GPTConfig CONFIG = new GPTConfig(29, 12, 2, 3, 48, 0, true, true, true);
    private static final int STEPS = 10;

    private static Device device;
    private static Gpu gpu;

    @BeforeAll
    static void openTheDevice() {
        assumeTrue(Cuda.available(), Cuda::unavailableReason);
        device = Device.cuda(0);
        gpu = Cuda.gpu(0);
    }

    // ---- ops -------------------------------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> opsAgreeWithTheCpu() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            for (int n : sample.isSized() ? SIZES : new int[] {1}) {
                for (Layout layout : Layout.values()) {
                    if (n <= sample.largest) {
                        compare(sample, n, layout);
                    }
                }
            }
            gpu.synchronize();
        }));
    }

    private static void compare(OpSample sample, int n, Layout layout) {
        String where = sample + ", n = " + n + ", " + layout;
        if (sample.tensors != null) {
            compare(where, sample, Evaluation.ofTensors(sample, n, DType.F32, layout, false),
                    Evaluation.ofTensors(device, sample, n, DType.F32, layout, false));
        }
        if (sample.variables != null) {
            Evaluation expected = Evaluation.ofVariables(sample, n, DType.F32, layout, false);
            Evaluation actual = Evaluation.ofVariables(device, sample, n, DType.F32, layout, false);
            compare(where + ", on variables", sample, expected, actual);
            for (int i = 0; i < expected.grads().length; i++) {
                if (expected.grads()[i] != null) {
                    Evaluation.compare(where + ", gradient of operand " + i, expected.grads()[i], actual.grads()[i],
                            sample.tolerance);
                }
            }
        }
    }

    private static void compare(String where, OpSample sample, Evaluation expected, Evaluation actual) {
        assertEquals(expected.shape(), actual.shape(), where);
        assertEquals(expected.dtype(), actual.dtype(), where);
        Evaluation.compare(where, expected.numbers(), actual.numbers(), sample.exact ? 0 : sample.tolerance);
    }

    @Test
    void attentionOnTensorCoresAgreesWithPlainArithmetic() {
        try (var _ = TensorScope.open()) {
            Device plain = new Device("plain", new CudaBackend(gpu, false));
            for (int size : new int[] {20, 32, 64, 128}) {
                for (boolean causal : new boolean[] {false, true}) {
                    CudaFusedTest.check(CudaFusedTest.Case.of(3, 200, 300, size, causal, 0, null), device, plain, 1e-4);
                    CudaFusedTest.check(CudaFusedTest.Case.of(2, 129, 129, size, causal, 0.2, null), device, plain,
                            1e-4);
                }
            }
            gpu.synchronize();
        }
    }

    // ---- trainings -------------------------------------------------------------------------------------------------

    /** A small GPT in training. */
    private static final class Training {
        private final GPT model;
        private final AdamW optimizer;

        Training(Device where) {
            Generator.global().manualSeed(3);
            model = new GPT(CONFIG, new Generator(42));
            model.to(where);
            optimizer = new AdamW(model.parameters(), 3e-3);
        }

        double step(int number) {
            try (var _ = TensorScope.open()) {
                Tensor tokens = Tensor.of(new SplittableRandom(number % 2).longs(4L * 13, 0, 29).toArray(), 4, 13)
                        .to(model.device());
                Variable loss = model.forward(tokens.narrow(1, 0, 12)).crossEntropy(tokens.narrow(1, 1, 12));
                loss.backward();
                GradClip.byGlobalNorm(model.parameters(), 0.7);
                optimizer.step();
                optimizer.zeroGrad();
                return loss.item();
            }
        }
    }

    private static List<Double> train(Device where) {
        Training training = new Training(where);
        List<Double> losses = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            losses.add(training.step(step));
        }
        return losses;
    }

    @Test
    void tenStepsOfAGptGiveTheCpusLosses() {
        List<Double> expected = train(Device.CPU);
        List<Double> actual = train(device);
        for (int step = 0; step < STEPS; step++) {
            assertEquals(expected.get(step), actual.get(step), 1e-4 * Math.abs(expected.get(step)), "step " + step);
        }
        assertTrue(actual.getLast() < actual.getFirst(), "nothing is learned: " + actual);
    }

    @Test
    void theSameSeedGivesTheSameBits() {
        assertEquals(train(device), train(device));
    }

    /** Of the size of the recipe shakespeare-gpu. */
    @Test
    void lossesOfBf16AreWithinOnePercentOfF32s() {
        new PrecisionTraining(device, new GPTConfig(65, 256, 6, 6, 384, 0, false, true, true), 64, 300, 1e-3).check();
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    @Test
    void aTrainingThatGoesOnTakesNoMoreMemory() {
        Training training = new Training(device);
        for (int step = 0; step < 5; step++) {
            training.step(step);
        }
        SlabAllocator.Statistics before = gpu.statistics();
        for (int step = 0; step < 50; step++) {
            training.step(step);
        }
        SlabAllocator.Statistics after = gpu.statistics();
        assertEquals(before.liveBytes(), after.liveBytes());
        assertEquals(before.reservedBytes(), after.reservedBytes());
        assertEquals(after.allocations() - before.allocations(), after.poolHits() - before.poolHits(),
                "every block comes from the cache");
    }

    @Test
    void whatDoesNotFitIsRefusedAndTheDeviceStaysUsable() {
        long bytes = 4L << 30;
        List<Long> blocks = new ArrayList<>();
        OutOfNativeMemoryError error = assertThrows(OutOfNativeMemoryError.class, () -> {
            while (true) {
                blocks.add(gpu.allocate(bytes, "test"));
            }
        });
        blocks.forEach(block -> gpu.free(block, bytes));
        assertTrue(error.getMessage().startsWith("test: no memory of " + gpu.name()), error.getMessage());
        try (var _ = TensorScope.open()) {
            assertArrayEquals(new double[] {2, 4}, Tensor.of(new float[] {1, 2}, 2).to(device).mul(2).toDoubleArray());
        }
    }

    // ---- replay ----------------------------------------------------------------------------------------------------

    @Test
    void aCapturedForwardPassGivesTheSameNumbersForNewInput() {
        try (var _ = TensorScope.open()) {
            GPT model = new GPT(CONFIG, new Generator(42));
            model.to(device).eval();
            long[] first = new SplittableRandom(1).longs(4L * 12, 0, 29).toArray();
            long[] second = new SplittableRandom(2).longs(4L * 12, 0, 29).toArray();
            Tensor input = Tensor.of(first, 4, 12).to(device);
            Tensor[] output = new Tensor[1];
            output[0] = model.forward(input).value(); // loads kernels and chooses algorithms
            double[] expected = model.forward(Tensor.of(second, 4, 12).to(device)).value().toDoubleArray();
            try (Gpu.Recording pass = gpu.capture(() -> output[0] = model.forward(input).value())) {
                input.copy_(Tensor.of(second, 4, 12).to(device));
                pass.replay();
                pass.replay();
                assertArrayEquals(expected, output[0].toDoubleArray());
            }
        }
    }
}
