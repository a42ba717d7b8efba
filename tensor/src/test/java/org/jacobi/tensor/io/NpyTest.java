package org.jacobi.tensor.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files of numpy: round trips, files by hand in every form of the format, and hostile ones. */
class NpyTest {
    private static final int MUTATIONS = 10_000;

    @TempDir
    private Path folder;

    private Path file() {
        return folder.resolve("x.npy");
    }

    /** Returns an array's bytes in the given version of the format. */
    private static byte[] npy(int version, String header, byte... data) {
        byte[] text = header.getBytes(version == 3 ? UTF_8 : ISO_8859_1);
        int lengthBytes = version == 1 ? 2 : 4;
        ByteBuffer out =
                ByteBuffer.allocate(8 + lengthBytes + text.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        out.put(NpyHeader.MAGIC).put((byte) version).put((byte) 0);
        if (version == 1) {
            out.putShort((short) text.length);
        } else {
            out.putInt(text.length);
        }
        return out.put(text).put(data).array();
    }

    private static byte[] npy(String type, String shape, byte... data) {
        return npy(1, "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n", data);
    }

    private static byte[] bytes(ByteOrder order, int size, Consumer<ByteBuffer> content) {
        ByteBuffer buffer = ByteBuffer.allocate(size).order(order);
        content.accept(buffer);
        return buffer.array();
    }

    private Tensor load(byte[] content) throws IOException {
        Files.write(file(), content);
        return Npy.load(file());
    }

    private static Map<String, Tensor> everyType() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (DType dtype : DType.values()) {
            if (dtype != DType.BF16) {
                tensors.put(dtype + "/vector", Tensor.of(new double[] {0, 1, 2, 3, 100}).to(dtype));
                tensors.put(dtype + "/scalar", Tensor.scalar(1, dtype));
                tensors.put(dtype + "/empty", Tensor.zeros(dtype, 3, 0, 2));
                tensors.put(dtype + "/strided", Tensor.of(new double[] {0, 1, 2, 3, 4, 5}, 2, 3).to(dtype).t());
            }
        }
        tensors.put("special",
                Tensor.of(new double[] {Double.NaN, -0.0, Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Math.PI}));
        tensors.put("\u00fc\u4e2d", Tensor.rand(new Generator(1), 257, 131));
        return tensors;
    }

    private static void assertSame(String name, Tensor expected, Tensor actual) {
        assertEquals(expected.dtype(), actual.dtype(), name);
        assertEquals(expected.shape(), actual.shape(), name);
        assertArrayEquals(expected.toDoubleArray(), actual.toDoubleArray(), name);
    }

    // ---- good files ------------------------------------------------------------------------------------------------

    @Test
    void everythingComesBackAsItWasSaved() throws IOException {
        for (var named : everyType().entrySet()) {
            Npy.save(file(), named.getValue());
            assertSame(named.getKey(), named.getValue(), Npy.load(file()));
            byte[] bytes = Files.readAllBytes(file());
            int header = 10 + (bytes[8] & 0xFF);
            assertEquals(0, header % 64);
            assertEquals('\n', bytes[header - 1]);
        }
        Npy.save(file(), Tensor.ones(2, 3));
        assertTrue(new String(Files.readAllBytes(file()), ISO_8859_1)
                .contains("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"));
        Npy.save(file(), Tensor.ones(5));
        assertTrue(new String(Files.readAllBytes(file()), ISO_8859_1).contains("'shape': (5,), }"));
        Npy.save(file(), Tensor.scalar(5));
        assertTrue(new String(Files.readAllBytes(file()), ISO_8859_1).contains("'shape': (), }"));
    }

    @Test
    void archivesComeBackAsTheyWereSaved() throws IOException {
        Map<String, Tensor> saved = everyType();
        Path stored = folder.resolve("stored.npz");
        Path deflated = folder.resolve("deflated.npz");
        Npz.save(stored, saved);
        Npz.saveCompressed(deflated, saved);
        for (Path file : List.of(stored, deflated)) {
            Map<String, Tensor> loaded = Npz.load(file);
            assertEquals(List.copyOf(saved.keySet()), List.copyOf(loaded.keySet()));
            saved.forEach((name, tensor) -> assertSame(name, tensor, loaded.get(name)));
        }
        assertTrue(Files.size(deflated) < Files.size(stored));
        Path again = folder.resolve("again.npz");
        Npz.save(again, saved);
        assertEquals(-1, Files.mismatch(stored, again));
        Npz.save(again, Map.of());
        assertEquals(Map.of(), Npz.load(again));
    }

    static Stream<Arguments> types() {
        return Stream.of(
                arguments("b1", DType.BOOL, 1, put(b -> b.put((byte) 1).put((byte) 0)), new double[] {1, 0}),
                arguments("i1", DType.I8, 1, put(b -> b.put((byte) -128).put((byte) 127)), new double[] {-128, 127}),
                arguments("u1", DType.U8, 1, put(b -> b.put((byte) -1).put((byte) 7)), new double[] {255, 7}),
                arguments("i2", DType.I16, 2, put(b -> b.putShort((short) -2).putShort(Short.MAX_VALUE)),
                        new double[] {-2, 32767}),
                arguments("u2", DType.I32, 2, put(b -> b.putShort((short) -1).putShort((short) 258)),
                        new double[] {65535, 258}),
                arguments("i4", DType.I32, 4, put(b -> b.putInt(Integer.MIN_VALUE).putInt(3)),
                        new double[] {Integer.MIN_VALUE, 3}),
                arguments("u4", DType.I64, 4, put(b -> b.putInt(-1).putInt(3)), new double[] {4294967295.0, 3}),
                arguments("i8", DType.I64, 8, put(b -> b.putLong(-5).putLong(1L << 52)), new double[] {-5, 0x1p52}),
                arguments("u8", DType.I64, 8, put(b -> b.putLong(5).putLong(1L << 52)), new double[] {5, 0x1p52}),
                arguments("f2", DType.F16, 2, put(b -> b.putShort((short) 0x3C00).putShort((short) 0xC100)),
                        new double[] {1, -2.5}),
                arguments("f4", DType.F32, 4, put(b -> b.putFloat(1.5f).putFloat(-0f)), new double[] {1.5, -0.0}),
                arguments("f8", DType.F64, 8, put(b -> b.putDouble(Math.PI).putDouble(-1)),
                        new double[] {Math.PI, -1}));
    }

    private static Consumer<ByteBuffer> put(Consumer<ByteBuffer> content) {
        return content;
    }

    @ParameterizedTest
    @MethodSource("types")
    void everyTypeIsReadInEitherOrder(String type, DType expected, int size, Consumer<ByteBuffer> content,
            double[] numbers) throws IOException {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            String mark = size == 1 ? "|" : order == ByteOrder.LITTLE_ENDIAN ? "<" : ">";
            Tensor tensor = load(npy(mark + type, "(2,)", bytes(order, 2 * size, content)));
            assertEquals(expected, tensor.dtype());
            assertArrayEquals(numbers, tensor.toDoubleArray());
        }
    }

    @Test
    void everyVersionAndOrderOfAxesIsRead() throws IOException {
        byte[] data = {0, 1, 2, 3, 4, 5};
        for (int version = 1; version <= 3; version++) {
            Tensor c = load(npy(version, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }   \n", data));
            assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, c.toDoubleArray());
            // The keys in another order, other quotes, no last comma, sizes as Python 2 wrote them.
            Tensor fortran = load(npy(version, "{\"shape\":(2L,3L),'fortran_order':True,\"descr\":'|u1'}", data));
            assertEquals(Shape.of(2, 3), fortran.shape());
            assertArrayEquals(new double[] {0, 2, 4, 1, 3, 5}, fortran.toDoubleArray());
        }
        assertEquals(Shape.of(), load(npy("|u1", "()", (byte) 3)).shape());
        assertEquals(3, load(npy("|u1", "()", (byte) 3)).item());
    }

    @Test
    void largeArraysOfTheOtherByteOrderAreRead() throws IOException {
        int n = 100_003;
        byte[] data = bytes(ByteOrder.BIG_ENDIAN, 4 * n, buffer -> {
            for (int i = 0; i < n; i++) {
                buffer.putFloat(i);
            }
        });
        assertArrayEquals(Tensor.arange(0, n, 1, DType.F32).toFloatArray(),
                load(npy(">f4", "(" + n + ",)", data)).toFloatArray());
    }

    // ---- writing safely --------------------------------------------------------------------------------------------

    @Test
    void aFailedSaveLeavesTheOldFileAndNothingElse() throws IOException {
        Npy.save(file(), Tensor.ones(3));
        byte[] before = Files.readAllBytes(file());
        Tensor released = Tensor.ones(3);
        released.release();
        assertThrows(IllegalStateException.class, () -> Npy.save(file(), released));
        assertThrows(IllegalStateException.class, () -> Npz.save(file(), Map.of("x", released)));
        assertRefused(() -> Npy.save(file(), Tensor.zeros(DType.BF16, 3)), "BF16", "F32");
        assertRefused(() -> Npz.save(file(), Map.of("w", Tensor.zeros(DType.BF16, 3))), "'w'", "BF16");
        assertArrayEquals(before, Files.readAllBytes(file()));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file()), files.toList());
        }
        assertRefused(() -> Npy.save(folder.resolve("no/x.npy"), Tensor.ones(1)), "create it first");
        assertRefused(() -> Npy.save(Files.createDirectory(folder.resolve("folder.npy")), Tensor.ones(1)),
                "is a folder");
        assertRefused(() -> Npy.load(folder), "is a folder");
        assertRefused(() -> Npz.load(folder), "is a folder");
    }

    // ---- bad files -------------------------------------------------------------------------------------------------

    private static void assertRefused(Executable code, String... parts) {
        String message = assertThrows(NpyException.class, code).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
        assertEquals(1, message.lines().count(), message);
    }

    static Stream<Arguments> badFiles() {
        return Stream.of(
                arguments(new byte[0], List.of("does not begin", "NUMPY")),
                arguments("PK\3\4 and more".getBytes(UTF_8), List.of("another kind of file")),
                arguments(npy(4, "{}"), List.of("version 4.0", "3.0")),
                arguments(Arrays.copyOf(npy("|u1", "(2,)"), 30), List.of("cut short")),
                arguments(Arrays.copyOf(npy("|u1", "(2,)"), 9), List.of("cut short")),
                arguments(npy("|u1", "(3,)", (byte) 1), List.of("1 bytes of numbers", "expected 3", "(3)")),
                arguments(npy("|u1", "(1,)", (byte) 1, (byte) 2), List.of("2 bytes of numbers", "expected 1")),
                arguments(npy("<f8", "(999999999999, 9999)"), List.of("0 bytes of numbers")),
                arguments(npy("<f8", "(999999999999999999, 999)"), List.of("2^63")),
                arguments(npy("<f8", "(999999999999999999, 9)"), List.of("more than any file")),
                arguments(npy("<f8", "(9999999999999999999,)"), List.of("18 digits")),
                arguments(npy("<f8", "(" + "1,".repeat(65) + ")"), List.of("64 axes")),
                arguments(npy("|O", "(1,)"), List.of("Python objects", "never runs")),
                arguments(npy("<c8", "(1,)"), List.of("'<c8'", "not supported", "f8")),
                arguments(npy("<U5", "(1,)"), List.of("'<U5'", "not supported")),
                arguments(npy("<F4", "(1,)"), List.of("'<F4'", "not supported")),
                arguments(npy("|f4", "(1,)"), List.of("'|f4'", "not supported")),
                arguments(npy("", "(1,)"), List.of("''", "not supported")),
                arguments(npy("<V2", "(1,)"), List.of("'<V2'", "not supported")),
                arguments(npy(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
                        List.of("records", "each field")),
                arguments(npy(1, "{'descr': '<f4', 'shape': (1,), }"), List.of("lacks fortran_order")),
                arguments(npy(1, "{'descr': '<f4', 'descr': '<f4', }"), List.of("'descr' a second time")),
                arguments(npy(1, "{'descr': '<f4', 'extra': 1}"), List.of("unknown key 'extra'")),
                arguments(npy(1, "{'descr': '<f4', 'fortran_order': 0, }"), List.of("no True or False")),
                arguments(npy(1, "{'shape': (1), }"), List.of("number in brackets")),
                arguments(npy(1, "{'shape': (1 2), }"), List.of("no ',' or ')'")),
                arguments(npy(1, "{'shape': (-1,), }"), List.of("no size")),
                arguments(npy(1, "{'shape': [1], }"), List.of("no '('")),
                arguments(npy(1, "[]"), List.of("no '{'")),
                arguments(npy(1, "{'descr': 'a\\x41', }"), List.of("no type in quotes")),
                arguments(npy(1, "{'descr"), List.of("no key in quotes")),
                arguments(npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), } x", new byte[4]),
                        List.of("more behind the closing")),
                arguments(npy(3, "{}"), List.of("lacks descr")),
                arguments(npy(2, " ".repeat(70_000)), List.of("header of 70000 bytes", "65536")),
                arguments(npy("|b1", "(1,)", (byte) 2), List.of("byte 2", "0 or 1")),
                arguments(npy("<u8", "(1,)", new byte[] {0, 0, 0, 0, 0, 0, 0, -128}),
                        List.of("9223372036854775808", "I64")));
    }

    @ParameterizedTest
    @MethodSource("badFiles")
    void badFilesAreExplained(byte[] content, List<String> parts) throws IOException {
        Files.write(file(), content);
        assertRefused(() -> Npy.load(file()), file().toString());
        assertRefused(() -> Npy.load(file()), parts.toArray(String[]::new));
    }

    @Test
    void aBadHeaderInUtf8IsExplained() throws IOException {
        byte[] bytes = npy(3, "{'descr': '?f4'}");
        bytes[23] = (byte) 0xFF;
        Files.write(file(), bytes);
        assertRefused(() -> Npy.load(file()), "UTF-8");
    }

    private Path archive(String name, byte[]... members) throws IOException {
        Path file = folder.resolve("bad.npz");
        try (var zip = new ZipOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < members.length; i++) {
                zip.putNextEntry(new ZipEntry(i == 0 ? name : name.replace('a', (char) ('a' + i))));
                zip.write(members[i]);
                zip.closeEntry();
            }
        }
        return file;
    }

    /** Replaces bytes by others of the same length, wherever they occur. */
    private static void replace(Path file, String from, String to) throws IOException {
        String content = new String(Files.readAllBytes(file), ISO_8859_1);
        assertTrue(content.contains(from));
        Files.write(file, content.replace(from, to).getBytes(ISO_8859_1));
    }

    @Test
    void badArchivesAreExplained() throws IOException {
        byte[] good = npy("|u1", "(2,)", (byte) 1, (byte) 2);
        assertRefused(() -> Npz.load(archive("readme.txt", good)), "'readme.txt'", "no array", ".npy");
        Path twice = archive("a.npy", good, good);
        replace(twice, "b.npy", "a.npy");
        assertRefused(() -> Npz.load(twice), "'a'", "twice");
        assertRefused(() -> Npz.load(archive("a.npy", npy("|O", "(1,)"))), "'a'", "Python objects");
        assertRefused(() -> Npz.load(archive("a.npy", npy("|u1", "(3,)", (byte) 1))), "'a'", "expected 3");
        Files.write(file(), good);
        assertRefused(() -> Npz.load(file()), "no zip archive");
        Path stored = folder.resolve("stored.npz");
        Npz.save(stored, Map.of("weights", Tensor.of(new byte[] {65, 66, 67, 68})));
        replace(stored, "ABCD", "ABCE");
        assertRefused(() -> Npz.load(stored), "'weights'", "checksum");
    }

    /** A small file that claims to unpack to what no memory holds. */
    @Test
    void bombsAreRefusedBeforeTheyGoOff() throws IOException {
        long peak = SlabAllocator.global().statistics().peakLiveBytes();
        Path file = archive("a.npy", npy("<f8", "(9999999, 9999999)"));
        assertRefused(() -> Npz.load(file), "expected 799999840000008");
        // The archive's directory claims a size to match: 24 bytes before the member's name there stands its size.
        byte[] bytes = Files.readAllBytes(file);
        int directory = new String(bytes, ISO_8859_1).indexOf("PK\1\2");
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(directory + 24, 0xFFFFFFF0);
        Files.write(file, bytes);
        assertRefused(() -> Npz.load(file), "cannot be");
        assertTrue(SlabAllocator.global().statistics().peakLiveBytes() - peak < 1 << 20);
    }

    // ---- any file at all -------------------------------------------------------------------------------------------

    @Test
    void mutantsOfArraysAreReadOrRefused() throws IOException {
        byte[] good = npy("<f4", "(2, 3)", new byte[24]);
        fuzz(good, content -> Npy.load(content).toDoubleArray());
    }

    @Test
    void mutantsOfArchivesAreReadOrRefused() throws IOException {
        Map<String, Tensor> tensors = Map.of("w", Tensor.arange(0, 6, 1, DType.F32).reshape(2, 3), "flag",
                Tensor.of(new boolean[] {true, false}));
        for (boolean deflated : new boolean[] {false, true}) {
            Path file = folder.resolve("good.npz");
            if (deflated) {
                Npz.saveCompressed(file, tensors);
            } else {
                Npz.save(file, tensors);
            }
            byte[] bytes = Files.readAllBytes(file);
            fuzz(bytes, content -> Npz.load(content).values().forEach(Tensor::toDoubleArray));
        }
    }

    @FunctionalInterface
    private interface Reader {
        void read(Path file) throws IOException;
    }

    private void fuzz(byte[] good, Reader reader) throws IOException {
        Path file = folder.resolve("mutant");
        int refused = 0;
        long peak = SlabAllocator.global().statistics().peakLiveBytes();
        for (int seed = 0; seed < MUTATIONS; seed++) {
            Files.write(file, mutated(good, new Random(seed)));
            try (var _ = TensorScope.open()) {
                reader.read(file);
            } catch (NpyException e) {
                refused++;
                assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            } catch (IOException | RuntimeException | Error e) {
                fail("seed " + seed, e);
            }
        }
        assertTrue(refused > MUTATIONS / 4, "only " + refused + " mutants were noticed");
        assertTrue(SlabAllocator.global().statistics().peakLiveBytes() - peak < 64 << 20,
                "memory was taken for what is not there");
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0 && bytes.length > 1; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) "{}()'\",:0129L<>|=fiubOTF \\\n\0".charAt(random.nextInt(28));
                case 2 -> bytes[at] = (byte) random.nextInt(256);
                case 3 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
                default -> {
                    // A piece once more, or another one taken out.
                    int end = Math.min(bytes.length, at + random.nextInt(20));
                    boolean twice = random.nextBoolean();
                    byte[] other = new byte[bytes.length + (twice ? end - at : at - end)];
                    System.arraycopy(bytes, 0, other, 0, twice ? end : at);
                    System.arraycopy(bytes, twice ? at : end, other, twice ? end : at,
                            bytes.length - (twice ? at : end));
                    bytes = other;
                }
            }
        }
        return bytes;
    }

    // ---- files of others -------------------------------------------------------------------------------------------

    @Test
    void readsArraysThatOthersWrote() throws IOException {
        Map<String, DType> types = Map.of("0d", DType.F64, "1d", DType.I64, "2d", DType.I32, "boolean", DType.BOOL,
                "fp16", DType.F16, "fp32", DType.F32, "int8", DType.I8, "uint8", DType.U8);
        for (var named : types.entrySet()) {
            Tensor tensor = Npy.load(SharedData.file("checkpoint-fixtures/djl/" + named.getKey() + ".npy"));
            assertEquals(named.getValue(), tensor.dtype(), named.getKey());
            double[] ones = new double[(int) tensor.numel()];
            Arrays.fill(ones, 1);
            assertArrayEquals(ones, tensor.toDoubleArray(), named.getKey());
        }
        assertArrayEquals(Tensor.arange(10).toLongArray(),
                Npy.load(SharedData.file("checkpoint-fixtures/candle/test.npy")).toLongArray());
    }

    @Test
    void readsArchivesThatOthersWrote() throws IOException {
        Map<String, Tensor> candle = Npz.load(SharedData.file("checkpoint-fixtures/candle/test.npz"));
        assertEquals(List.of("x", "x_plus_one"), List.copyOf(candle.keySet()));
        assertArrayEquals(candle.get("x").add(1).toLongArray(), candle.get("x_plus_one").toLongArray());
        Map<String, Tensor> djl = Npz.load(SharedData.file("checkpoint-fixtures/djl/list.npz"));
        assertEquals(List.of("bool8", "arr_0"), List.copyOf(djl.keySet()));
    }
}
