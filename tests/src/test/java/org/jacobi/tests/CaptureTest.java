package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Linear;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.SGD;
import org.jacobi.tensor.Capture;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Replayed steps against ordinary ones, on an emulated GPU that records launches with their arguments as they were. */
class CaptureTest {
    private static final int STEPS = 5;
    private static Device device;

    @BeforeAll
    static void makeTheEmulatedGpu() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        device = new Device("emulated", new CudaBackend(new EmulatedGpu(true)));
    }

    /** Trains with dropout, clipping and a learning rate that falls; returns the losses and everything that was changed. */
    private static List<Double> train(Device device, boolean replayed, Map<String, double[]> state) {
        Generator.global().manualSeed(3);
        GPT model = new GPT(new GPTConfig(29, 12, 2, 3, 24, 0.2, true, true, false), new Generator(42));
        model.to(device);
        AdamW optimizer = new AdamW(model.parameters(), 3e-3);
        Tensor tokens = Tensor.zeros(device, DType.I64, 4, 13);
        Tensor result = Tensor.zeros(device, DType.F32);
        List<Double> losses = new ArrayList<>();
        Runnable step = () -> {
            try (var _ = TensorScope.open()) {
                Variable loss = model.forward(tokens.narrow(1, 0, 12)).crossEntropy(tokens.narrow(1, 1, 12));
                loss.backward();
                GradClip.byGlobalNormQueued(model.parameters(), 0.7);
                optimizer.step();
                optimizer.zeroGrad();
                result.copy_(loss.value());
            }
        };
        Capture capture = null;
        for (int i = 0; i < STEPS; i++) {
            tokens.copy_(Tensor.of(new SplittableRandom(i).longs(4L * 13, 0, 29).toArray(), 4, 13));
            optimizer.setLearningRate(3e-3 / (1 + i));
            if (i == 1 && replayed) {
                capture = device.capture(step);
            }
            if (capture == null) {
                step.run();
            } else {
                capture.replay();
            }
            losses.add(result.item());
        }
        if (capture != null) {
            capture.close();
        }
        model.stateDict().forEach((name, tensor) -> state.put(name, tensor.toDoubleArray()));
        optimizer.stateDict().forEach((name, tensor) -> state.put("optimizer." + name, tensor.toDoubleArray()));
        state.put("calls", new double[] {Generator.global().calls()});
        return losses;
    }

    private static void replaysEqualSteps(Device device) {
        Map<String, double[]> expected = new LinkedHashMap<>();
        Map<String, double[]> actual = new LinkedHashMap<>();
        try (var _ = TensorScope.open()) {
            List<Double> losses = train(device, false, expected);
            assertEquals(losses, train(device, true, actual));
            assertTrue(losses.stream().distinct().count() == STEPS, "nothing changes from step to step: " + losses);
        }
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, numbers) -> assertArrayEquals(numbers, actual.get(name), name));
    }

    @Test
    void replayedStepsEqualOrdinaryOnesInEveryBit() {
        replaysEqualSteps(device);
    }

    @Test
    void theCpuRunsTheWorkEachTime() {
        replaysEqualSteps(Device.CPU);
    }

    private static void refuses(String part, Runnable work) {
        String message = assertThrows(RuntimeException.class, () -> device.capture(work)).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void whatCannotBeReplayedIsRefused() {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ones(device, DType.F32, 4);
            Generator other = new Generator(7);
            Optimizer sgd = new SGD(new Linear(2, 2).parameters(), 0.1);
            refuses("a copy to the host", () -> x.sum().item());
            refuses("a copy from the host", () -> Tensor.of(new float[] {1, 2}).to(device));
            refuses("two generators", () -> {
                Tensor.randLike(x, Generator.global());
                Tensor.randLike(x, other);
            });
            refuses("a random number of the host", other::nextDouble);
            refuses("SGD", sgd::step);
            refuses("another capture", () -> device.capture(() -> {
            }));
            assertEquals(4, x.sum().item(), "the device is of use afterwards");
        }
    }

    /** Indices are not checked in a replay: what lies outside of the axis is NaN, and nothing is written. */
    @Test
    void indicesOutsideReadAsNaN() {
        try (var _ = TensorScope.open()) {
            Tensor table = Tensor.ones(device, DType.F32, 3, 8);
            Tensor index = Tensor.of(new long[] {0, 2}).to(device);
            Tensor out = Tensor.zeros(device, DType.F32, 2, 8);
            Tensor sums = Tensor.zeros(device, DType.F32, 3, 8);
            Runnable work = () -> {
                try (var _ = TensorScope.open()) {
                    out.copy_(table.indexSelect(0, index));
                    sums.indexAdd_(0, index, out);
                }
            };
            work.run();
            try (Capture capture = device.capture(work)) {
                index.copy_(Tensor.of(new long[] {1, 77}));
                capture.replay();
            }
            double[] rows = out.toDoubleArray();
            assertEquals(1, rows[7]);
            assertTrue(Double.isNaN(rows[8]));
            assertEquals(24, sums.sum().item(), "two rows of the first run, one of the replay");
        }
    }
}
