package org.jacobi.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A run's {@code metrics.csv}: a line a step, written as it happens. While it is open, no other process can train in
 * the same folder.
 */
final class Metrics implements AutoCloseable {
    static final String FILE = "metrics.csv";
    private static final String HEADER = "step,train_loss,val_loss,lr,grad_norm,tokens_per_s,elapsed_s\n";
    private static final int COLUMNS = 7;

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
            String[] fields = line.split(",", -1);
            try {
                return fields.length != COLUMNS ? null
                        : new Row(Integer.parseInt(fields[0]), number(fields[1]), number(fields[2]), number(fields[3]),
                                number(fields[4]), number(fields[5]), number(fields[6]));
            } catch (NumberFormatException _) {
                return null;
            }
        }

        private static double number(String field) {
            return field.isEmpty() ? Double.NaN : Double.parseDouble(field);
        }
    }

    private final FileChannel channel;
    private final List<Row> rows = new ArrayList<>();

    private Metrics(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens the file of a run folder, which need not be there yet.
     *
     * @throws CommandFailure if another process trains in this folder
     */
    static Metrics open(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(folder.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.READ,
                StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return new Metrics(channel);
            }
        } catch (OverlappingFileLockException _) {
            // this process has it open already: the same answer
        }
        channel.close();
        throw CommandFailure.usage(folder + ": is in use, another process trains there");
    }

    /**
     * Keeps the lines up to a step and drops those that come after it, or are not whole: they will be written again.
     */
    void rewindTo(int step) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
            // until all is read
        }
        String text = StandardCharsets.ISO_8859_1.decode(bytes.flip()).toString();
        rows.clear();
        int end = text.startsWith(HEADER) ? HEADER.length() : 0;
        for (int next = text.indexOf('\n', end); end > 0 && next >= 0; next = text.indexOf('\n', end)) {
            Row row = Row.parse(text.substring(end, next));
            if (row == null || row.step > step) {
                break;
            }
            rows.add(row);
            end = next + 1;
        }
        channel.truncate(end).position(end);
        if (end == 0) {
            write(HEADER);
        }
    }

    /** Adds a line. */
    void add(Row row) throws IOException {
        rows.add(row);
        write(row.toLine());
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = StandardCharsets.ISO_8859_1.encode(text);
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes the lines last through a power failure; a checkpoint must not be ahead of them. */
    void force() throws IOException {
        channel.force(false);
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
