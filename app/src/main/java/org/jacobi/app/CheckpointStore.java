package org.jacobi.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.Safetensors;

/**
 * Keeps the checkpoint of a run folder: four files that belong together, replaced so that a kill at any moment leaves a
 * whole checkpoint.
 *
 * <p>A new checkpoint is written into the folder {@code checkpoint.tmp} and forced to the disk. Renaming that folder to
 * {@code checkpoint.new} is the moment from which the new one counts: it is one operation of the file system, done or
 * not done. Then its files are moved over those of the checkpoint before, and the empty folder is removed. Whoever
 * finds a {@code checkpoint.new} ends this work first; moving the files that are left gives the same result, however
 * often the work is cut short. Whoever finds a {@code checkpoint.tmp} drops it.
 */
final class CheckpointStore {
    static final String CONFIG = "config.json";
    static final String MODEL = "model.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String STATE = "state.json";
    private static final List<String> FILES = List.of(CONFIG, MODEL, OPTIMIZER, STATE);
    private static final String COMMITTED = "checkpoint.new";
    private static final String STEP = "step";
    /** A vocabulary of all of Unicode's characters fits. */
    private static final long MAX_TEXT_BYTES = 16 << 20;
    /** What is wrong may quote the file. */
    private static final int MAX_REASON = 300;

    private final Path folder;
    private final Path unfinished;
    private final Path committed;
    private final Consumer<String> beforeEach;

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
        this.unfinished = folder.resolve("checkpoint.tmp");
        this.committed = folder.resolve(COMMITTED);
        this.beforeEach = beforeEach;
    }

    /** Returns whether the folder holds a checkpoint, if only one that has not reached its place. */
    boolean exists() {
        return Files.isDirectory(committed) || Files.isRegularFile(folder.resolve(STATE));
    }

    // ---- writing ---------------------------------------------------------------------------------------------------

    /**
     * Replaces the checkpoint.
     *
     * @throws IOException if a file cannot be written; then the folder still holds a whole checkpoint
     */
    void save(Checkpoint checkpoint) throws IOException {
        recover();
        try {
            write(checkpoint);
        } catch (IOException e) {
            try {
                recover(); // a disk that is full is not kept so
            } catch (IOException next) {
                e.addSuppressed(next);
            }
            throw e;
        }
        operate("rename " + unfinished + " to " + committed);
        Files.move(unfinished, committed, StandardCopyOption.ATOMIC_MOVE);
        force(folder);
        moveIntoPlace();
    }

    private void write(Checkpoint checkpoint) throws IOException {
        String step = Integer.toString(checkpoint.state().step());
        operate("create " + unfinished);
        Files.createDirectory(unfinished);
        writeText(unfinished.resolve(CONFIG), Json.write(checkpoint.config()));
        writeTensors(unfinished.resolve(MODEL), checkpoint.model(), step);
        writeTensors(unfinished.resolve(OPTIMIZER), checkpoint.optimizer(), step);
        writeText(unfinished.resolve(STATE), Json.write(checkpoint.state()));
        force(unfinished);
    }

    /** Brings the folder to rest after a save that was cut short. */
    private void recover() throws IOException {
        if (Files.isDirectory(committed)) {
            moveIntoPlace();
        }
        if (Files.isDirectory(unfinished)) {
            delete(unfinished);
        }
    }

    private void moveIntoPlace() throws IOException {
        for (String name : FILES) {
            Path file = committed.resolve(name);
            if (Files.exists(file)) {
                operate("move " + file);
                Files.move(file, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            }
        }
        force(folder);
        delete(committed);
    }

    private void delete(Path directory) throws IOException {
        List<Path> files;
        try (var entries = Files.list(directory)) {
            files = entries.toList();
        }
        for (Path file : files) {
            operate("delete " + file);
            Files.delete(file);
        }
        operate("delete " + directory);
        Files.delete(directory);
    }

    private void writeTensors(Path file, Map<String, Tensor> tensors, String step) throws IOException {
        operate("write " + file);
        Map<String, String> metadata = new LinkedHashMap<>(); // in this order: equal runs write equal files
        metadata.put("format", "pt"); // readers of PyTorch models ask for it
        metadata.put(STEP, step);
        Safetensors.save(file, tensors, metadata);
    }

    private void writeText(Path file, String text) throws IOException {
        operate("write " + file);
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            throw FileErrors.naming(file, e);
        }
    }

    /** Makes what happened in a directory last through a power failure; Windows neither needs nor allows it. */
    private static void force(Path directory) throws IOException {
        if (!System.getProperty("os.name").startsWith("Windows")) {
            try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private void operate(String operation) {
        beforeEach.accept(operation);
    }

    // ---- reading ---------------------------------------------------------------------------------------------------

    /**
     * Returns the newest whole checkpoint. Its tensors belong to the innermost open scope.
     *
     * @throws CommandFailure if a file is missing or damaged, or if the files do not belong together
     */
    Checkpoint load() {
        try {
            recover();
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
        return read(newest(folder, CONFIG), RunConfig.class, RunConfig::checked);
    }

    /** Returns the tensors of a run folder's model. */
    static Map<String, Tensor> readModel(Path folder) throws IOException {
        return Safetensors.load(newest(folder, MODEL));
    }

    /** Returns where a file of the newest checkpoint is, which may not have reached its place. */
    private static Path newest(Path folder, String name) {
        Path moving = folder.resolve(COMMITTED).resolve(name);
        return Files.exists(moving) ? moving : folder.resolve(name);
    }

    private static <T> T read(Path file, Class<T> type, UnaryOperator<T> checked) throws IOException {
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
