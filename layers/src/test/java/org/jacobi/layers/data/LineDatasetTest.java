package org.jacobi.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineDatasetTest {
    @TempDir
    Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<String> all(LineDataset lines) {
        return IntStream.range(0, (int) lines.size()).mapToObj(lines::get).toList();
    }

    @Test
    void linesOfFilesFollowOneAnother() throws IOException {
        try (LineDataset lines = new LineDataset(file("none", ""), file("a", "one\n\nth\u00e9\r\n"), file("empty", ""),
                file("b", "four\r"), file("end", ""), file("c", "\n"))) {
            assertEquals(List.of("one", "", "th\u00e9", "four\r", ""), all(lines));
            assertEquals(folder.resolve("a") + ", line 1", lines.describe(0));
            assertEquals(folder.resolve("b") + ", line 1", lines.describe(3));
            assertEquals(folder.resolve("c") + ", line 1", lines.describe(4));
            assertThrows(IndexOutOfBoundsException.class, () -> lines.get(5));
            assertThrows(IndexOutOfBoundsException.class, () -> lines.get(-1));
        }
        try (LineDataset none = new LineDataset(folder.resolve("none"))) {
            assertEquals(0, none.size());
        }
    }

    @Test
    void linesMayBeLongerThanWhatIsReadAtOnce() throws IOException {
        List<String> expected = IntStream.range(0, 3000).mapToObj(i -> i + "x".repeat(i % 97)).toList();
        String wide = "\u00fc".repeat(150_000);
        try (LineDataset lines = new LineDataset(file("many", String.join("\n", expected)), file("wide", wide))) {
            List<String> read = all(lines);
            assertEquals(expected, read.subList(0, 3000));
            assertEquals(List.of(wide), read.subList(3000, 3001));
        }
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        Refused.data(() -> new LineDataset(folder.resolve("missing")), folder.resolve("missing"), "cannot be read");
        Refused.data(() -> new LineDataset(folder), folder, "cannot be read");
        Path latin = Files.write(folder.resolve("latin"), "ok\nth\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        LineDataset lines = new LineDataset(latin);
        assertEquals("ok", lines.get(0));
        Refused.data(() -> lines.get(1), latin + ", line 2", "UTF-8");
        Files.writeString(latin, "o");
        Refused.data(() -> lines.get(0), latin + ", line 1", "shorter");
        lines.close();
        Refused.data(() -> lines.get(0), latin + ", line 1", "cannot be read");
    }

    private static List<Long> taken(Epoch<Batch> epoch, int batches) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            try (var _ = TensorScope.open()) {
                for (long number : epoch.next().target().toLongArray()) {
                    numbers.add(number);
                }
            }
        }
        return numbers;
    }

    private static Example parsed(String line) {
        long number = Long.parseLong(line);
        return new Example(Tensor.full(number, DType.F32, 2), Tensor.scalar(number, DType.I64));
    }

    private static DataLoader<Batch> loader(LineDataset lines, int workers) {
        return DataLoader.of(lines.map(LineDatasetTest::parsed)).batchSize(5)
                .sampler(Sampler.buffered(lines.size(), 10)).seed(3).workers(workers).build();
    }

    @Test
    void aWalkOfLinesGoesOnWhereItWas() throws IOException {
        String text = String.join("\n", IntStream.range(0, 103).mapToObj(Integer::toString).toList());
        try (LineDataset lines = new LineDataset(file("numbers", text), file("bad", "\n104\nseven\n"))) {
            LineDataset good = new LineDataset(folder.resolve("numbers"));
            List<Long> whole = taken(loader(good, 0).epoch(2), 21);
            assertArrayEquals(IntStream.range(0, 103).toArray(),
                    whole.stream().mapToInt(Long::intValue).sorted().toArray());
            DataLoader<Batch> first = loader(good, 2);
            List<Long> parts;
            try (Epoch<Batch> begun = first.epoch(2)) {
                parts = taken(begun, 8);
            }
            try (Epoch<Batch> rest = loader(good, 3).resume(first.state())) {
                parts.addAll(taken(rest, 13));
            }
            assertEquals(whole, parts);
            good.close();
            Refused.data(() -> taken(loader(lines, 1).epoch(0), 21), "DataLoader", folder.resolve("bad") + ", line ",
                    "NumberFormatException");
        }
    }
}
