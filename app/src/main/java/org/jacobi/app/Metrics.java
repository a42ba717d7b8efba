package org.jacobi.app;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.jacobi.tensor.io.FileErrors;

/**
 * A run's {@code metrics.csv}: a line a step, written as it happens. While it is open, no other process can train in
 * the same folder.
 */
final class Metrics implements AutoCloseable {
    static final String FILE = "metrics.csv";
    private static final String HEADER = "step,train_loss,val_loss,lr,grad_norm,tokens_per_s,elapsed_s\n";
    private static final int COLUMNS = 7;
    private static final int MAX_LINE = 256;

    /**
     * One line; a number that does not apply is NaN, and an empty field in the file.
     *
     * @param step            training steps done
     * @param trainLoss       the loss of the step's batch, before the step
     * @param valLoss         the validation loss after the step, where one was measured
     * @param lr              the step's learning rate
     * @param gradNorm        the norm of the gradient before clipping
     * @param tokensPerSecond how fast the step was
     * @param elapsedSeconds  time spent on training so far
     */
    record Row(int step, double trainLoss, double valLoss, double lr, double gradNorm, double tokensPerSecond,
            double elapsedSeconds) {
        private String toLine() {
            return step + "," + field("%s", (float) trainLoss) + "," + field("%s", valLoss) + "," + field("%s", lr)
                    + ","
                    + field("%s", gradNorm) + "," + field("%.0f", tokensPerSecond) + "," + field("%.3f", elapsedSeconds)
                    + "\n";
        }

        private static String field(String format, Number value) {
            return Double.isNaN(value.doubleValue()) ? "" : String.format(Locale.ROOT, format, value);
        }

        /** Returns what a line says, or null if it is not whole. */
        private static Row parse(String line) {
            String[] fields = line.strip().split(",", -1);
            try {
                return fields.length != COLUMNS || !line.endsWith("\n") ? null
                        : new Row(Integer.parseInt(fields[0]), number(fields[1]), number(fields[2]), number(fields[3]),
                                number(fields[4]), number(fields[5]), number(fields[6]));
            } catch (NumberFormatException _) {
                return null;
            }
        }

        private static double number(String field) {
            double value = field.isEmpty() ? 0 : Double.parseDouble(field);
            if (!Double.isFinite(value)) {
                throw new NumberFormatException(field); // training would have stopped there
            }
            return field.isEmpty() ? Double.NaN : value;
        }
    }

    private final Path file;
    private final FileChannel channel;
    private final List<Row> rows = new ArrayList<>();

    private Metrics(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Opens the file of a run folder, which need not be there yet.
     *
     * @throws CommandFailure if another process trains in this folder
     */
    static Metrics open(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (Files.exists(file) && !Files.isRegularFile(file)) { // opening a pipe may never return
            throw CommandFailure.usage(file + ": is no file; move it away");
        }
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new Metrics(file, channel);
            }
        } catch (OverlappingFileLockException _) {
            // this process has it open already: the same answer
        }
        channel.close();
        throw CommandFailure.usage(folder + ": is in use, another process trains there");
    }

    /**
     * Keeps the lines up to a step and drops those that come after it, or are not whole: they will be written again.
     *
     * @throws CommandFailure if the file is of another kind, or if lines that would be kept come after a damaged one
     */
    void rewindTo(int step) throws IOException {
        rows.clear();
        InputStream in = new BufferedInputStream(Channels.newInputStream(channel.position(0)));
        String header = readLine(in);
        if (!HEADER.startsWith(header)) {
            throw damaged(1, header, "expected " + HEADER.strip());
        }
        long end = header.equals(HEADER) ? HEADER.length() : 0;
        int number = 1;
        int lastStep = -1;
        int firstDropped = 0;
        String dropped = null;
        for (String line = readLine(in); !line.isEmpty(); line = readLine(in)) {
            number++;
            Row row = Row.parse(line);
            boolean kept = row != null && row.step > lastStep && row.step <= step;
            if (kept && firstDropped > 0) {
                throw damaged(firstDropped, dropped, "and lines that belong to the checkpoint of step " + step
                        + " come after it");
            } else if (kept) {
                rows.add(row);
                lastStep = row.step;
                end += line.length();
            } else if (firstDropped == 0) {
                firstDropped = number;
                dropped = line;
            }
        }
        channel.truncate(end).position(end);
        if (end == 0) {
            write(HEADER);
        }
    }

    /** Reads a line with its line break; less of it at the end of the file, or where it is longer than any of ours. */
    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = 0; next != '\n' && line.length() < MAX_LINE && (next = in.read()) >= 0;) {
            line.append((char) next);
        }
        return line.toString();
    }

    private CommandFailure damaged(int line, String text, String why) {
        return CommandFailure.usage(file + ": line " + line + " is damaged, '"
                + text.strip().replaceAll("[^ -~]", "?") + "', " + why
                + "; repair it, or move the file away to go on without it");
    }

    /** Adds a line. */
    void add(Row row) throws IOException {
        rows.add(row);
        write(row.toLine());
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw FileErrors.naming(file, e);
        }
    }

    /** Makes the lines last through a power failure; a checkpoint must not be ahead of them. */
    void force() throws IOException {
        try {
            channel.force(false);
        } catch (IOException e) {
            throw FileErrors.naming(file, e);
        }
    }

    /** Removes the file of a run that did not come to its first line; returns whether it is gone. */
    static boolean removeEmpty(Path folder) {
        Path file = folder.resolve(FILE);
        try {
            return Files.size(file) <= HEADER.length() && Files.deleteIfExists(file);
        } catch (IOException _) {
            return false;
        }
    }

    /** Returns all lines of the run so far. */
    List<Row> rows() {
        return rows;
    }

    /** Returns the validation loss that was measured last, NaN if none was. */
    double lastValLoss() {
        return rows.reversed().stream().mapToDouble(Row::valLoss).filter(loss -> !Double.isNaN(loss)).findFirst()
                .orElse(Double.NaN);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
