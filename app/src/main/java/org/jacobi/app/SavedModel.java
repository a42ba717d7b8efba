package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.tokenizer.Tokenizer;

/**
 * A trained model as a run folder holds it, ready for use.
 *
 * @param model     in evaluation mode
 * @param tokenizer the one it was trained with
 */
record SavedModel(GPT model, Tokenizer tokenizer) {
    /**
     * Reads {@code config.json} and {@code model.safetensors} of a run folder, and puts the model on a device.
     *
     * @throws CommandFailure if one of them is missing or damaged, or if they contradict each other
     */
    static SavedModel load(Path folder, Device device) {
        requireFolder("--model", folder);
        try (var _ = TensorScope.open()) {
            RunConfig config = CheckpointStore.readConfig(folder);
            var tensors = CheckpointStore.readModel(folder);
            config.requireFit(tensors);
            GPT model = new GPT(config.model(), new Generator(0));
            model.loadStateDict(tensors);
            model.to(device);
            model.eval();
            return new SavedModel(model, config.tokenizer().tokenizer());
        } catch (IOException e) {
            throw CheckpointStore.unreadable(folder, e);
        } catch (IllegalArgumentException e) {
            throw CommandFailure.usage("--model " + folder + ": " + e.getMessage(), e);
        }
    }

    /**
     * Requires that there is a folder.
     *
     * @throws CommandFailure if there is none
     */
    static void requireFolder(String option, Path folder) {
        if (!Files.isDirectory(folder)) {
            throw CommandFailure
                    .usage(option + " " + folder + (Files.exists(folder) ? ": is a file" : ": there is no such folder")
                            + "; give a folder that jacobi train made");
        }
    }
}
