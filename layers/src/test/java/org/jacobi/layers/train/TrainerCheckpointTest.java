package org.jacobi.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.TensorDataset;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.AveragedModel;
import org.jacobi.layers.optim.CosineSchedule;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.ReduceLROnPlateau;
import org.jacobi.layers.train.Moons.Mlp;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that was stopped goes on to the same bits as one that was not. */
class TrainerCheckpointTest {
    @TempDir
    Path folder;

    /** All that a process has, made anew. */
    private final class Run {
        private final Layer model = new Mlp(1, 0.3);
        private final Optimizer optimizer = new AdamW(model.parameters(), 0.01);
        private final Moons training = new Moons(1, 150, 16);
        private final Moons validation = new Moons(2, 60, 60).inOrder();
        /** Adds up the steps' losses: a part of one's own. */
        private final Tensor sum = Tensor.zeros(DType.F64, 1).unscope();
        private final Trainer<Batch> trainer = Trainer.supervised(model, optimizer, Variable::crossEntropy)
                .metric("accuracy", () -> Accuracy.multiclass(2)).schedule(CosineSchedule.of(0.02, 0.001, 60))
                .monitor(Monitor.min("loss"));

        Run(String name) {
            Generator.global().manualSeed(name.length() + 40);
            trainer.checkpoints(folder.resolve(name)).callback(new Callback() {
                @Override
                public void onStepEnd(Trainer<?> each, StepRecord step) {
                    sum.add_(step.loss());
                }
            }).saved("sum", () -> Map.of("sum", sum), saved -> sum.copy_(saved.get("sum")));
        }

        Run stoppingAt(long at) {
            trainer.callback(new Callback() {
                @Override
                public void onStepEnd(Trainer<?> each, StepRecord step) {
                    if (step.step() == at) {
                        each.stop();
                    }
                }
            });
            return this;
        }

        History fit() {
            return trainer.fit(training, validation, 5);
        }

        Map<String, float[]> state() {
            Map<String, float[]> state = new LinkedHashMap<>(TrainerTest.weights(model));
            optimizer.stateDict().forEach((name, tensor) -> state.put("optimizer " + name, tensor.toFloatArray()));
            state.put("sum", new float[] {(float) sum.item()});
            return state;
        }
    }

    private static List<Map<String, Double>> validations(History history) {
        return history.epochs().stream().map(epoch -> (Map<String, Double>) epoch.validation()).toList();
    }

    private void assertResumes(long stop) {
        Run whole = new Run("whole");
        Generator.global().manualSeed(7);
        History expected = whole.fit();
        Generator.global().manualSeed(7);
        Run cut = new Run("cut" + stop).stoppingAt(stop);
        Generator.global().manualSeed(7);
        cut.fit();
        assertEquals(stop, cut.trainer.step());
        Run resumed = new Run("cut" + stop);
        assertTrue(resumed.trainer.resume());
        assertEquals(stop, resumed.trainer.step());
        History actual = resumed.fit();
        assertEquals(validations(expected), validations(actual));
        assertEquals(expected.bestEpoch(), actual.bestEpoch());
        Map<String, float[]> state = resumed.state();
        whole.state().forEach((name, values) -> assertArrayEquals(values, state.get(name), name));
    }

    @Test
    void resumesInTheMiddleOfAnEpochToTheSameBits() {
        assertResumes(23);
    }

    @Test
    void resumesBetweenEpochsToTheSameBits() {
        assertResumes(20);
    }

    /** Trains 4 epochs of 5 steps with a loader, and stops after a step, if that is not 0. */
    private Layer withLoader(DataLoader<Batch> loader, String name, long stop) {
        Layer averaged = new Mlp(2, 0.3);
        Layer model = new Mlp(1, 0.3);
        Optimizer optimizer = new AdamW(model.parameters(), 0.01);
        AveragedModel average = AveragedModel.ema(model, 0.8);
        Trainer<Batch> trainer = Trainer.supervised(model, optimizer, Variable::crossEntropy).average(average)
                .plateau(new ReduceLROnPlateau(optimizer).factor(0.5).patience(0).threshold(0.9, false),
                        Monitor.min("loss"))
                .monitor(Monitor.min("loss")).checkpoints(folder.resolve(name)).callback(new Callback() {
                    @Override
                    public void onStepEnd(Trainer<?> each, StepRecord step) {
                        if (step.step() == stop) {
                            each.stop();
                        }
                    }
                });
        trainer.resume();
        trainer.fit(loader, new Moons(5, 40, 40).inOrder(), 4);
        assertEquals(stop == 0 ? 20 : stop, trainer.step());
        if (stop == 0) {
            assertEquals(20, average.averaged());
            assertTrue(optimizer.groups().getFirst().lr() < 0.01);
            assertTrue(Files.exists(folder.resolve(name + "/last/average.safetensors")));
            // The best epoch is the last one, and its weights are the average's.
            assertEquals(4, trainer.history().bestEpoch());
            average.copyTo(averaged);
            TrainerTest.assertSameWeights(TrainerTest.weights(averaged), model);
        }
        return model;
    }

    @Test
    void resumesALoaderInTheMiddleOfItsEpoch() {
        Moons moons = new Moons(1, 80, 80);
        TensorDataset data = new TensorDataset(moons.points(), moons.labels());
        Supplier<DataLoader<Batch>> loader = () -> DataLoader.of(data).batchSize(16).shuffle(3).workers(2).build();
        Generator.global().manualSeed(7);
        Layer whole = withLoader(loader.get(), "whole", 0);
        Generator.global().manualSeed(7);
        withLoader(loader.get(), "cut", 8);
        Generator.global().manualSeed(99);
        withLoader(loader.get(), "cut", 15);
        Generator.global().manualSeed(99);
        TrainerTest.assertSameWeights(TrainerTest.weights(whole), withLoader(loader.get(), "cut", 0));
    }

    @Test
    void keepsTheLastAndTheBest() throws IOException {
        Run run = new Run("both");
        History history = run.fit();
        Path both = folder.resolve("both");
        assertEquals("50", Safetensors.metadata(both.resolve("last/model.safetensors")).get("step"));
        assertEquals(Long.toString(history.best().steps()),
                Safetensors.metadata(both.resolve("best/model.safetensors")).get("step"));
        assertEquals(history.best().validation(), run.trainer.evaluate(run.validation));
        Layer loaded = new Mlp(9, 0.3);
        loaded.loadStateDict(Safetensors.load(both.resolve("best/model.safetensors")));
        TrainerTest.assertSameWeights(TrainerTest.weights(run.model), loaded);
        try (var files = Files.list(both.resolve("last"))) {
            assertEquals(List.of("model.safetensors", "optimizer.safetensors", "sum.safetensors", "trainer.json"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void hasNothingToResumeAtFirst() {
        assertFalse(new Run("new").trainer.resume());
        Layer model = new Mlp(1, 0);
        Trainer<Batch> trainer = Trainer.supervised(model, new AdamW(model.parameters(), 0.1), Variable::crossEntropy);
        assertThrows(IllegalStateException.class, trainer::resume);
    }

    @Test
    void refusesDamagedAndForeignCheckpoints() throws IOException {
        Run run = new Run("damaged").stoppingAt(10);
        run.fit();
        Path last = folder.resolve("damaged/last");
        String state = Files.readString(last.resolve("trainer.json"));
        for (String damaged : List.of("", "null", "{}", state.substring(0, state.length() / 2),
                state.replace("\"step\" : 10", "\"step\" : -1"), state.replace("\"epoch\" : 1", "\"epoch\" : 4"))) {
            Files.writeString(last.resolve("trainer.json"), damaged);
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> new Run("damaged").trainer.resume(),
                    damaged);
            assertTrue(e.getMessage().contains("trainer.json"), e.getMessage());
        }
        Files.writeString(last.resolve("trainer.json"), state.replace("\"step\" : 10", "\"step\" : 11"));
        assertTrue(assertThrows(UncheckedIOException.class, () -> new Run("damaged").trainer.resume()).getMessage()
                .contains("do not belong together"));
        Files.writeString(last.resolve("trainer.json"), state);
        Layer other = new Linear(3, 2);
        Trainer<Batch> foreign = Trainer.supervised(other, new AdamW(other.parameters(), 0.1), Variable::crossEntropy)
                .checkpoints(folder.resolve("damaged"));
        assertTrue(
                assertThrows(IllegalArgumentException.class, foreign::resume).getMessage().contains("hidden.weight"));
        Files.delete(last.resolve("optimizer.safetensors"));
        assertTrue(assertThrows(UncheckedIOException.class, () -> new Run("damaged").trainer.resume()).getMessage()
                .contains("optimizer.safetensors"));
    }

    @Test
    void cannotGoOnInTheMiddleOfBatchesThatDoNotKnowWhereTheyAre() {
        new Run("middle").stoppingAt(13).fit();
        Run resumed = new Run("middle");
        resumed.trainer.resume();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> resumed.trainer.fit(List.of(), 2)).getMessage()
                .contains("Resumable"));
    }

    @Test
    void numbersThatAreNotFiniteAreKept() {
        var state = new TrainerState(1, 5, Map.of(), null, Map.of(), 0, 0,
                List.of(new EpochRecord(1, 5, new LinkedHashMap<>(Map.of("loss", Double.NaN)),
                        new LinkedHashMap<>(Map.of("auroc", Double.POSITIVE_INFINITY)), 0.1, 1, 1, 1, 1, 1, false)));
        assertEquals(state, Json.read(Json.write(state), TrainerState.class));
    }
}
