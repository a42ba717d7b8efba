package org.jacobi.layers.train;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Histogram;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.FileErrors;

import com.google.protobuf.CodedOutputStream;

/**
 * A file of scalars, histograms and pictures that TensorBoard shows: {@code tensorboard --logdir FOLDER}.
 *
 * <p>It is a sequence of TFRecords, each of which holds an Event, a message of protocol buffers (tensorflow/core/util/event.proto
 * and tensorflow/core/framework/summary.proto), whose fields are written here by their numbers.
 */
public final class EventFile implements AutoCloseable {
    /** Files of one process and second differ in this number. */
    private static final AtomicInteger FILES = new AtomicInteger();
    private static final int BINS = 64;
    private static final int MASK_DELTA = 0xa282ead8;

    private final Path file;
    private final FileChannel channel;

    /** Writes a message's fields. */
    @FunctionalInterface
    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    /**
     * Begins a file in a folder, which is made if need be.
     *
     * @throws UncheckedIOException if it cannot be written
     */
    public EventFile(Path folder) {
        file = folder.resolve("events.out.tfevents." + System.currentTimeMillis() / 1000 + ".jacobi."
                + ProcessHandle.current().pid() + "." + FILES.getAndIncrement());
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException e) {
            throw unwritable(e);
        }
        event(0, out -> out.writeString(3, "brain.Event:2"));
    }

    /** Returns the file. */
    public Path file() {
        return file;
    }

    /** Adds a point of a curve. */
    public void scalar(String tag, double value, long step) {
        value(tag, step, out -> out.writeFloat(2, (float) value));
    }

    /**
     * Adds how a tensor's elements are distributed: 64 bins from the smallest to the largest.
     *
     * @throws IllegalArgumentException if there are no elements, or one of them is not finite
     */
    public void histogram(String tag, Tensor x, long step) {
        try (var _ = TensorScope.open()) {
            Tensor numbers = x.to(DType.F64).reshape(-1);
            if (numbers.numel() == 0) {
                throw new IllegalArgumentException("EventFile.histogram: '" + tag + "' has no elements");
            }
            double min = numbers.amin().item();
            double max = numbers.amax().item();
            if (!Double.isFinite(max - min)) {
                throw new IllegalArgumentException(
                        "EventFile.histogram: '" + tag + "' reaches from " + min + " to " + max
                                + "; all elements must be finite");
            }
            // Bins of no width would hold nothing.
            Histogram histogram = numbers.histogram(BINS, min, max > min ? max : Math.max(min + 1, Math.nextUp(min)));
            double[] edges = histogram.edges().to(DType.F64).toDoubleArray();
            double[] counts = histogram.counts().to(DType.F64).toDoubleArray();
            double sum = numbers.sum().item();
            double squares = numbers.square().sum().item();
            value(tag, step, out -> out.writeByteArray(5, message(histo -> {
                histo.writeDouble(1, min);
                histo.writeDouble(2, max);
                histo.writeDouble(3, numbers.numel());
                histo.writeDouble(4, sum);
                histo.writeDouble(5, squares);
                histo.writeByteArray(6, packed(Arrays.copyOfRange(edges, 1, edges.length)));
                histo.writeByteArray(7, packed(counts));
            })));
        }
    }

    /** Adds a picture, as a PNG file's bytes. */
    public void image(String tag, byte[] png, int width, int height, long step) {
        value(tag, step, out -> out.writeByteArray(4, message(image -> {
            image.writeInt32(1, height);
            image.writeInt32(2, width);
            image.writeInt32(3, 3); // colours: red, green and blue
            image.writeByteArray(4, png);
        })));
    }

    private void value(String tag, long step, Fields content) {
        event(step, event -> event.writeByteArray(5, message(summary -> summary.writeByteArray(1, message(value -> {
            value.writeString(1, tag);
            content.write(value);
        })))));
    }

    private void event(long step, Fields content) {
        try {
            write(message(event -> {
                event.writeDouble(1, System.currentTimeMillis() * 1e-3);
                event.writeInt64(2, step);
                content.write(event);
            }));
        } catch (IOException e) {
            throw unwritable(e);
        }
    }

    private static byte[] message(Fields fields) throws IOException {
        var bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] packed(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(numbers);
        return bytes.array();
    }

    /** Writes a TFRecord: the length and the data, each followed by its checksum. */
    private void write(byte[] data) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + data.length + Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(data.length).putInt(maskedCrc(bytes.array(), 0, Long.BYTES)).put(data)
                .putInt(maskedCrc(data, 0, data.length)).flip();
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** A checksum of data that holds checksums is of little use: TFRecords turn and shift it. */
    private static int maskedCrc(byte[] bytes, int offset, int length) {
        var crc = new CRC32C();
        crc.update(bytes, offset, length);
        return Integer.rotateRight((int) crc.getValue(), 15) + MASK_DELTA;
    }

    private UncheckedIOException unwritable(IOException e) {
        IOException named = FileErrors.naming(file, e);
        return new UncheckedIOException("the event file cannot be written: " + FileErrors.describe(named), named);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw unwritable(e);
        }
    }
}
