package org.jacobi.layers.train;

import java.nio.file.Path;
import java.util.Map;

import org.jacobi.tensor.Tensor;

/** The last and the best state of a training: in a folder, if there is one, else the best weights only. */
final class Checkpoints {
    private final TrainerParts parts;
    private Path folder;
    /** The best epoch's parameters and buffers, where there is no folder to keep them in. */
    private Map<String, Tensor> bestWeights = Map.of();

    Checkpoints(TrainerParts parts) {
        this.parts = parts;
    }

    void in(Path newFolder) {
        folder = newFolder;
    }

    private TrainerStore last() {
        return new TrainerStore(folder.resolve("last"), parts.model, parts.all());
    }

    private TrainerStore best() {
        return new TrainerStore(folder.resolve("best"), parts.model, parts.optimizersOnly());
    }

    void saveLast(TrainerState state) {
        if (folder != null) {
            last().save(state);
        }
    }

    /** Loads the last checkpoint; returns null if there is none. */
    TrainerState loadLast() {
        if (folder == null) {
            throw new IllegalStateException("Trainer.resume: there is no folder; name it with checkpoints(folder)");
        }
        return last().exists() ? last().load() : null;
    }

    void keepBest(TrainerState state) {
        if (folder != null) {
            best().save(state);
        } else {
            bestWeights.values().forEach(Tensor::release);
            bestWeights = TrainerParts.copies(parts.model.stateDict());
            bestWeights.values().forEach(Tensor::unscope);
        }
    }

    void restoreBest() {
        if (folder != null) {
            best().loadModel();
        } else {
            parts.model.loadStateDict(bestWeights);
        }
    }
}
