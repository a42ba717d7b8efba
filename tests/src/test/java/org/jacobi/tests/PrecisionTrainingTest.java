package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.backend.cuda.CudaBackend;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Small GPTs in bf16, under autocast and with parameters of 16 bits, beside f32. */
class PrecisionTrainingTest {
    @Test
    void lossesOfBf16AreWithinOnePercent() {
        new PrecisionTraining(Device.CPU, new GPTConfig(19, 16, 2, 2, 32, 0, true, true, false), 8, 200, 5e-3).check();
    }

    @Test
    void anEmulatedGpuTakesTheSameSteps() {
        Assumptions.assumeTrue(EmulatedGpu.unavailableReason() == null, EmulatedGpu::unavailableReason);
        GPTConfig config = new GPTConfig(29, 12, 1, 3, 48, 0, true, true, true);
        Device emulated = new Device("emulated", new CudaBackend(new EmulatedGpu()));
        for (PrecisionTraining.Precision precision : PrecisionTraining.Precision.values()) {
            List<Double> expected = new PrecisionTraining(Device.CPU, config, 2, 4, 1e-2).losses(precision);
            List<Double> actual = new PrecisionTraining(emulated, config, 2, 4, 1e-2).losses(precision);
            for (int step = 0; step < expected.size(); step++) {
                assertEquals(expected.get(step), actual.get(step),
                        precision == PrecisionTraining.Precision.F32 ? 1e-4 : 0.02, precision + ", step " + step);
            }
            assertFalse(actual.getLast() >= actual.getFirst(), "nothing is learned: " + actual);
        }
    }
}
