package org.jacobi.layers.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.train.Moons.Mlp;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Event files are read back by the words of their specifications, without the library that wrote them. */
class EventFileTest {
    @TempDir
    Path folder;

    /** CRC-32C, bit by bit (RFC 3720, appendix B.4). */
    private static int crc32c(byte[] bytes) {
        int crc = -1;
        for (byte each : bytes) {
            crc ^= each & 0xFF;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc >>> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
            }
        }
        return ~crc;
    }

    private static int masked(byte[] bytes) {
        int crc = crc32c(bytes);
        return ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    }

    /** Returns the data of each record; fails where a checksum is wrong. */
    private static List<byte[]> records(Path file) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<byte[]> records = new ArrayList<>();
        while (in.hasRemaining()) {
            byte[] length = new byte[8];
            in.get(in.position(), length);
            long count = in.getLong();
            assertEquals(masked(length), in.getInt());
            byte[] data = new byte[(int) count];
            in.get(data);
            assertEquals(masked(data), in.getInt());
            records.add(data);
        }
        return records;
    }

    /** Returns a message's fields by their numbers: Long, Double, Float or byte[]. */
    private static Map<Integer, Object> fields(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        Map<Integer, Object> fields = new LinkedHashMap<>();
        while (in.hasRemaining()) {
            int key = (int) varint(in);
            Object value = switch (key & 7) {
                case 0 -> varint(in);
                case 1 -> in.getDouble();
                case 5 -> in.getFloat();
                case 2 -> {
                    byte[] bytes = new byte[(int) varint(in)];
                    in.get(bytes);
                    yield bytes;
                }
                default -> throw new AssertionError("wire type " + (key & 7));
            };
            fields.put(key >>> 3, value);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0;; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static Map<Integer, Object> message(Object bytes) {
        return fields((byte[]) bytes);
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, StandardCharsets.UTF_8);
    }

    private static double[] doubles(Object packed) {
        ByteBuffer in = ByteBuffer.wrap((byte[]) packed).order(ByteOrder.LITTLE_ENDIAN);
        double[] numbers = new double[in.remaining() / 8];
        in.asDoubleBuffer().get(numbers);
        return numbers;
    }

    @Test
    void theChecksumIsTheStandardOne() {
        assertEquals(0xE3069283, crc32c("123456789".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void scalarsHistogramsAndPicturesAreReadBack() throws IOException {
        Path file;
        try (EventFile events = new EventFile(folder.resolve("logs"))) {
            file = events.file();
            events.scalar("loss/größe", 0.25, 7);
            events.histogram("weights", Tensor.of(new float[] {-1, 0, 0, 3}, 2, 2), 1L << 40);
            events.histogram("constant", Tensor.of(new float[] {2, 2}, 2), 1);
            events.image("picture", new byte[] {1, 2, 3}, 640, 480, 3);
        }
        assertTrue(file.getFileName().toString().startsWith("events.out.tfevents."), file.toString());
        List<byte[]> records = records(file);
        assertEquals(5, records.size());
        Map<Integer, Object> version = fields(records.getFirst());
        assertEquals("brain.Event:2", text(version.get(3)));
        assertEquals(System.currentTimeMillis() * 1e-3, (double) version.get(1), 60);

        Map<Integer, Object> event = fields(records.get(1));
        assertEquals(7L, event.get(2));
        Map<Integer, Object> value = message(message(event.get(5)).get(1));
        assertEquals("loss/größe", text(value.get(1)));
        assertEquals(0.25f, value.get(2));

        event = fields(records.get(2));
        assertEquals(1L << 40, event.get(2));
        Map<Integer, Object> histogram = message(message(message(event.get(5)).get(1)).get(5));
        assertEquals(List.of(-1.0, 3.0, 4.0, 2.0, 10.0), List.of(histogram.get(1), histogram.get(2), histogram.get(3),
                histogram.get(4), histogram.get(5)));
        double[] limits = doubles(histogram.get(6));
        double[] counts = doubles(histogram.get(7));
        assertEquals(64, counts.length);
        double[] expected = new double[64];
        expected[0] = 1;
        expected[16] = 2;
        expected[63] = 1;
        assertArrayEquals(expected, counts);
        assertEquals(3, limits[63]);
        assertEquals(-1 + 4 / 64.0, limits[0], 1e-12);

        double[] same = doubles(message(message(message(fields(records.get(3)).get(5)).get(1)).get(5)).get(7));
        assertEquals(2, same[0]);

        Map<Integer, Object> image = message(message(message(fields(records.get(4)).get(5)).get(1)).get(4));
        assertEquals(List.of(480L, 640L, 3L), List.of(image.get(1), image.get(2), image.get(3)));
        assertArrayEquals(new byte[] {1, 2, 3}, (byte[]) image.get(4));
    }

    @Test
    void refusesWhatCannotBeShownOrWritten() throws IOException {
        try (EventFile events = new EventFile(folder)) {
            assertThrows(IllegalArgumentException.class,
                    () -> events.histogram("w", Tensor.of(new float[] {1, Float.NaN}, 2), 1));
            assertThrows(IllegalArgumentException.class, () -> events.histogram("w", Tensor.zeros(0), 1));
        }
        Path blocked = Files.createFile(folder.resolve("file"));
        assertThrows(UncheckedIOException.class, () -> new EventFile(blocked));
    }

    @Test
    void aTrainingWritesItsNumbers() throws IOException {
        Layer model = new Mlp(1, 0);
        Trainer.supervised(model, new AdamW(model.parameters(), 0.01), Variable::crossEntropy)
                .callback(new TensorBoard(folder.resolve("run"), 2, 1))
                .fit(new Moons(1, 40, 10), new Moons(2, 10, 10), 2);
        Path file;
        try (var files = Files.list(folder.resolve("run"))) {
            file = files.findFirst().orElseThrow();
        }
        List<String> tags = new ArrayList<>();
        for (byte[] record : records(file)) {
            Map<Integer, Object> event = fields(record);
            if (event.containsKey(5)) {
                tags.add(text(message(message(event.get(5)).get(1)).get(1)) + "@" + event.getOrDefault(2, 0L));
            }
        }
        assertTrue(tags.containsAll(List.of("step/loss@2", "step/loss@8", "step/learning rate@4", "training/loss@1",
                "validation/loss@2", "memory/peak MiB@2", "gradients/hidden.weight@1", "gradients/out.bias@5",
                "parameters/out.weight@2")), tags.toString());
        assertTrue(!tags.contains("step/loss@1"), tags.toString());
    }
}
