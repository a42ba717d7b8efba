package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.jacobi.layers.train.GeneratorState;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    @TempDir
    Path folder;

    /** Cuts a save short before one of its operations, as a kill would. */
    private static final class Kill extends RuntimeException implements Consumer<String> {
        private int operationsLeft;

        Kill(int operationsLeft) {
            this.operationsLeft = operationsLeft;
        }

        @Override
        public void accept(String operation) {
            if (operationsLeft-- == 0) {
                throw this;
            }
        }
    }

    @Test
    void holdsAWholeCheckpointAfterAKillAtAnyMoment() throws IOException {
        int kills = 0;
        for (boolean killed = true; killed; kills++) {
            Path run = Files.createDirectory(folder.resolve("run" + kills));
            new CheckpointStore(run).save(checkpoint(1));
            killed = save(run, 2, new Kill(kills));
            int step = requireWhole(run);
            assertTrue(step == 1 || step == 2, "step " + step);
            assertTrue(killed || step == 2);
            new CheckpointStore(run).save(checkpoint(3));
            assertEquals(3, requireWhole(run));
        }
        assertTrue(kills > 9, "only " + kills + " operations");
    }

    @Test
    void holdsAWholeCheckpointAfterKillsWhileItRecovers() throws IOException {
        boolean killed = true;
        for (int first = 0; killed; first++) {
            boolean killedAgain = true;
            for (int second = 0; killedAgain; second++) {
                Path run = Files.createDirectory(folder.resolve("run" + first + "-" + second));
                new CheckpointStore(run).save(checkpoint(1));
                killed = save(run, 2, new Kill(first));
                killedAgain = recover(run, new Kill(second));
                assertTrue(requireWhole(run) <= 2);
            }
        }
    }

    @Test
    void isNotThereBeforeTheFirstIsWhole() throws IOException {
        CheckpointStore store = new CheckpointStore(folder);
        assertFalse(store.exists());
        assertTrue(save(folder, 1, new Kill(4)));
        assertFalse(store.exists());
        store.save(checkpoint(1));
        assertTrue(store.exists());
        assertEquals(1, requireWhole(folder));
    }

    private static boolean save(Path run, int step, Kill kill) throws IOException {
        try {
            new CheckpointStore(run, kill).save(checkpoint(step));
            return false;
        } catch (Kill _) {
            return true;
        }
    }

    private static boolean recover(Path run, Kill kill) {
        try (var _ = TensorScope.open()) {
            new CheckpointStore(run, kill).load();
            return false;
        } catch (Kill _) {
            return true;
        }
    }

    /** Returns the step of the checkpoint, which every part of it must tell alike. */
    static int requireWhole(Path run) throws IOException {
        try (var _ = TensorScope.open()) {
            Checkpoint loaded = new CheckpointStore(run).load();
            int step = loaded.state().step();
            for (var tensors : List.of(loaded.model(), loaded.optimizer())) {
                assertFalse(tensors.isEmpty());
                tensors.values().forEach(tensor -> {
                    assertEquals(step, tensor.amin().item());
                    assertEquals(step, tensor.amax().item());
                });
            }
            assertEquals(step, loaded.config().training().steps());
            assertEquals(step, loaded.state().batches().calls());
            try (var files = Files.list(run)) {
                assertEquals(List.of("config.json", "model.safetensors", "optimizer.safetensors", "state.json"),
                        files.map(file -> file.getFileName().toString()).sorted().toList());
            }
            return step;
        }
    }

    private static Checkpoint checkpoint(int step) {
        return checkpoint(step, Map.of("weight", Tensor.scalar(step)), Map.of("0.exp_avg", Tensor.scalar(step)));
    }

    /** Makes a checkpoint whose every file tells its step, if the tensors do. */
    static Checkpoint checkpoint(int step, Map<String, Tensor> model, Map<String, Tensor> optimizer) {
        GptRecipe recipe = GptRecipe.preset("default").withSteps(step);
        CharTokenizer tokenizer = CharTokenizer.of("abc");
        RunConfig config =
                new RunConfig("test", recipe.model(tokenizer.vocabSize()), RunConfig.TokenizerConfig.of(tokenizer),
                        recipe, 1, Precision.F32, new RunConfig.TextSource(List.of(), "", 3));
        RunState state = new RunState(step, new GeneratorState(1, 0), new GeneratorState(1, step),
                2.5, step, 1);
        return new Checkpoint(config, state, model, optimizer);
    }
}
