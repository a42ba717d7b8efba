package org.jacobi.app;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import com.sun.management.ThreadMXBean;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run folder in which something was damaged or made to do harm: one clear line, soon, and little memory taken. */
class DamagedRunFolderTest {
    private static final int MUTANTS = 2000;
    private static final long MEMORY = 64 << 20;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    static Path folder;
    private static Path base;
    private final Path run = folder.resolve("run");

    @BeforeAll
    static void train() throws IOException {
        base = folder.resolve("base");
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), base, "--steps", "8").exitCode());
    }

    @BeforeEach
    void copy() throws IOException {
        if (Files.exists(run)) {
            for (Path file : files(run)) {
                Files.delete(file);
            }
        }
        Files.createDirectories(run);
        for (Path file : files(base)) {
            Files.copy(file, run.resolve(file.getFileName()));
        }
    }

    private static List<Path> files(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            return files.toList();
        }
    }

    // ---- mutants ---------------------------------------------------------------------------------------------------

    private interface Reading {
        void read() throws IOException;
    }

    /** Mutates a file again and again, and has it read: that works or is refused as wrong usage, in a line. */
    private void requireReadOrRefused(String name, Reading reading) throws IOException {
        Path file = run.resolve(name);
        // Without what differs from time to time, so that a seed makes the same mutant again.
        byte[] good = Files.readString(file).replace(folder.toString(), "/folder")
                .replaceAll("(\"elapsedSeconds\" :).*", "$1 1.5").replaceAll(",\\d*,[0-9.]+\n", ",1000,0.5\n")
                .getBytes(ISO_8859_1);
        int refused = 0;
        for (int seed = 0; seed < MUTANTS; seed++) {
            Random random = new Random(seed);
            byte[] mutant = mutated(good, random);
            Files.write(file, mutant);
            String which = name + ", seed " + seed;
            long heap = THREADS.getCurrentThreadAllocatedBytes();
            try {
                reading.read();
            } catch (CommandFailure e) {
                refused++;
                assertEquals(CommandFailure.USAGE, e.exitCode(), which);
                assertTrue(e.getMessage().contains(run.toString()) && e.getMessage().length() < 1000,
                        () -> which + ": " + e.getMessage());
                assertArrayEquals(mutant, Files.readAllBytes(file), which + ": what was refused was changed");
            } catch (IOException | RuntimeException | Error e) {
                fail(which, e);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - heap;
            assertTrue(allocated < MEMORY, () -> which + " took " + allocated + " bytes");
        }
        assertTrue(refused > MUTANTS / 10 && refused < MUTANTS, name + ": " + refused + " were refused");
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bytes = good.clone();
        for (int changes = 1 + random.nextInt(2); changes > 0 && bytes.length > 0; changes--) {
            int at = random.nextInt(bytes.length);
            String text = new String(bytes, ISO_8859_1);
            String odd = List.of("null", "-1", "1e999", "NaN", "99999999999", "\"", "{", "[", ",", "\n", "\u00ff", "\0",
                    "[[[[[[[[".repeat(random.nextInt(500)), "7", ".5", "\"\"", ",,,,,,,,").get(random.nextInt(17));
            int end = Math.min(text.length(), at + random.nextInt(12));
            bytes = switch (random.nextInt(5)) {
                case 0 -> {
                    bytes[at] ^= (byte) (1 << random.nextInt(8));
                    yield bytes;
                }
                case 1 -> Arrays.copyOf(bytes, random.nextInt(4) == 0 ? 0 : at);
                case 2 -> (text.substring(0, at) + odd + text.substring(end)).getBytes(ISO_8859_1);
                case 3 -> (text.substring(0, at) + text.substring(end)).getBytes(ISO_8859_1);
                default -> text.replaceFirst("(?<=[:,]) ?[-0-9.]+(?=[\\s\\S]{" + random.nextInt(bytes.length) + "})",
                        odd.replace("\\", "").replace("$", "")).getBytes(ISO_8859_1);
            };
        }
        return bytes;
    }

    @Test
    void mutantsOfTheConfigurationAreReadOrRefused() throws IOException {
        requireReadOrRefused("config.json", () -> CheckpointStore.readConfig(run));
    }

    @Test
    void mutantsOfTheStateAreReadOrRefused() throws IOException {
        requireReadOrRefused("state.json", () -> {
            try (var _ = TensorScope.open()) {
                assertEquals(8, new CheckpointStore(run).load().state().step());
            }
        });
    }

    @Test
    void mutantsOfTheMetricsAreReadOrRefused() throws IOException {
        requireReadOrRefused("metrics.csv", () -> {
            try (Metrics metrics = Metrics.open(run)) {
                metrics.rewindTo(8);
                int last = -1;
                for (Metrics.Row row : metrics.rows()) {
                    assertTrue(row.step() > last && row.step() <= 8);
                    last = row.step();
                }
            }
            assertTrue(Files.readString(run.resolve("metrics.csv"), ISO_8859_1).startsWith("step,"));
        });
    }

    // ---- harm with intent ------------------------------------------------------------------------------------------

    /** Each row: a command, a file, what is replaced in it (a regular expression) and by what, what the line says. */
    @ParameterizedTest
    @ValueSource(strings = {
        "generate | config.json | \"layers\" : 1 | \"layers\" : 1000000000 | 784,000,000,296 parameters, but 1,080 numbers",
        "resume | config.json | \"layers\" : 1 | \"layers\" : 1000000000 | numbers were saved; these files do not",
        "evaluate | config.json | \"channels\" : 8 | \"channels\" : 1000000000 | numbers were saved; these files do not",
        "resume | config.json | \"channels\" : 8 | \"channels\" : 1000000000 | numbers were saved; these files do not",
        "generate | config.json | (\"context\\w*\") : 8 | $1 : 1000000000 | numbers were saved; these files do not",
        "resume | config.json | \"batch\" : 2 | \"batch\" : 1000000000 | training takes about",
        "resume | config.json | \"batch\" : 2 | \"batch\" : 2.5 | config.json: is damaged",
        "resume | config.json | \"batch\" : 2 | \"batch\" : 2, \"batch\" : 3 | Duplicate field 'batch'",
        "resume | config.json | \"files\" : .* | \"files\" : [ null ], | an entry is null",
        "resume | config.json | \"files\" : .* | \"files\" : [ \"a\\\\u0000\" ], | config.json: is damaged",
        "resume | config.json | \"vocabulary\" : \"(.*)z\" | \"vocabulary\" : \"$1Z\" | unknown character 'z'",
        "generate | config.json | (?s).* | null | config.json: is damaged",
        "generate | config.json | \"characters\",? *\n | \"\\\\u001b[31m\",\n | tokenizer.kind is ?[31m, expected characters",
        "resume | state.json | (?s).* | null | state.json: is damaged",
        "resume | state.json | (?s)\"dropout\" : .*?\\} | \"dropout\" : null | a generator is null",
        "resume | state.json | \"step\" : 8 | \"step\" : -8 | must not be negative",
        "resume | state.json | \"elapsedSeconds\" : .* | \"elapsedSeconds\" : \"NaN\" | must be finite",
        "resume | metrics.csv | \n3, | \n93, | metrics.csv: line 5 is damaged, '93,",
        "resume | metrics.csv | \n3,[^,]* | \n3,Infinity | line 5 is damaged, '3,Infinity",
        "resume | metrics.csv | \n2, | \n1, | line 4 is damaged, '1,",
        "resume | metrics.csv | step, | date,step, | metrics.csv: line 1 is damaged, 'date,step,",
    })
    void isRefusedInOneLine(String row) throws IOException {
        String[] parts = row.split(" \\| ");
        Path file = run.resolve(parts[1]);
        String text = Files.readString(file);
        String damaged = text.replaceAll(parts[2], parts[3]);
        assertTrue(!damaged.equals(text), "nothing was replaced in " + text);
        Files.writeString(file, damaged);
        requireRefused(parts[0], parts[4]);
        assertEquals(damaged, Files.readString(file));
    }

    private void requireRefused(String command, String said) {
        String[] args = switch (command) {
            case "generate" -> new String[] {"generate", "--model", run.toString()};
            case "evaluate" ->
                    new String[] {"evaluate", "--model", run.toString(), "--text",
                        folder.resolve("text.txt").toString()};
            default -> new String[] {"train", "gpt", "--resume", run.toString(), "--steps", "9"};
        };
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            long heap = THREADS.getCurrentThreadAllocatedBytes();
            long peak = SlabAllocator.global().statistics().peakLiveBytes();
            JacobiRun result = JacobiRun.of(args);
            assertEquals(2, result.exitCode(), result.err());
            assertEquals(1, result.err().lines().count(), result.err());
            assertTrue(result.err().startsWith("jacobi: ") && result.err().contains(said), result.err());
            assertTrue(THREADS.getCurrentThreadAllocatedBytes() - heap < MEMORY);
            assertTrue(SlabAllocator.global().statistics().peakLiveBytes() - peak < MEMORY);
        });
    }

    @Test
    void whatIsNoFileIsRefusedAtOnce() throws IOException, InterruptedException {
        for (String name : List.of("config.json", "state.json", "model.safetensors", "metrics.csv")) {
            Path file = run.resolve(name);
            Files.delete(file);
            Assumptions.assumeTrue(succeeds("mkfifo", file.toString()), "there are no pipes here");
            requireRefused("resume", name.equals("state.json") ? "holds no checkpoint" : name + ": is ");
            Files.delete(file);
            Files.copy(base.resolve(name), file);
        }
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command).start();
            return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    @Test
    void hugeFilesAreNotReadIntoMemory() throws IOException {
        for (String name : List.of("config.json", "state.json", "metrics.csv")) {
            Path file = run.resolve(name);
            try (RandomAccessFile huge = new RandomAccessFile(file.toFile(), "rw")) {
                if (name.equals("metrics.csv")) {
                    huge.setLength(0); // one line of zeros: no header
                }
                huge.setLength(3L << 30);
            }
            requireRefused("resume", name + ": " + (name.equals("metrics.csv") ? "line 1 is damaged" : "is damaged"));
            Files.copy(base.resolve(name), file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    @Test
    void extremeNumbersAreDrawn() throws IOException {
        for (double value : new double[] {Double.MAX_VALUE, -Double.MAX_VALUE, Double.MIN_VALUE, 0, 1e300, -1e-300}) {
            List<Metrics.Row> rows = List.of(new Metrics.Row(0, 1, value, 1, 1, 1, 1),
                    new Metrics.Row(1, value, 1, 1, 1, 1, 1),
                    new Metrics.Row(Integer.MAX_VALUE, 2, 2, 1, 1, 1, 1));
            assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
                try {
                    LossChart.draw(run, rows);
                } catch (RuntimeException | LinkageError | InternalError _) {
                    // what makes training go on without a picture
                }
            });
        }
    }

    @Test
    void aCheckpointThatHasNotReachedItsPlaceCanBeUsed() throws IOException {
        Path moving = Files.createDirectory(run.resolve("checkpoint.new"));
        for (String name : List.of("config.json", "model.safetensors", "optimizer.safetensors", "state.json")) {
            Files.move(run.resolve(name), moving.resolve(name));
        }
        assertEquals(0, JacobiRun.of("generate", "--model", run.toString(), "--tokens", "1").exitCode());
        assertEquals(4, files(moving).size()); // a training that is at work here moves them itself
        assertEquals(0, JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "9").exitCode());
        assertTrue(Files.notExists(moving));
    }
}
