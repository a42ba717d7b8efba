package org.jacobi.layers.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.Safetensors;

/**
 * A folder with files that belong together, replaced so that a kill at any moment leaves a whole set of them.
 *
 * <p>New files are written into the folder {@code checkpoint.tmp} and forced to the disk. Renaming that folder to
 * {@code checkpoint.new} is the moment from which they count: it is one operation of the file system, done or not done.
 * Then they are moved over those that were there before, and the empty folder is removed. Whoever finds a
 * {@code checkpoint.new} ends this work first; moving the files that are left gives the same result, however often the
 * work is cut short. Whoever finds a {@code checkpoint.tmp} drops it.
 */
public final class CheckpointFolder {
    private static final String COMMITTED = "checkpoint.new";

    private final Path folder;
    private final List<String> names;
    private final Path unfinished;
    private final Path committed;
    private final Consumer<String> beforeEach;

    /** Writes the files of a checkpoint. */
    @FunctionalInterface
    public interface Content {
        /** Writes every file of the folder once. */
        void write(Draft draft) throws IOException;
    }

    /** Takes the files of a checkpoint that does not count yet. */
    public final class Draft {
        private Draft() {
        }

        /** Writes tensors as a safetensors file. */
        public void tensors(String name, Map<String, Tensor> tensors, Map<String, String> metadata)
                throws IOException {
            operate("write " + unfinished.resolve(name));
            Safetensors.save(unfinished.resolve(name), tensors, metadata);
        }

        /** Writes text. */
        public void text(String name, String text) throws IOException {
            Path file = unfinished.resolve(name);
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
    }

    /**
     * Names a folder, which need not hold the files yet.
     *
     * @param names the files that belong together; the last one is there only if all have been
     */
    public CheckpointFolder(Path folder, List<String> names) {
        this(folder, names, _ -> {
        });
    }

    /**
     * Names a folder whose changes tests can cut short.
     *
     * @param beforeEach is told of each operation that changes files before it is done
     */
    public CheckpointFolder(Path folder, List<String> names, Consumer<String> beforeEach) {
        this.folder = folder;
        this.names = List.copyOf(names);
        this.unfinished = folder.resolve("checkpoint.tmp");
        this.committed = folder.resolve(COMMITTED);
        this.beforeEach = beforeEach;
    }

    /** Returns whether the folder holds a checkpoint, if only one that has not reached its place. */
    public boolean exists() {
        return Files.isDirectory(committed) || Files.isRegularFile(folder.resolve(names.getLast()));
    }

    /** Returns where a file of the newest checkpoint is, which may not have reached its place; changes nothing. */
    public static Path newest(Path folder, String name) {
        Path moving = folder.resolve(COMMITTED).resolve(name);
        return Files.exists(moving) ? moving : folder.resolve(name);
    }

    /**
     * Replaces the checkpoint.
     *
     * @throws IOException if a file cannot be written; then the folder still holds a whole checkpoint
     */
    public void save(Content content) throws IOException {
        recover();
        try {
            operate("create " + unfinished);
            Files.createDirectory(unfinished);
            content.write(new Draft());
            force(unfinished);
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

    /** Brings the folder to rest after a save that was cut short: what a training does before it reads. */
    public void recover() throws IOException {
        if (Files.isDirectory(committed)) {
            moveIntoPlace();
        }
        if (Files.isDirectory(unfinished)) {
            delete(unfinished);
        }
    }

    private void moveIntoPlace() throws IOException {
        for (String name : names) {
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
}
