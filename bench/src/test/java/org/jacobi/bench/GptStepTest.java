package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPTConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.api.Test;

class GptStepTest {
    private static final GPTConfig TINY = new GPTConfig(64, 8, 2, 2, 16, 0, true, true, false);

    @ParameterizedTest
    @EnumSource
    void stepsOfATinyModelLowerItsLoss(GptStep.Precision precision) {
        try (var _ = TensorScope.open()) {
            GptStep step = new GptStep(Device.CPU, TINY, 2, precision);
            double first = step.loss();
            assertEquals(Math.log(64), first, 0.2);
            for (int i = 0; i < 20; i++) {
                step.run();
            }
            assertTrue(step.loss() < first - 0.05, precision + ": " + first + " became " + step.loss());
        }
    }

    @Test
    void countsAsTheOthersDo() {
        GPTConfig gpt2 = new GPTConfig(50304, 1024, 12, 12, 768, 0, true, true, false);
        assertEquals(6 * 124.4e6 + 6.0 * 12 * 768 * 1024, GptStep.perToken(gpt2), 1e7);
    }

    @Test
    void precisionsHaveNames() {
        for (GptStep.Precision each : GptStep.Precision.values()) {
            assertEquals(each, GptStep.Precision.of(each.toString()));
        }
        assertThrows(IllegalArgumentException.class, () -> GptStep.Precision.of("fp8"));
    }
}
