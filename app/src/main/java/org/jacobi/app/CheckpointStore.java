package org.jacobi.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.jacobi.layers.train.CheckpointFolder;
import org.jacobi.layers.train.Json;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.Safetensors;

/** Keeps the checkpoint of a run folder: four files that belong together. */
final class CheckpointStore {
    static final String CONFIG = "config.json";
    static final String MODEL = "model.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STATE = "state.json";
    private static final List<String> FILES = List.of(CONFIG, MODEL, OPTIMIZER, STATE);
    private static final String STEP = "step";
    /** A vocabulary of all of Unicode's characters fits. */
    private static final long MAX_TEXT_BYTES = 16 << 20;
    /** What is wrong may quote the file. */
    private static final int MAX_REASON = 300;

    private final Path folder;
    private final CheckpointFolder files;

    /** Makes the store of a run folder. */
    CheckpointStore(Path folder) {
        this(folder, _ -> {
        });
    }

    /**
     * Makes the store of a run folder that tests can cut short.
     *
     * @param beforeEach is told of each operation that changes files before it is done
     */
    CheckpointStore(Path folder, Consumer<String> beforeEach) {
        this.folder = folder;
        this.files = new CheckpointFolder(folder, FILES, beforeEach);
    }

    /** Returns whether the folder holds a checkpoint, if only one that has not reached its place. */
    boolean exists() {
        return files.exists();
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /**
     * Replaces the checkpoint.
     *
     * @throws IOException if a file cannot be written; then the folder still holds a whole checkpoint
     */
    void save(Checkpoint checkpoint) throws IOException {
        String step = Integer.toString(checkpoint.state().step());
        Map<String, String> metadata = new LinkedHashMap<>(); // in this order: equal runs write equal files
        metadata.put("format", "pt"); // readers of PyTorch models ask for it
        metadata.put(STEP, step);
        files.save(draft -> {
            draft.text(CONFIG, Json.write(checkpoint.config()));
            draft.tensors(MODEL, checkpoint.model(), metadata);
            draft.tensors(OPTIMIZER, checkpoint.optimizer(), metadata);
            draft.text(STATE, Json.write(checkpoint.state()));
        });
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    /**
     * Returns the newest whole checkpoint. Its tensors belong to the innermost open scope.
     *
     * @throws CommandFailure if a file is missing or damaged, or if the files do not belong together
     */
    Checkpoint load() {
        try {
            files.recover();
            RunConfig config = readConfig(folder);
            RunState state = read(folder.resolve(STATE), RunState.class, RunState::checked);
            for (String name : List.of(MODEL, OPTIMIZER)) {
                String step = Safetensors.metadata(folder.resolve(name)).get(STEP);
                if (!Integer.toString(state.step()).equals(step)) {
                    throw CommandFailure
                            .usage(folder.resolve(name) + ": is of step " + step + ", but " + STATE + " is of step "
                                    + state.step() + "; these files do not belong together");
                }
            }
            return new Checkpoint(config, state, readModel(folder),
                    Safetensors.load(folder.resolve(OPTIMIZER)));
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /** Returns the configuration of a run folder, checked. */
    static RunConfig readConfig(Path folder) throws IOException {
        return read(CheckpointFolder.newest(folder, CONFIG), RunConfig.class, RunConfig::checked);
    }

    /** Returns the tensors of a run folder's model. */
    static Map<String, Tensor> readModel(Path folder) throws IOException {
        return Safetensors.load(CheckpointFolder.newest(folder, MODEL));
    }

    /** Returns what a text file of a run folder holds, checked. */
    static <T> T read(Path file, Class<T> type, UnaryOperator<T> checked) throws IOException {
        BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
        if (!found.isRegularFile() || found.size() > MAX_TEXT_BYTES) {
            throw damaged(file, found.isRegularFile() ? "it has " + found.size() + " bytes" : "it is no file", null);
        }
        try {
            return checked.apply(Json.read(
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString(),
                    type));
        } catch (CharacterCodingException e) {
            throw damaged(file, "it is not UTF-8 text", e);
        } catch (IllegalArgumentException e) {
            throw damaged(file, e.getMessage(), e);
        }
    }

    private static CommandFailure damaged(Path file, String why, Exception e) {
        return CommandFailure.usage(file + ": is damaged, or was not written by jacobi train: "
                + (why.length() <= MAX_REASON ? why : why.substring(0, MAX_REASON) + "..."), e);
    }

    /** Returns the failure of a folder that does not hold what a run folder holds. */
    static CommandFailure unreadable(Path folder, IOException e) {
        if (e instanceof NoSuchFileException missing) {
            return CommandFailure.usage(folder + ": is no run folder, it has no "
                    + Path.of(missing.getFile()).getFileName() + "; give a folder that jacobi train made", e);
        }
        return CommandFailure.usage(e instanceof FileSystemException
                ? folder + ": cannot be read: " + FileErrors.describe(e)
                : e.getMessage(), e);
    }
}
