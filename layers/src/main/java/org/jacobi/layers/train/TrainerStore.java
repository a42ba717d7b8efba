package org.jacobi.layers.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

import org.jacobi.layers.Layer;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.Safetensors;

/** One checkpoint of a trainer: a folder with the model, its optimizers and the trainer's state. */
final class TrainerStore {
    static final String MODEL = "model.safetensors";
    private static final String STATE = "trainer.json";
    private static final String STEP = "step";

    private final Path folder;
    private final CheckpointFolder files;
    private final Layer model;
    private final SequencedMap<String, TrainerParts.Part> parts;

    TrainerStore(Path folder, Layer model, SequencedMap<String, TrainerParts.Part> parts) {
        this.folder = folder;
        this.model = model;
        this.parts = parts;
        List<String> names = new ArrayList<>(List.of(MODEL));
        parts.keySet().forEach(name -> names.add(fileOf(name)));
        names.add(STATE);
        this.files = new CheckpointFolder(folder, names);
    }

    private static String fileOf(String part) {
        return part + ".safetensors";
    }

    boolean exists() {
        return files.exists();
    }

    void save(TrainerState state) {
        Map<String, String> metadata = new LinkedHashMap<>(); // in this order: equal runs write equal files
        metadata.put("format", "pt"); // readers of PyTorch models ask for it
        metadata.put(STEP, Long.toString(state.step()));
        try (var _ = TensorScope.open()) {
            Files.createDirectories(folder);
            files.save(draft -> {
                draft.tensors(MODEL, model.stateDict(), metadata);
                for (var part : parts.entrySet()) {
                    draft.tensors(fileOf(part.getKey()), part.getValue().stateDict().get(), metadata);
                }
                draft.text(STATE, Json.write(state));
            });
        } catch (IOException e) {
            throw new UncheckedIOException("the checkpoint cannot be saved: " + FileErrors.describe(e), e);
        }
    }

    /**
     * Loads the model and the parts, and returns the state.
     *
     * @throws UncheckedIOException if a file is missing, damaged or of another checkpoint than the others
     */
    TrainerState load() {
        try (var _ = TensorScope.open()) {
            files.recover();
            TrainerState state = readState();
            Map<String, Tensor> weights = read(MODEL, state);
            SequencedMap<String, Map<String, Tensor>> memories = new LinkedHashMap<>();
            for (String name : parts.keySet()) {
                memories.put(name, read(fileOf(name), state));
            }
            model.loadStateDict(weights);
            parts.forEach((name, part) -> part.loadStateDict().accept(memories.get(name)));
            return state;
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Loads the model only. */
    void loadModel() {
        try (var _ = TensorScope.open()) {
            files.recover();
            model.loadStateDict(Safetensors.load(folder.resolve(MODEL)));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private TrainerState readState() throws IOException {
        Path file = folder.resolve(STATE);
        try {
            return Json.read(Files.readString(file), TrainerState.class).checked();
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": is damaged, or was not written by a Trainer: " + e.getMessage(), e);
        }
    }

    private Map<String, Tensor> read(String name, TrainerState state) throws IOException {
        Path file = folder.resolve(name);
        String step = Safetensors.metadata(file).get(STEP);
        if (!Long.toString(state.step()).equals(step)) {
            throw new IOException(file + ": is of step " + step + ", but " + STATE + " is of step " + state.step()
                    + "; these files do not belong together");
        }
        return Safetensors.load(file);
    }

    private static UncheckedIOException unreadable(IOException e) {
        return new UncheckedIOException("the checkpoint cannot be read: " + FileErrors.describe(e), e);
    }
}
