package org.jacobi.tensor.io;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.management.ThreadMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files made to do harm: each is read correctly or refused in a line that names it, soon, with little memory, and
 * nothing stays behind.
 */
class HostileSafetensorsTest {
    private static final int MUTANTS = 85_000;
    private static final int FIXTURE_MUTANTS = 15_000;
    private static final int LARGE_MUTANTS = 300;
    /** Processor time of one file. */
    private static final long LIMIT_NANOS = 1_000_000_000;
    /** Heap that one file may take: so much, and so many times its own size. */
    private static final long HEAP_BYTES = 1 << 20;
    private static final long HEAP_TIMES = 32;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern TYPE = Pattern.compile("\"dtype\":\"(\\w+)\"");
    private static final Pattern ENTRY = Pattern.compile("\"[^\"]*\":\\{\"dtype\"[^{}]*\\}");
    private static final List<String> NOT_SIZES =
            List.of("-1", "1.5", "NaN", "null", "1e400", "1e3", "0", "00", "\"1\"",
                    "[]", "{}", "true", "Infinity", "-0", "0x10", "9223372036854775807", "9223372036854775808",
                    "18446744073709551615", "4294967296", "2147483648", "-9223372036854775808", "9".repeat(2000));
    private static final List<String> SHAPES = List.of("[4294967296,4294967296]", "[4611686018427387904,4]",
            "[0,9223372036854775807]", "[9223372036854775807,9223372036854775807,0]", "[]", "[0]", "[1000000000000]",
            "[" + "1,".repeat(100) + "1]", "[2,-1]", "[[2]]", "{}", "null");
    private static final List<String> TYPES = List.of("F16", "BF16", "F8_E4M3", "I8", "I16", "U16", "U32", "U64", "F64",
            "F32", "I64", "I32", "U8", "BOOL", "f32", "", "float32", "C64", "\\u0000");

    @TempDir
    Path folder;
    private boolean warm;

    // ---- mutants ---------------------------------------------------------------------------------------------------

    @Test
    void mutantsAreReadOrRefused() throws IOException {
        try (var _ = TensorScope.open()) {
            Map<String, Tensor> all = new LinkedHashMap<>();
            for (DType dtype : DType.values()) {
                all.put(dtype + ".matrix", Tensor.of(new double[] {0, 1, 1, 0, 1, 1}, 2, 3).to(dtype));
                all.put(dtype + ".scalar", Tensor.scalar(1, dtype));
                all.put(dtype + ".empty", Tensor.zeros(dtype, 3, 0, 2));
            }
            Map<String, Tensor> many = new LinkedHashMap<>();
            for (int i = 0; i < 100; i++) {
                many.put("layers." + i + ".weight", Tensor.full(i, DType.F32, 4));
            }
            Map<String, Tensor> one = Map.of("\u00fc", Tensor.of(new boolean[] {true, false, true}));
            List<byte[]> seeds = List.of(saved(all, Map.of("format", "pt", "note", "two\nlines \u4e2d")),
                    saved(many, Map.of()), saved(one, Map.of("a", "b")), saved(Map.of(), Map.of()));
            int refused = requireReadOrRefused(seeds, MUTANTS, 0);
            assertTrue(refused > MUTANTS / 2 && refused < MUTANTS, refused + " were refused");
        }
    }

    @Test
    void mutantsOfOthersFilesAreReadOrRefused() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String name : List.of("safetensors-tests/tests/multi_layer/multi_layer.safetensors",
                "djl/list.safetensors")) {
            seeds.add(Files.readAllBytes(SharedData.file("checkpoint-fixtures/" + name)));
        }
        int refused = requireReadOrRefused(seeds, FIXTURE_MUTANTS, 1_000_000);
        assertTrue(refused > FIXTURE_MUTANTS / 2 && refused < FIXTURE_MUTANTS, refused + " were refused");
    }

    private byte[] saved(Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        Path file = folder.resolve("seed.safetensors");
        Safetensors.save(file, tensors, metadata);
        return Files.readAllBytes(file);
    }

    /** Returns how many of the mutants were refused. */
    private int requireReadOrRefused(List<byte[]> seeds, int mutants, long firstSeed) throws IOException {
        Path file = folder.resolve("mutant.safetensors");
        int refused = 0;
        warmUp(seeds);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            long live = SlabAllocator.global().statistics().liveBytes();
            long descriptors = descriptors();
            for (long seed = firstSeed; seed < firstSeed + mutants; seed++) {
                Random random = new Random(seed);
                byte[] mutant = seeds.get(random.nextInt(seeds.size()));
                for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                    mutant = mutated(mutant, random);
                }
                ByteBuffer bytes = ByteBuffer.wrap(mutant);
                while (bytes.hasRemaining()) {
                    channel.write(bytes, bytes.position());
                }
                channel.truncate(mutant.length);
                refused += isRefused(file, mutant.length, "seed " + seed) ? 1 : 0;
            }
            assertTrue(SlabAllocator.global().statistics().liveBytes() <= live, "memory is still held");
            assertTrue(descriptors() <= descriptors + 4, "file descriptors are still held");
        }
        return refused;
    }

    /** Loads some files, whose memory is not looked at: it is the classes' that are needed for the first time. */
    private void warmUp(List<byte[]> seeds) throws IOException {
        Path file = folder.resolve("warm.safetensors");
        Random random = new Random(-1);
        for (int i = 0; i < 500; i++) {
            byte[] mutant = i < seeds.size() ? seeds.get(i) : mutated(seeds.get(i % seeds.size()), random);
            isRefused(Files.write(file, mutant), mutant.length, "warm-up " + i);
        }
        warm = true;
    }

    /** Loads a file: checks what comes, or what is said, and what it took. */
    private boolean isRefused(Path file, long size, String which) {
        long heap = THREADS.getCurrentThreadAllocatedBytes();
        long time = THREADS.getCurrentThreadCpuTime();
        boolean refused = false;
        try (var _ = TensorScope.open()) {
            long bytes = 0;
            for (Tensor tensor : Safetensors.load(file).values()) {
                bytes += tensor.numel() * tensor.dtype().bytes();
                assertEquals(tensor.numel(), size < 1 << 20 ? tensor.toDoubleArray().length : tensor.numel(), which);
            }
            assertEquals(size - Long.BYTES - headerBytes(file), bytes, which);
        } catch (SafetensorsException e) {
            refused = true;
            String message = e.getMessage();
            assertTrue(message.startsWith(file + ": ") && message.lines().count() == 1 && message.length() < 1000,
                    () -> which + ": " + message);
        } catch (IOException | RuntimeException | Error e) {
            fail(which, e);
        }
        try {
            Safetensors.metadata(file);
        } catch (SafetensorsException _) {
            assertTrue(refused, which);
        } catch (IOException | RuntimeException | Error e) {
            fail(which, e);
        }
        long took = THREADS.getCurrentThreadCpuTime() - time;
        assertTrue(took < LIMIT_NANOS, () -> which + " took " + took + " ns");
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - heap;
        assertTrue(allocated < HEAP_BYTES + HEAP_TIMES * size || !warm,
                () -> which + " took " + allocated + " bytes of heap for a file of " + size);
        return refused;
    }

    private static long headerBytes(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(length, 0);
            return length.getLong(0);
        }
    }

    private static long descriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    // ---- how they are made -----------------------------------------------------------------------------------------

    private static byte[] mutated(byte[] from, Random random) {
        int header = header(from);
        if (header < 0 || random.nextInt(3) == 0) {
            return withoutUnderstanding(from, header, random);
        }
        // The header's text is changed and its length corrected, so that what is behind the first checks is reached.
        String json = new String(from, Long.BYTES, header, ISO_8859_1);
        byte[] changed = changed(json, random).getBytes(ISO_8859_1);
        byte[] data = Arrays.copyOfRange(from, Long.BYTES + header, from.length);
        return ByteBuffer.allocate(Long.BYTES + changed.length + data.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(changed.length).put(changed).put(data).array();
    }

    /** Returns the header's length, or -1 if there is none left that could be changed. */
    private static int header(byte[] bytes) {
        long length = bytes.length < Long.BYTES ? -1
                : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        return length > 0 && length <= bytes.length - Long.BYTES ? (int) length : -1;
    }

    private static String changed(String json, Random random) {
        int at = random.nextInt(json.length());
        return switch (random.nextInt(12)) {
            case 0 -> replaced(json, NUMBER, pick(NOT_SIZES, random), random);
            case 1 -> {
                Matcher number = any(json, NUMBER, random);
                yield number == null || number.group().length() > 17 ? json
                        : json.substring(0, number.start())
                                + (Long.parseLong(number.group()) + (1L << random.nextInt(34)) - 5)
                                + json.substring(number.end());
            }
            case 2 -> replaced(json, TYPE, "\"dtype\":\"" + pick(TYPES, random) + "\"", random);
            case 3 -> replaced(json, Pattern.compile("\\[[^\\]]*\\]"), pick(SHAPES, random), random);
            case 4 -> {
                Matcher entry = any(json, ENTRY, random);
                yield entry == null ? json : "{" + entry.group() + "," + json.substring(1);
            }
            case 5 -> json.substring(0, at) + "[{\"a\":".repeat(random.nextInt(2000)) + json.substring(at);
            case 6 ->
                    json.substring(0, at) + pick(List.of("\u00c0\u0080", "\u00ff", "\u00ed\u00a0\u0080", "\u00f8", "\0",
                            "\\ud800", "\u00ef\u00bb\u00bf", "\u00c3"), random) + json.substring(at);
            case 7 -> "{\"__metadata__\":{\"k\":\""
                    + "x".repeat(random.nextInt(50) == 0 ? 1 << 20 : random.nextInt(9999))
                    + "\"}" + (json.startsWith("{}") ? "" : ",") + json.substring(1);
            case 8 -> json + " ".repeat(random.nextInt(20));
            case 9 -> "{\"" + "n".repeat(random.nextInt(100_000)) + "\":" + random.nextInt() + ","
                    + json.substring(1);
            case 10 -> replaced(json, ENTRY, "\"x\":" + pick(NOT_SIZES, random), random);
            default -> json.substring(0, at) + "{}[]\",:0129-.eE\\ntf\0 ".charAt(random.nextInt(21))
                    + json.substring(at + random.nextInt(2));
        };
    }

    private static byte[] withoutUnderstanding(byte[] from, int header, Random random) {
        byte[] bytes = from.clone();
        int at = random.nextInt(bytes.length + 1);
        switch (random.nextInt(7)) {
            case 0 -> {
                for (int flips = 1 + random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            case 1 -> bytes = Arrays.copyOf(bytes, Math.min(bytes.length, random.nextInt(10)));
            case 2 -> bytes = Arrays.copyOf(bytes,
                    Math.clamp(Long.BYTES + header + random.nextInt(-2, 3), 0, bytes.length));
            case 3 -> bytes = Arrays.copyOf(bytes, random.nextBoolean() ? at : bytes.length + 1 + random.nextInt(20));
            case 4 -> {
                byte[] inserted = new byte[random.nextInt(40)];
                random.nextBytes(inserted);
                int end = Math.min(bytes.length, at + random.nextInt(40));
                bytes = ByteBuffer.allocate(at + inserted.length + bytes.length - end).put(bytes, 0, at).put(inserted)
                        .put(bytes, end, bytes.length - end).array();
            }
            case 5 -> {
                if (bytes.length >= Long.BYTES) {
                    long[] lies = {0, 1, -1, Long.MIN_VALUE, Long.MAX_VALUE, bytes.length, bytes.length - 8,
                        bytes.length - 7, 100_000_000, 100_000_001, 1L << 31, 1L << 32, header + 1, header - 1,
                        random.nextLong()};
                    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0,
                            lies[random.nextInt(lies.length)]);
                }
            }
            default -> bytes = foreign(random);
        }
        return bytes;
    }

    /** Returns what other kinds of files begin with, and anything after it. */
    private static byte[] foreign(Random random) {
        String start = pick(List.of("PK\3\4", "\u0080\2}q\0.", "GGUF\3\0\0\0", "\u0089PNG\r\n", "\u001f\u008b\b",
                "\u0093NUMPY\1\0", "{\"a\":", "\u007fELF", "version https://git-lfs", "", "\0\0\0\0\0\0\0\0",
                "\2\0\0\0\0\0\0\0{}"), random);
        byte[] bytes = Arrays.copyOf(start.getBytes(ISO_8859_1), start.length() + random.nextInt(200));
        if (random.nextBoolean()) {
            byte[] noise = new byte[bytes.length - start.length()];
            random.nextBytes(noise);
            System.arraycopy(noise, 0, bytes, start.length(), noise.length);
        }
        return bytes;
    }

    private static String pick(List<String> from, Random random) {
        return from.get(random.nextInt(from.size()));
    }

    private static String replaced(String json, Pattern what, String by, Random random) {
        Matcher found = any(json, what, random);
        return found == null ? json : json.substring(0, found.start()) + by + json.substring(found.end());
    }

    /** Returns a match at or behind a random place, or null. */
    private static Matcher any(String json, Pattern what, Random random) {
        Matcher matcher = what.matcher(json);
        return matcher.find(random.nextInt(json.length())) || matcher.find(0) ? matcher : null;
    }

    // ---- files that are mapped -------------------------------------------------------------------------------------

    @Test
    void mutantsOfMappedFilesLeaveNoMapping() throws IOException, InterruptedException {
        Path maps = Path.of("/proc/self/maps");
        Assumptions.assumeTrue(Files.isReadable(maps), "mappings can be counted on Linux only");
        Path file = folder.resolve("large.safetensors");
        try (var _ = TensorScope.open()) {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            tensors.put("large", Tensor.zeros(DType.F32, 17 << 18));
            tensors.put("mask", Tensor.of(new boolean[] {true, false, true}));
            Safetensors.save(file, tensors, Map.of("format", "pt"));
        }
        long size = Files.size(file);
        byte[] header = new byte[Math.toIntExact(Long.BYTES + headerBytes(file))];
        long live = SlabAllocator.global().statistics().liveBytes();
        int refused = 0;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.read(ByteBuffer.wrap(header), 0);
            for (int seed = 0; seed < LARGE_MUTANTS; seed++) {
                Random random = new Random(seed);
                byte[] mutant = header.clone();
                if (seed % 3 > 0) { // the others map the file, as it is
                    mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
                }
                channel.write(ByteBuffer.wrap(mutant), 0);
                channel.write(ByteBuffer.wrap(new byte[] {(byte) (seed % 4)}), size - 1); // a truth value, mostly not
                refused += isRefused(file, size, "seed " + seed) ? 1 : 0;
            }
        }
        assertTrue(refused > LARGE_MUTANTS / 2 && refused < LARGE_MUTANTS, refused + " were refused");
        assertTrue(SlabAllocator.global().statistics().liveBytes() <= live, "memory is still held");
        for (int waits = 0; Files.readString(maps, ISO_8859_1).contains(file.toString()); waits++) {
            assertTrue(waits < 200, "the file is still mapped");
            System.gc(); // a mapping ends with the last tensor that shows it
            Thread.sleep(50);
        }
    }

    @Test
    void aFileThatChangesMeanwhileIsReadOrRefused() throws IOException, InterruptedException {
        Path file = folder.resolve("changing.safetensors");
        byte[] whole;
        try (var _ = TensorScope.open()) {
            whole = saved(Map.of("x", Tensor.full(3, DType.F32, 100_000)), Map.of());
        }
        Files.write(file, whole);
        Thread writer = Thread.ofPlatform().start(() -> {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                Random random = new Random(1);
                while (!Thread.interrupted()) {
                    channel.truncate(random.nextInt(whole.length));
                    channel.write(ByteBuffer.wrap(whole), 0);
                }
            } catch (ClosedByInterruptException _) {
                // the end
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        int refused = 0;
        long until = System.nanoTime() + 1_000_000_000;
        while (System.nanoTime() < until) {
            try (var _ = TensorScope.open()) {
                assertEquals(100_000, Safetensors.load(file).get("x").numel());
            } catch (SafetensorsException _) {
                refused++;
            }
        }
        writer.interrupt();
        writer.join();
        assertTrue(refused > 0, "it never changed while it was read");
    }

    // ---- what is no file -------------------------------------------------------------------------------------------

    @Test
    void whatIsNoFileIsRefusedAtOnceAndNeverReplaced() throws IOException, InterruptedException {
        Path pipe = folder.resolve("pipe");
        Path zeros = Path.of("/dev/zero");
        Assumptions.assumeTrue(Files.exists(zeros) && new ProcessBuilder("mkfifo", pipe.toString()).start()
                .waitFor(10, TimeUnit.SECONDS) && Files.exists(pipe), "there are no pipes and devices here");
        Path link = Files.createSymbolicLink(folder.resolve("link"), zeros);
        for (Path path : List.of(folder, pipe, zeros, link)) {
            String message = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                assertThrows(SafetensorsException.class, () -> Safetensors.metadata(path));
                return assertThrows(SafetensorsException.class, () -> Safetensors.load(path)).getMessage();
            });
            assertTrue(message.startsWith(path + ": is ") && message.contains("expected a safetensors file"), message);
        }
        for (Path path : List.of(folder, pipe, link)) {
            String message = assertThrows(SafetensorsException.class,
                    () -> Safetensors.save(path, Map.of(), Map.of())).getMessage();
            assertTrue(message.startsWith(path + ": is ") && message.contains("not replaced"), message);
            assertTrue(!Files.isRegularFile(path));
        }
        Files.delete(link);
        Path loop = Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
        String message = assertThrows(IOException.class, () -> Safetensors.load(loop)).getMessage();
        assertTrue(message.contains(loop.toString()), message);
    }

    // ---- what the killed leave -------------------------------------------------------------------------------------

    @Test
    void aSaveRemovesWhatAKilledOneLeftAndNothingElse() throws IOException {
        Path file = folder.resolve("model.safetensors");
        byte[] content = {1, 2, 3};
        Path abandoned = folder.resolve("model.safetensors.0f8fad5b-d9cb-469f-a165-70867728950e.tmp");
        Path notes = Files.write(folder.resolve("model.safetensors.notes.tmp"), content);
        Path other = Files.write(folder.resolve("x" + abandoned.getFileName()), content);
        Files.write(abandoned, content);
        try (FileChannel inUse = FileChannel.open(abandoned, StandardOpenOption.WRITE)) {
            inUse.lock();
            Safetensors.save(file, Map.of(), Map.of());
            assertArrayEquals(content, Files.readAllBytes(abandoned));
        }
        Safetensors.save(file, Map.of(), Map.of());
        assertTrue(Files.notExists(abandoned));
        // One without content may have been made by another process this very moment.
        Files.createFile(abandoned);
        Safetensors.save(file, Map.of(), Map.of());
        assertTrue(Files.exists(abandoned));
        Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minusSeconds(100)));
        Safetensors.save(file, Map.of(), Map.of());
        assertTrue(Files.notExists(abandoned));
        assertArrayEquals(content, Files.readAllBytes(notes));
        assertArrayEquals(content, Files.readAllBytes(other));
    }
}
