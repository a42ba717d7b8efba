package org.jacobi.app;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;

import org.jacobi.layers.train.Callback;
import org.jacobi.layers.train.EpochRecord;
import org.jacobi.layers.train.History;
import org.jacobi.layers.train.Trainer;
import org.jacobi.layers.train.report.Plots;
import org.jacobi.tensor.io.FileErrors;
import org.jacobi.tensor.io.WholeFile;

/**
 * Keeps the table and the pictures of a run's epochs up to date: {@code metrics.csv}, and a picture for the loss and each metric. While
 * it is open, no other process can train in the same folder.
 */
final class EpochFiles implements Callback, AutoCloseable {
    private static final String TABLE = Metrics.FILE;

    private final Path folder;
    private final FileChannel table;
    private final Pictures pictures;

    private EpochFiles(Path folder, FileChannel table, Pictures pictures) {
        this.folder = folder;
        this.table = table;
        this.pictures = pictures;
    }

    /**
     * Opens the files of a run folder.
     *
     * @throws CommandFailure if another process trains in the folder
     */
    static EpochFiles open(Path folder, Pictures pictures) throws IOException {
        Path file = folder.resolve(TABLE);
        FileChannel table;
        try {
            table = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw FileErrors.naming(file, e);
        }
        try {
            if (table.tryLock() != null) {
                return new EpochFiles(folder, table, pictures);
            }
        } catch (OverlappingFileLockException _) {
            // this process has it
        }
        table.close();
        throw CommandFailure.usage(folder + ": another process trains in this folder");
    }

    @Override
    public void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
        write(trainer.history());
    }

    /** Writes the table and draws the pictures. */
    void write(History history) {
        SequencedSet<String> names = names(history);
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(table(history.epochs(), names));
            table.truncate(0);
            table.position(0);
            while (bytes.hasRemaining()) {
                table.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(FileErrors.naming(folder.resolve(TABLE), e));
        }
        for (String name : names) {
            String picture = name + ".png";
            pictures.draw(picture,
                    () -> WholeFile.write(folder.resolve(picture), Plots.learningCurve(history, name)));
        }
    }

    private static SequencedSet<String> names(History history) {
        SequencedSet<String> names = new LinkedHashSet<>();
        history.epochs().forEach(epoch -> {
            names.addAll(epoch.training().keySet());
            names.addAll(epoch.validation().keySet());
        });
        return names;
    }

    private static String table(List<EpochRecord> epochs, SequencedSet<String> names) {
        StringBuilder text = new StringBuilder("epoch,step,lr,grad_norm");
        names.forEach(name -> text.append(",train_").append(name));
        names.forEach(name -> text.append(",val_").append(name));
        text.append(",median_step_s,seconds,peak_bytes\n");
        for (EpochRecord epoch : epochs) {
            text.append(epoch.epoch()).append(',').append(epoch.steps()).append(',').append(epoch.lr()).append(',')
                    .append(epoch.gradNorm());
            for (Map<String, Double> numbers : List.of(epoch.training(), epoch.validation())) {
                names.forEach(name -> text.append(',').append(field(numbers.get(name))));
            }
            text.append(',').append(epoch.medianSeconds()).append(',').append(epoch.seconds()).append(',')
                    .append(epoch.peakBytes()).append('\n');
        }
        return text.toString();
    }

    private static String field(Double value) {
        return value == null || value.isNaN() ? "" : value.toString();
    }

    @Override
    public void close() throws IOException {
        table.close(); // and with it the lock
    }
}
