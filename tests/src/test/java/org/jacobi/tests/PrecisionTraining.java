package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.CosineSchedule;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;

/**
 * Trainings of one GPT in several precisions, from the same weights and with the same batches, of a language made for it: a token is
 * followed by one of four, which the two before it determine, with unequal probabilities.
 *
 * @param batch how many stretches of the context's length a step has
 */
record PrecisionTraining(Device device, GPTConfig config, int batch, int steps, double lr) {

    private static final int FOLLOWERS = 4;

    enum Precision {
        F32,
        /** Parameters in f32, products in bf16. */
        AUTOCAST,
        /** All in bf16 but what the optimizer keeps. */
        BF16
    }

    /** Checks that the losses at the end, of the last tenth of the steps, differ by no more than 1% from f32's. */
    void check() {
        double f32 = end(losses(Precision.F32));
        assertTrue(f32 < 0.85 * Math.log(config.vocabSize()), "f32 learns nothing: " + f32);
        for (Precision low : List.of(Precision.AUTOCAST, Precision.BF16)) {
            assertEquals(f32, end(losses(low)), 0.01 * f32, low.toString());
        }
    }

    private double end(List<Double> losses) {
        return losses.subList(steps - Math.max(1, steps / 10), steps).stream().mapToDouble(each -> each).average()
                .orElseThrow();
    }

    List<Double> losses(Precision precision) {
        GPT model = new GPT(config, new Generator(42));
        model.to(device);
        if (precision == Precision.BF16) {
            model.to(DType.BF16);
        }
        AdamW optimizer = new AdamW(ParamGroup.decayMatrices(model.parameters(), lr, 0.1)).betas(0.9, 0.99);
        Schedule schedule = CosineSchedule.withWarmup(lr, lr / 10, Math.max(1, steps / 20), steps);
        int T = config.contextLength();
        List<Double> losses = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int step = 0; step < steps; step++) {
            try (var _ = TensorScope.open()) {
                Tensor tokens = Tensor.of(batch(random), batch, T + 1).to(device);
                Variable loss;
                try (var _ = precision == Precision.AUTOCAST ? Autocast.to(DType.BF16) : null) {
                    loss = model.forward(tokens.narrow(1, 0, T)).crossEntropy(tokens.narrow(1, 1, T));
                }
                loss.backward();
                GradClip.byGlobalNorm(model.parameters(), 1);
                optimizer.setLearningRate(schedule.at(step));
                optimizer.step();
                optimizer.zeroGrad();
                losses.add(loss.item());
            }
        }
        return losses;
    }

    private long[] batch(SplittableRandom random) {
        int length = config.contextLength() + 1;
        long kinds = config.vocabSize();
        long[] tokens = new long[batch * length];
        for (int i = 0; i < tokens.length; i++) {
            // The next of a text: 1/2, 1/4, 1/8 and 1/8 for four tokens that a hash of the last two names.
            int which = Math.min(FOLLOWERS - 1, Integer.numberOfTrailingZeros(random.nextInt() | 1 << FOLLOWERS - 1));
            long before = i % length == 0 ? 0 : tokens[i - 1];
            long first = i % length < 2 ? 0 : tokens[i - 2] % 3;
            tokens[i] = Math.floorMod((before * 31 + first * 17 + which) * 2654435761L >> 7, kinds);
        }
        return tokens;
    }
}
