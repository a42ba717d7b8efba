package org.jacobi.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.loss.Loss;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.metrics.ConfusionMatrix;
import org.jacobi.layers.metrics.MeanSquaredError;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.SGD;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.layers.train.Moons.Mlp;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TrainerTest {
    private static final Loss CROSS_ENTROPY = Variable::crossEntropy;

    /** What dropout draws must not depend on the tests before. */
    @BeforeEach
    void seed() {
        Generator.global().manualSeed(1);
    }

    private static Trainer<Batch> trainer(Layer model, double lr) {
        return Trainer.supervised(model, new AdamW(model.parameters(), lr), CROSS_ENTROPY).metric("accuracy",
                () -> Accuracy.multiclass(2));
    }

    static Map<String, float[]> weights(Layer model) {
        Map<String, float[]> weights = new LinkedHashMap<>();
        model.stateDict().forEach((name, tensor) -> weights.put(name, tensor.toFloatArray()));
        return weights;
    }

    static void assertSameWeights(Map<String, float[]> expected, Layer model) {
        assertEquals(expected.keySet(), model.stateDict().keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, model.stateDict().get(name).toFloatArray(), name));
    }

    @Test
    void learnsToTellMoonsApart() {
        Layer model = new Mlp(1, 0);
        Moons training = new Moons(1, 400, 32);
        Moons validation = new Moons(2, 200, 50).inOrder();
        Trainer<Batch> trainer = trainer(model, 0.02).clipGradNorm(5);
        History history = trainer.fit(training, validation, 15);
        assertEquals(15, history.epochs().size());
        EpochRecord first = history.epochs().getFirst();
        EpochRecord last = history.epochs().getLast();
        assertTrue(last.training().get("loss") < 0.3 * first.training().get("loss"), last.toString());
        assertTrue(last.validation().get("accuracy") > 0.97, last.toString());
        assertEquals(15 * 13, trainer.step());
        assertEquals(13, trainer.stepsPerEpoch().orElseThrow());
        assertEquals(15, training.closed);
        assertTrue(last.medianSeconds() > 0 && last.medianSeconds() <= last.p90Seconds()
                && last.p90Seconds() < last.seconds(), last.toString());
        assertTrue(last.peakBytes() > 4 * model.parameterCount(), last.toString());
        assertFalse(model.isTraining());
        assertEquals(last.validation(), trainer.evaluate(validation));
    }

    @Test
    void evaluatesAndPredictsWithFurtherMetrics() {
        Layer model = new Mlp(1, 0.5);
        Moons test = new Moons(3, 70, 32);
        ConfusionMatrix confusion = ConfusionMatrix.multiclass(2);
        Trainer<Batch> trainer = trainer(model, 0.02);
        double accuracy = trainer.evaluate(test, confusion).get("accuracy");
        long[][] counts = confusion.compute();
        assertEquals(70, counts[0][0] + counts[0][1] + counts[1][0] + counts[1][1]);
        assertEquals(accuracy, (counts[0][0] + counts[1][1]) / 70.0, 1e-12);
        Tensor outputs = trainer.predict(List.of(test.points().narrow(0, 0, 40), test.points().narrow(0, 40, 30)));
        model.eval();
        assertArrayEquals(model.forward(test.points()).value().toFloatArray(), outputs.toFloatArray(), 1e-6f);
        assertEquals("(70, 2)", outputs.shape().toString());
        assertThrows(IllegalArgumentException.class, () -> trainer.evaluate(List.of()));
        assertThrows(IllegalArgumentException.class, () -> trainer.predict(List.of()));
    }

    @Test
    void accumulatedBatchesAreAsOneLargeBatch() {
        Tensor points = new Moons(1, 21, 21).points();
        Tensor labels = Tensor.of(new long[] {0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1}, 21);
        List<Batch> parts = new ArrayList<>();
        for (int[] part : new int[][] {{0, 8}, {8, 8}, {16, 5}}) {
            parts.add(new Batch(points.narrow(0, part[0], part[1]), labels.narrow(0, part[0], part[1])));
        }
        Layer one = new Mlp(1, 0);
        Layer other = new Mlp(1, 0);
        Trainer.supervised(one, new SGD(one.parameters(), 0.5), CROSS_ENTROPY).fit(List.of(new Batch(points, labels)),
                3);
        Trainer<Batch> accumulating = Trainer.supervised(other, new SGD(other.parameters(), 0.5), CROSS_ENTROPY)
                .accumulate(3);
        accumulating.fit(parts, 3);
        assertEquals(3, accumulating.step());
        weights(one).forEach(
                (name, values) -> assertArrayEquals(values, other.stateDict().get(name).toFloatArray(), 1e-6f, name));
        // A step of what is left: two batches and one.
        accumulating.accumulate(2).fit(parts, 4);
        assertEquals(5, accumulating.step());
    }

    @Test
    void clipsGradients() {
        Moons training = new Moons(1, 32, 32).inOrder();
        Layer plain = new Mlp(1, 0);
        double norm =
                Trainer.supervised(plain, new SGD(plain.parameters(), 0.5), CROSS_ENTROPY).fit(training, 1).epochs()
                        .getFirst().gradNorm();
        Layer clipped = new Mlp(1, 0);
        Map<String, float[]> start = weights(clipped);
        EpochRecord epoch = Trainer.supervised(clipped, new SGD(clipped.parameters(), 0.5), CROSS_ENTROPY)
                .clipGradNorm(norm / 4).fit(training, 1).epochs().getFirst();
        assertEquals(norm, epoch.gradNorm(), 1e-6);
        plain.stateDict().forEach((name, tensor) -> {
            float[] expected = tensor.toFloatArray();
            for (int i = 0; i < expected.length && !name.equals("seen"); i++) {
                expected[i] = start.get(name)[i] + (expected[i] - start.get(name)[i]) / 4;
            }
            assertArrayEquals(expected, clipped.stateDict().get(name).toFloatArray(), 1e-5f, name);
        });
        Layer limited = new Mlp(1, 0);
        Trainer.supervised(limited, new SGD(limited.parameters(), 0.5), CROSS_ENTROPY).clipGradValue(0.01).fit(training,
                1);
        limited.namedParameters().forEach((name, param) -> {
            float[] values = param.value().toFloatArray();
            float[] free = plain.stateDict().get(name).toFloatArray();
            for (int i = 0; i < values.length; i++) {
                float expected = Math.clamp(free[i] - start.get(name)[i], -0.005f, 0.005f);
                assertEquals(expected, values[i] - start.get(name)[i], 1e-6f, name);
            }
        });
    }

    @Test
    void stopsWhenNothingGetsBetter() {
        Layer model = new Mlp(1, 0);
        Trainer<Batch> trainer = trainer(model, 0).monitor(Monitor.min("loss")).patience(3);
        History history = trainer.fit(new Moons(1, 64, 32), new Moons(2, 64, 32), 20);
        assertEquals(4, history.epochs().size());
        assertEquals(1, history.bestEpoch());
        assertEquals(4, trainer(new Mlp(1, 0), 0.01).monitor(new Monitor("loss", false, 10)).patience(3)
                .fit(new Moons(1, 64, 32), new Moons(2, 64, 32), 20).epochs().size());
        assertThrows(IllegalArgumentException.class, () -> trainer(model, 0).patience(3).fit(new Moons(1, 64, 32), 2));
        assertThrows(IllegalArgumentException.class,
                () -> trainer(model, 0).monitor(Monitor.max("auroc")).fit(new Moons(1, 64, 32), 2));
    }

    @Test
    void endsWithTheBestWeights() {
        Layer model = new Mlp(1, 0);
        Moons validation = new Moons(2, 100, 50).inOrder();
        // After three good epochs come two that ruin the model.
        Trainer<Batch> trainer = trainer(model, 0).monitor(Monitor.min("loss"))
                .scheduleByEpoch(epoch -> epoch < 3 ? 0.02 : 5);
        History history = trainer.fit(new Moons(1, 200, 20), validation, 5);
        assertEquals(3, history.bestEpoch());
        assertEquals(List.of(true, true, true, false, false),
                history.epochs().stream().map(EpochRecord::best).toList());
        assertTrue(history.epochs().getLast().validation().get("loss") > 2 * history.best().validation().get("loss"));
        assertEquals(history.best().validation(), trainer.evaluate(validation));
    }

    @Test
    void validatesAndEndsWithOtherWeights() {
        Layer model = new Mlp(1, 0);
        Moons validation = new Moons(2, 100, 50).inOrder();
        double untrained = trainer(model, 0).evaluate(validation).get("loss");
        Map<String, float[]> start = weights(model);
        // The weights that are validated are always those of the start.
        Map<String, Tensor> own = new LinkedHashMap<>();
        Trainer<Batch> trainer = trainer(model, 0.02).monitor(Monitor.min("loss")).validateWith(() -> {
            model.stateDict().forEach((name, tensor) -> own.put(name, tensor.copy().unscope()));
            start.forEach((name, values) -> model.stateDict().get(name).copy_(Tensor.of(values, values.length)
                    .reshape(model.stateDict().get(name).shape().toArray())));
            return () -> model.loadStateDict(own);
        });
        History history = trainer.fit(new Moons(1, 200, 20), validation, 3);
        history.epochs().forEach(epoch -> assertEquals(untrained, epoch.validation().get("loss")));
        assertTrue(history.epochs().getLast().training().get("loss") < 0.7 * untrained, history.toString());
        assertEquals(1, history.bestEpoch());
        assertSameWeights(start, model);
    }

    @Test
    void tellsCallbacksInOrder() {
        List<String> told = new ArrayList<>();
        Layer model = new Mlp(1, 0);
        trainer(model, 0.01).schedule(step -> 0.1 / (step + 1)).callback(new Callback() {
            @Override
            public void onFitStart(Trainer<?> trainer) {
                told.add("start");
            }

            @Override
            public void onEpochStart(Trainer<?> trainer, int epoch) {
                told.add("epoch " + epoch);
            }

            @Override
            public void onStepEnd(Trainer<?> trainer, StepRecord step) {
                assertTrue(model.parameters().getFirst().grad() != null && step.gradNorm() > 0);
                assertEquals(trainer.step(), step.step());
                told.add("step " + step.step() + " " + step.lr());
            }

            @Override
            public void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
                told.add("end of " + epoch.epoch());
            }

            @Override
            public void onFitEnd(Trainer<?> trainer, Throwable failure) {
                assertNull(failure);
                told.add("end");
            }
        }).fit(new Moons(1, 40, 20), 2);
        assertEquals(List.of("start", "epoch 1", "step 1 0.1", "step 2 0.05", "end of 1", "epoch 2",
                "step 3 " + 0.1 / 3, "step 4 0.025", "end of 2", "end"), told);
    }

    @Test
    void stepsComputeInTheTrainersPrecision() {
        Layer model = new Mlp(1, 0);
        List<DType> seen = new ArrayList<>();
        Trainer<Batch> trainer = Trainer.<Batch>of(model, new AdamW(model.parameters(), 0.01), batch -> {
            seen.add(Autocast.type());
            Variable scores = model.forward(batch.input());
            return Outcome.of(scores.crossEntropy(batch.target()), scores, batch.target());
        }).precision(DType.BF16);
        Moons moons = new Moons(1, 40, 20);
        trainer.fit(moons, moons, 1);
        trainer.precision(DType.F32).evaluate(moons);
        assertEquals(Arrays.asList(DType.BF16, DType.BF16, DType.BF16, DType.BF16, null, null), seen);
        assertNull(Autocast.type());
        model.parameters().forEach(param -> assertEquals(DType.F32, param.dtype()));
        assertEquals("Trainer: the precision is F16; it must be F32 or BF16",
                assertThrows(IllegalArgumentException.class, () -> trainer.precision(DType.F16)).getMessage());
    }

    @Test
    void findsALearningRateAndPutsEverythingBack() {
        Layer model = new Mlp(1, 0.2);
        Moons training = new Moons(1, 200, 20);
        Optimizer optimizer = new AdamW(model.parameters(), 0.01);
        Trainer<Batch> trainer = Trainer.supervised(model, optimizer, CROSS_ENTROPY);
        trainer.fit(training, 1);
        model.train();
        Map<String, float[]> before = weights(model);
        Map<String, float[]> memory = new LinkedHashMap<>();
        optimizer.stateDict().forEach((name, tensor) -> memory.put(name, tensor.toFloatArray()));
        GeneratorState generator = GeneratorState.of(Generator.global());
        LearningRateCurve curve = trainer.findLearningRate(training, 1e-5, 100, 120);
        assertSameWeights(before, model);
        assertEquals(memory.keySet(), optimizer.stateDict().keySet());
        memory.forEach(
                (name, values) -> assertArrayEquals(values, optimizer.stateDict().get(name).toFloatArray(), name));
        assertEquals(generator, GeneratorState.of(Generator.global()));
        assertEquals(0.01, optimizer.groups().getFirst().lr());
        assertTrue(model.isTraining());
        assertNull(model.parameters().getFirst().grad());
        training.iterator();
        assertEquals(1, training.state().epoch());
        assertTrue(curve.suggestion() > 1e-4 && curve.suggestion() < 1, "" + curve.suggestion());
        assertTrue(curve.rates().length < 120, "the loss does not grow");
        assertEquals(1e-5, curve.rates()[0]);
        assertThrows(IllegalArgumentException.class, () -> trainer.findLearningRate(training, 1, 0.1, 50));
    }

    @Test
    void trainsWhateverAStepDoes() {
        // y = a x + b from noisy pairs, with a second optimizer for b that the step takes itself.
        Linear slope = new Linear(1, 1, false, new Generator(1));
        Linear shift = new Linear(1, 1, false, new Generator(2));
        Layer both = new Layer() {
            {
                add("slope", slope);
                add("shift", shift);
            }

            @Override
            protected Variable compute(Variable x) {
                return slope.forward(x).add(shift.forward(Tensor.ones(x.size(0), 1)));
            }
        };
        Optimizer second = new SGD(shift.parameters(), 0.2);
        List<double[][]> pairs = List.of(new double[][] {{1, 5}, {2, 8}}, new double[][] {{-1, -1}, {0, 2}});
        Trainer<double[][]> trainer = Trainer.of(both, new SGD(slope.parameters(), 0.1), pair -> {
            Tensor x = Tensor.of(new float[] {(float) pair[0][0], (float) pair[1][0]}, 2, 1);
            Tensor y = Tensor.of(new float[] {(float) pair[0][1], (float) pair[1][1]}, 2, 1);
            Variable prediction = both.forward(x);
            Variable loss = prediction.sub(y).square().mean();
            if (both.isTraining()) {
                loss.backward();
                second.step();
                slope.zeroGrad();
                prediction = both.forward(x);
                loss = prediction.sub(y).square().mean();
            }
            return Outcome.of(loss, prediction, y);
        });
        trainer.optimizer("shift", second).metric("mse", MeanSquaredError::new);
        History history = trainer.fit(pairs, pairs, 60);
        assertEquals(3, slope.weight().value().item(), 0.01);
        assertEquals(2, shift.weight().value().item(), 0.01);
        EpochRecord last = history.epochs().getLast();
        assertEquals(last.validation().get("loss"), last.validation().get("mse"), 1e-6);
    }

    @Test
    void refusesWhatCannotBeTrained() {
        Layer model = new Mlp(1, 0);
        assertTrue(
                assertThrows(IllegalArgumentException.class, () -> trainer(model, 0.1).fit(List.of(), 1)).getMessage()
                        .contains("epoch 1 has no batch"));
        assertThrows(IllegalArgumentException.class, () -> trainer(model, 0.1).fit(new Moons(1, 8, 8), 0));
        assertThrows(IllegalArgumentException.class, () -> trainer(model, 0.1).accumulate(0));
        assertThrows(IllegalArgumentException.class,
                () -> trainer(model, 0.1).metric("accuracy", () -> Accuracy.multiclass(2)));
        Trainer<Batch> blind = Trainer.of(model, new AdamW(model.parameters(), 0.1),
                (Batch batch) -> Outcome.of(model.forward(batch.input()).crossEntropy(batch.target())));
        blind.fit(new Moons(1, 8, 8), 1);
        blind.metric("accuracy", () -> Accuracy.multiclass(2));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> blind.fit(new Moons(1, 8, 8), 2)).getMessage()
                .contains("Outcome.of(loss, prediction, target)"));
        Trainer<Batch> wide = Trainer.of(model, new AdamW(model.parameters(), 0.1),
                (Batch batch) -> Outcome.of(model.forward(batch.input())));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> wide.fit(new Moons(1, 8, 8), 1)).getMessage()
                .contains("must be one number"));
    }

    // ---- failures and memory ---------------------------------------------------------------------------------------

    private static void assertNothingLeft(Runnable failing) {
        MemoryReport before = MemoryReport.afterCollection();
        failing.run();
        MemoryReport after = MemoryReport.afterCollection();
        assertEquals(0, after.scoped().blocks(), "a scope is still open");
        assertTrue(after.liveBytes() <= before.liveBytes(), before.liveBytes() + " -> " + after.liveBytes());
    }

    @Test
    void leavesNothingOpenWhenABatchCannotBeLoaded() {
        Layer model = new Mlp(1, 0);
        Moons training = new Moons(1, 100, 10);
        Trainer<Batch> trainer = trainer(model, 0.01);
        trainer.fit(training, 1);
        training.broken = 4;
        List<Throwable> told = new ArrayList<>();
        trainer.callback(new Callback() {
            @Override
            public void onFitEnd(Trainer<?> ended, Throwable failure) {
                told.add(failure);
            }
        });
        assertNothingLeft(() -> {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> trainer.fit(training, 3));
            assertEquals("example 40 cannot be read", e.getMessage());
            assertSame(e, told.getFirst());
        });
        assertEquals(2, training.closed);
        assertNull(model.parameters().getFirst().grad());
        training.broken = -1;
        trainer.fit(training, 3);
        assertEquals(3, trainer.history().epochs().size());
    }

    @Test
    void leavesNothingOpenWhenACallbackThrows() {
        Layer model = new Mlp(1, 0);
        Moons training = new Moons(1, 100, 10);
        Trainer<Batch> trainer = trainer(model, 0.01);
        trainer.fit(training, 1);
        trainer.callback(new Callback() {
            @Override
            public void onStepEnd(Trainer<?> trained, StepRecord step) {
                if (step.step() == 13) {
                    throw new IllegalStateException("no");
                }
            }

            @Override
            public void onFitEnd(Trainer<?> trained, Throwable failure) {
                throw new IllegalArgumentException("nor at the end");
            }
        });
        assertNothingLeft(() -> {
            IllegalStateException e = assertThrows(IllegalStateException.class, () -> trainer.fit(training, 2));
            assertEquals("no", e.getMessage());
            assertEquals("nor at the end", e.getSuppressed()[0].getMessage());
        });
        assertEquals(2, training.closed);
        assertNull(model.parameters().getFirst().grad());
    }

    @Test
    void keepsNoMemoryFromEpochToEpoch() {
        Layer model = new Mlp(1, 0.1);
        Moons training = new Moons(1, 200, 10);
        Trainer<Batch> trainer = trainer(model, 0.01).monitor(Monitor.min("loss"));
        trainer.fit(training, training, 2);
        long before = MemoryReport.afterCollection().liveBytes();
        trainer.fit(training, training, 12);
        assertEquals(before, MemoryReport.afterCollection().liveBytes());
        try (var _ = TensorScope.open()) {
            trainer.schedule(Schedule.constant(0.01)).fit(training, training, 14);
        }
        assertEquals(before, MemoryReport.afterCollection().liveBytes());
    }
}
