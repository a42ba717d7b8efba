package org.jacobi.tensor.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsTest {
    @TempDir
    private Path folder;
    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    /** Writes a file as the format describes it: the header's length, the header, the data. */
    private Path write(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(json.length).put(json).put(data);
        return Files.write(folder.resolve("hand.safetensors"), bytes.array());
    }

    private static String header(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        int length = (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return new String(bytes, 8, length, UTF_8);
    }

    // ---- good files ------------------------------------------------------------------------------------------------

    @Test
    void everythingComesBackAsItWasSaved() throws IOException {
        Map<String, Tensor> saved = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            saved.put(dtype + ".vector", Tensor.of(new double[] {0, 1, 2, 3, 100}).to(dtype));
            saved.put(dtype + ".scalar", Tensor.scalar(1, dtype));
            saved.put(dtype + ".empty", Tensor.zeros(dtype, 3, 0, 2));
            saved.put(dtype + ".strided", Tensor.of(new double[] {0, 1, 2, 3, 4, 5}, 2, 3).to(dtype).t());
        }
        saved.put("", Tensor.ones(1));
        saved.put("name with \"quotes\", \\ and \u00fc\u4e2d\ud83d\ude00", Tensor.ones(2));
        saved.put("numbers",
                Tensor.of(new double[] {Double.NaN, -0.0, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Math.PI}));
        Map<String, String> metadata = Map.of("format", "pt", "note", "two\nlines \u00fc", "empty", "");
        Path file = folder.resolve("all.safetensors");
        Safetensors.save(file, saved, metadata);
        Map<String, Tensor> loaded = Safetensors.load(file);
        assertEquals(saved.keySet(), loaded.keySet());
        saved.forEach((name, tensor) -> {
            Tensor back = loaded.get(name);
            assertEquals(tensor.dtype(), back.dtype(), name);
            assertEquals(tensor.shape(), back.shape(), name);
            assertArrayEquals(tensor.toDoubleArray(), back.toDoubleArray(), name);
        });
        assertEquals(metadata, Safetensors.metadata(file));
    }

    @Test
    void aFileByHandIsRead() throws IOException {
        byte[] data =
                ByteBuffer.allocate(13).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putLong(-2).put((byte) 1).array();
        Path file = write("{\"flag\":{\"shape\":[1,1],\"dtype\":\"BOOL\",\"data_offsets\":[12,13]},"
                + "\"f\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                + "\"l\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[4,12]}}   ", data);
        Map<String, Tensor> tensors = Safetensors.load(file);
        assertEquals(List.of("flag", "f", "l"), List.copyOf(tensors.keySet()));
        assertEquals(1.5, tensors.get("f").item());
        assertEquals(-2, tensors.get("l").getLong());
        assertArrayEquals(new boolean[] {true}, tensors.get("flag").toBooleanArray());
        assertEquals(Map.of(), Safetensors.metadata(file));
    }

    @Test
    void aFileMayHoldNoTensors() throws IOException {
        assertEquals(Map.of(), Safetensors.load(write("{}", new byte[0])));
        Path file = folder.resolve("none.safetensors");
        Safetensors.save(file, Map.of(), Map.of("only", "text"));
        assertEquals(Map.of(), Safetensors.load(file));
        assertEquals(Map.of("only", "text"), Safetensors.metadata(file));
    }

    @Test
    void tensorsAreWrittenAlignedAndOtherwiseInTheGivenOrder() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("bytes", Tensor.zeros(DType.U8, 3));
        tensors.put("second", Tensor.ones(3));
        tensors.put("first", Tensor.ones(2));
        tensors.put("wide", Tensor.ones(DType.F64, 1));
        Path file = folder.resolve("order.safetensors");
        Safetensors.save(file, tensors, Map.of());
        String header = header(file);
        assertTrue(header.startsWith("{\"wide\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
                + "\"second\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[8,20]},\"first\":"), header);
        assertTrue(header.stripTrailing()
                .endsWith("\"bytes\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[28,31]}}"));
        assertEquals(0, header.length() % 8);
        assertEquals(8 + header.length() + 31, Files.size(file));
    }

    @Test
    void loadedTensorsBelongToTheScope() throws IOException {
        Path file = folder.resolve("scope.safetensors");
        Safetensors.save(file, Map.of("x", Tensor.ones(2)), Map.of());
        Tensor x;
        try (var _ = TensorScope.open()) {
            x = Safetensors.load(file).get("x");
        }
        assertTrue(x.isReleased());
    }

    // ---- large files -----------------------------------------------------------------------------------------------

    @Test
    void largeFilesAreMappedAndCannotBeChangedInPlace() throws IOException {
        Tensor big = Tensor.rand(new Generator(1), 3, 2_000_000);
        Map<String, Tensor> saved = Map.of("big", big, "flags", Tensor.of(new boolean[] {true, false}));
        Path file = folder.resolve("large.safetensors");
        Safetensors.save(file, saved, Map.of());
        Tensor mapped = Safetensors.load(file).get("big");
        assertTrue(mapped.eq(big).all().getLong() == 1);
        String message = assertThrows(IllegalArgumentException.class, () -> mapped.select(0, 1).fill_(1)).getMessage();
        assertTrue(message.startsWith("fill_") && message.contains("mapped file") && message.contains("copy()"),
                message);
        mapped.copy().fill_(1);
        // A file moved over the mapped one leaves the mapping alone.
        Safetensors.save(file, Map.of("big", Tensor.zeros(3, 2_000_000)), Map.of());
        assertTrue(mapped.eq(big).all().getLong() == 1);
        assertEquals(0, Safetensors.load(file).get("big").sum().item());
    }

    @Test
    void unalignedTensorsOfLargeFilesAreCopied() throws IOException {
        byte[] data = new byte[17 << 20];
        ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putFloat(3, 2.5f).putDouble(7, -1.25);
        Path file = write("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[3,7]},"
                + "\"c\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[7,15]},"
                + "\"d\":{\"dtype\":\"U8\",\"shape\":[" + (data.length - 15) + "],\"data_offsets\":[15," + data.length
                + "]}}",
                data);
        Map<String, Tensor> tensors = Safetensors.load(file);
        assertEquals(2.5, tensors.get("b").item());
        assertEquals(-1.25, tensors.get("c").item());
        tensors.values().forEach(tensor -> assertEquals(0, tensor.address() % tensor.dtype().bytes()));
    }

    @Test
    void largeStridedTensorsAreWrittenInParts() throws IOException {
        Tensor big = Tensor.rand(new Generator(2), 2100, 2, 1050).transpose(0, 2);
        Path strided = folder.resolve("strided.safetensors");
        Path contiguous = folder.resolve("contiguous.safetensors");
        Safetensors.save(strided, Map.of("x", big), Map.of());
        Safetensors.save(contiguous, Map.of("x", big.copy()), Map.of());
        assertEquals(-1, Files.mismatch(strided, contiguous));
    }

    // ---- writing safely --------------------------------------------------------------------------------------------

    @Test
    void aFailedSaveLeavesTheOldFileAndNothingElse() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, Map.of("x", Tensor.ones(3)), Map.of());
        byte[] before = Files.readAllBytes(file);
        Tensor released = Tensor.ones(3);
        released.release();
        Map<String, Tensor> broken = new LinkedHashMap<>();
        broken.put("good", Tensor.ones(3));
        broken.put("released", released);
        assertThrows(IllegalStateException.class, () -> Safetensors.save(file, broken, Map.of()));
        assertThrows(SafetensorsException.class,
                () -> Safetensors.save(file, Map.of("__metadata__", Tensor.ones(1)), Map.of()));
        assertArrayEquals(before, Files.readAllBytes(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
        Safetensors.save(file, Map.of("x", Tensor.zeros(3)), Map.of());
        assertEquals(0, Safetensors.load(file).get("x").sum().item());
    }

    @Test
    void savingSaysWhatIsMissing() {
        Path file = folder.resolve("no/such/folder/x.safetensors");
        String message = assertThrows(SafetensorsException.class, () -> Safetensors.save(file, Map.of(), Map.of()))
                .getMessage();
        assertTrue(message.contains(file.toString()) && message.contains("create it"), message);
        // Half of a surrogate pair is no text.
        message = assertThrows(SafetensorsException.class,
                () -> Safetensors.save(folder.resolve("x"), Map.of("\ud800", Tensor.ones(1)), Map.of())).getMessage();
        assertTrue(message.contains("tensor name"), message);
        Map<String, String> none = new LinkedHashMap<>();
        none.put("key", null);
        message = assertThrows(SafetensorsException.class, () -> Safetensors.save(folder.resolve("x"), Map.of(), none))
                .getMessage();
        assertTrue(message.contains("metadata value null"), message);
    }

    // ---- bad files -------------------------------------------------------------------------------------------------

    static Stream<Arguments> damagedHeaders() {
        String longShape = "[1" + ",1".repeat(64) + "]";
        return Stream.of(
                arguments("[]", 0, List.of("begin with '{'")),
                arguments("", 0, List.of("begin with '{'")),
                arguments("  {}", 0, List.of("begin with '{'")),
                arguments("{} x", 0, List.of("JSON")),
                arguments("{}{}", 0, List.of("goes on behind")),
                arguments("{\"x\"", 0, List.of("JSON")),
                arguments("{\"x\":[]}", 0, List.of("'x'", "object")),
                arguments("{\"x\":{}}", 0, List.of("'x'", "lacks dtype")),
                arguments("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, List.of("'x'", "lacks data_offsets")),
                arguments("{\"x\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0, List.of("'x'", "second", "'dtype'")),
                arguments("{\"x\":{\"dtype\":\"F32\",\"size\":3}}", 0, List.of("'x'", "'size'")),
                arguments("{\"x\":{\"dtype\":32}}", 0, List.of("'x'", "dtype", "32", "string")),
                arguments(entry("x", "F8_E4M3", "[2]", 0, 2), 2,
                        List.of("'x'", "F8_E4M3", "not supported", "F32", "convert")),
                arguments(entry("x", "U16", "[1]", 0, 2), 2, List.of("'x'", "U16", "not supported")),
                arguments(entry("x", "f32", "[1]", 0, 4), 4, List.of("'x'", "f32", "not supported")),
                arguments(entry("x", "F32", "1", 0, 4), 4, List.of("'x'", "shape", "list")),
                arguments(entry("x", "F32", "[1.0]", 0, 4), 4, List.of("'x'", "shape", "1.0")),
                arguments(entry("x", "F32", "[-1]", 0, 4), 4, List.of("'x'", "shape", "-1")),
                arguments(entry("x", "F32", "[\"1\"]", 0, 4), 4, List.of("'x'", "shape")),
                arguments(entry("x", "F32", "[18446744073709551616]", 0, 4), 4, List.of("'x'", "18446744073709551616")),
                arguments(entry("x", "F32", "[4294967296,4294967296]", 0, 4), 4, List.of("'x'", "4294967296", "2^63")),
                arguments(entry("x", "F64", "[2305843009213693952]", 0, 0), 0, List.of("'x'", "2305843009213693952")),
                arguments(entry("x", "F32", longShape, 0, 4), 4, List.of("'x'", "64")),
                arguments(entry("x", "F32", "[[1]]", 0, 4), 4, List.of("'x'", "shape", "integers")),
                arguments(entry("x", "F32", "[[[[[1]]]]]", 0, 4), 4, List.of("'x'", "shape", "integers")),
                arguments(entry("x", "F32", "[2]", 0, 4), 4, List.of("'x'", "(2)", "4 bytes", "2 elements")),
                arguments(entry("x", "F32", "[1]", 0, 5), 5, List.of("'x'", "5 bytes")),
                arguments(entry("x", "F32", "[1]", 4, 0), 4, List.of("'x'", "[4, 0]")),
                arguments(entry("x", "F32", "[1]", 4, 8), 8, List.of("'x'", "byte 4", "expected 0")),
                arguments(entry("x", "F32", "[1]", 0, 4), 3, List.of("'x'", "byte 4", "holds 3", "cut short")),
                arguments(entry("x", "F32", "[1]", 0, 4), 5, List.of("byte 4", "holds 5")),
                arguments("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]}}", 4,
                        List.of("'x'", "[0, 4, 4]")),
                arguments(two("x", "y", 0, 4, 0, 4), 4, List.of("'y'", "byte 0", "expected 4", "overlaps")),
                arguments(two("x", "y", 0, 4, 2, 6), 6, List.of("'y'", "byte 2", "expected 4")),
                arguments(two("x", "y", 0, 4, 8, 12), 12, List.of("'y'", "byte 8", "expected 4", "holes")),
                arguments(two("x", "x", 0, 4, 4, 8), 8, List.of("two tensors", "'x'")),
                arguments("{\"__metadata__\":[]}", 0, List.of("__metadata__", "object")),
                arguments("{\"__metadata__\":{\"a\":1}}", 0, List.of("__metadata__", "'a'", "string")),
                arguments("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, List.of("__metadata__", "'a'", "twice")),
                arguments("{\"__metadata__\":{},\"__metadata__\":{}}", 0, List.of("__metadata__", "twice")),
                arguments(entry("bad\\u0007\\nname", "U16", "[1]", 0, 2), 2, List.of("'bad??name'")),
                arguments(entry("x".repeat(1000), "U16", "[1]", 0, 2), 2, List.of("xxx...")));
    }

    private static String entry(String name, String type, String shape, long begin, long end) {
        return "{\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":[" + begin + ","
                + end
                + "]}}";
    }

    private static String two(String first, String second, long begin, long end, long begin2, long end2) {
        String one = entry(first, "F32", "[1]", begin, end);
        return one.substring(0, one.length() - 1) + "," + entry(second, "F32", "[1]", begin2, end2).substring(1);
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("damagedHeaders")
    void damagedHeadersAreExplained(String header, int dataBytes, List<String> words) throws IOException {
        Path file = write(header, new byte[dataBytes]);
        String message = assertThrows(SafetensorsException.class, () -> Safetensors.load(file)).getMessage();
        assertTrue(message.startsWith(file.toString()) && message.lines().count() == 1, message);
        for (String word : words) {
            assertTrue(message.contains(word), () -> "'" + message + "' lacks '" + word + "'");
        }
    }

    @Test
    void headersMustBeUtf8() throws IOException {
        byte[] json = "{\"\u00fc\":3}".getBytes(ISO_8859_1);
        for (byte[] bytes : List.of(json, "{}".getBytes("UTF-16LE"), "{\"a\":".getBytes("UTF-32LE"))) {
            ByteBuffer file = ByteBuffer.allocate(8 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
            file.putLong(bytes.length).put(bytes);
            Path path = Files.write(folder.resolve("x"), file.array());
            String message = assertThrows(SafetensorsException.class, () -> Safetensors.load(path)).getMessage();
            assertTrue(message.contains("UTF-8"), message);
        }
    }

    @Test
    void lengthsThatCannotBeAreRefused() throws IOException {
        for (long length : new long[] {-1, Long.MIN_VALUE, 100_000_001, 1L << 40, 50_000_000, 3}) {
            ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length).put((byte) '{');
            Path file = Files.write(folder.resolve("x"), bytes.array());
            String message = assertThrows(SafetensorsException.class, () -> Safetensors.load(file)).getMessage();
            assertTrue(message.contains(Long.toUnsignedString(length)), message);
            assertThrows(SafetensorsException.class, () -> Safetensors.metadata(file));
        }
        for (int size = 0; size < 8; size++) {
            Path file = Files.write(folder.resolve("x"), new byte[size]);
            String message = assertThrows(SafetensorsException.class, () -> Safetensors.load(file)).getMessage();
            assertTrue(message.contains("has " + size + " bytes"), message);
        }
        assertThrows(NoSuchFileException.class, () -> Safetensors.load(folder.resolve("missing")));
        assertThrows(IOException.class, () -> Safetensors.load(folder));
    }

    @Test
    void truthValuesMustBeZeroOrOne() throws IOException {
        Path file = write(entry("mask", "BOOL", "[3]", 0, 3), new byte[] {0, 1, 2});
        String message = assertThrows(SafetensorsException.class, () -> Safetensors.load(file)).getMessage();
        assertTrue(message.contains("'mask'") && message.contains("byte 2"), message);
    }

    /** Whatever happens to a file, loading it either works or explains itself. */
    @Test
    void mutatedFilesNeverCauseAnotherException() throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put("weight", Tensor.ones(4, 3));
        tensors.put("ids", Tensor.arange(5));
        tensors.put("mask", Tensor.of(new boolean[] {true, false, true}));
        Path file = folder.resolve("mutant.safetensors");
        Safetensors.save(file, tensors, Map.of("format", "pt"));
        byte[] good = Files.readAllBytes(file);
        int refused = 0;
        for (int seed = 0; seed < 6000; seed++) {
            Files.write(file, mutated(good, new Random(seed)));
            try (var _ = TensorScope.open()) {
                Safetensors.load(file).values().forEach(Tensor::toDoubleArray);
            } catch (SafetensorsException e) {
                refused++;
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            } catch (RuntimeException | Error e) {
                fail("seed " + seed, e);
            }
        }
        assertTrue(refused > 4000, "only " + refused + " mutants were noticed");
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int headerEnd = Math.min(bytes.length, 300);
            if (headerEnd < 2) {
                return bytes;
            }
            int at = random.nextInt(headerEnd);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) "{}[]\",:0129-.eE\\ntf\0".charAt(random.nextInt(20));
                case 2 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                case 3 -> bytes = spliced(bytes, at, at, random.nextInt(20), random);
                case 4 -> bytes = spliced(bytes, at, Math.min(bytes.length, at + random.nextInt(20)), 0, random);
                default -> {
                    // A piece of the header once more, with the length corrected, so that the JSON itself is reached.
                    int end = Math.min(headerEnd, at + random.nextInt(60));
                    byte[] longer = new byte[bytes.length + end - at];
                    System.arraycopy(bytes, 0, longer, 0, end);
                    System.arraycopy(bytes, at, longer, end, bytes.length - at);
                    bytes = longer;
                    if (at >= 8) {
                        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                        buffer.putLong(0, buffer.getLong(0) + end - at);
                    }
                }
            }
        }
        return bytes;
    }

    /** Replaces the bytes from start to end by some random ones. */
    private static byte[] spliced(byte[] bytes, int start, int end, int count, Random random) {
        byte[] inserted = new byte[count];
        random.nextBytes(inserted);
        byte[] out = new byte[bytes.length - (end - start) + count];
        System.arraycopy(bytes, 0, out, 0, start);
        System.arraycopy(inserted, 0, out, start, count);
        System.arraycopy(bytes, end, out, start + count, bytes.length - end);
        return out;
    }

    // ---- files of others -------------------------------------------------------------------------------------------

    @Test
    void readsACheckpointThatPyTorchWrote() throws IOException {
        Map<String, Tensor> tensors = Safetensors.load(
                SharedData.file("checkpoint-fixtures/safetensors-tests/tests/multi_layer/multi_layer.safetensors"));
        assertEquals(9, tensors.size());
        assertEquals(Shape.of(4, 3, 3, 3), tensors.get("conv1.weight").shape());
        assertEquals(DType.I64, tensors.get("norm1.num_batches_tracked").dtype());
        assertEquals(Shape.of(), tensors.get("norm1.num_batches_tracked").shape());
        assertTrue(tensors.get("norm1.running_var").gt(0).all().getLong() == 1);
    }

    @Test
    void readsTrainedWeights() throws IOException {
        Map<String, Tensor> tensors = Safetensors.load(SharedData.file("weights/burn-mnist/mnist.safetensors"));
        assertEquals(Shape.of(32, 11616), tensors.get("fc1.weight").shape());
        assertTrue(tensors.get("fc1.weight").abs().amax().item() < 10);
        assertEquals(0, tensors.get("fc1.weight").isNaN().sum().getLong());
    }

    @Test
    void readsArraysOfBytes() throws IOException {
        Map<String, Tensor> tensors = Safetensors.load(SharedData.file("checkpoint-fixtures/djl/list.safetensors"));
        assertEquals(DType.I8, tensors.get("attention").dtype());
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, tensors.get("attention").toIntArray());
    }
}
