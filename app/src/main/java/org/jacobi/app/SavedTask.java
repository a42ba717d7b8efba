package org.jacobi.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.jacobi.layers.Layer;
import org.jacobi.layers.train.CheckpointFolder;
import org.jacobi.layers.train.Json;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.jacobi.tensor.io.WholeFile;

/**
 * A trained network as a run folder holds it, ready for use.
 *
 * @param task  what it is for
 * @param model in evaluation mode
 * @param <B>   a batch
 */
record SavedTask<B>(Task<B> task, Layer model) {
    /** The checkpoints that a trainer keeps, the one to be used first. */
    private static final String[] CHECKPOINTS = {"best", "last"};

    /**
     * Returns whether a run folder is that of a task, and not that of a GPT.
     *
     * @throws CommandFailure if it is no run folder
     */
    static boolean isIn(Path folder) {
        SavedModel.requireFolder("--model", folder);
        try {
            return CheckpointStore.read(CheckpointFolder.newest(folder, CheckpointStore.CONFIG), Map.class,
                    config -> config).containsKey("task");
        } catch (IOException e) {
            throw CheckpointStore.unreadable(folder, e);
        }
    }

    /**
     * Reads a run folder's network, that of the best epoch or else the last, and puts it on a device.
     *
     * @throws CommandFailure if a file is missing or damaged, or if they contradict each other
     */
    static SavedTask<?> load(Path folder, Device device) {
        try (var _ = TensorScope.open()) {
            return load(folder, readConfig(folder).task(), device);
        } catch (IOException e) {
            throw CheckpointStore.unreadable(folder, e);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--model " + folder + ": " + e.getMessage(), e);
        }
    }

    private static <B> SavedTask<B> load(Path folder, Task<B> task, Device device) throws IOException {
        for (String checkpoint : CHECKPOINTS) {
            Path file = CheckpointFolder.newest(folder.resolve(checkpoint), CheckpointStore.MODEL);
            if (Files.exists(file)) {
                Layer model = task.model();
                model.loadStateDict(Safetensors.load(file));
                model.to(device);
                model.eval();
                return new SavedTask<>(task, model);
            }
        }
        throw CommandFailure.usage("--model " + folder + ": there is no checkpoint yet; train on with --resume");
    }

    /** Returns the configuration of a run folder, checked. */
    static TaskConfig readConfig(Path folder) throws IOException {
        return CheckpointStore.read(folder.resolve(CheckpointStore.CONFIG), TaskConfig.class, TaskConfig::checked);
    }

    /** Writes the configuration of a run folder, beside its place, and moves it there. */
    static void writeConfig(Path folder, TaskConfig config) throws IOException {
        WholeFile.write(folder.resolve(CheckpointStore.CONFIG),
                Json.write(config).getBytes(StandardCharsets.UTF_8));
    }
}
