package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that save all the time, killed (SIGKILL) at random moments of a save: nothing is lost that was reported
 * saved, and nothing is found half.
 *
 * <p>Half of the kills come at a random time after the save began, the other half at a random time after one of its
 * operations, so that short phases are met too. In which phase a kill fell is read off what the dead left.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "its processes cannot be killed as abruptly")
class KilledSaveTest {
    private static final int CHECKPOINT_KILLS = 200;
    private static final int FILE_KILLS = 40;
    /** Two at a time. */
    private static final int WORKERS = 2;
    /** Elements of a tensor; the tensors of a checkpoint take some milliseconds to write. */
    private static final int ELEMENTS = 400_000;

    private static final int SIGKILLED = 128 + 9;

    @TempDir
    Path folder;

    // ---- what is killed --------------------------------------------------------------------------------------------

    /** Saves steps for ever, and tells of every beginning, operation and end. */
    static final class Saver {
        public static void main(String[] args) throws IOException {
            Path target = Path.of(args[1]);
            for (int step = Integer.parseInt(args[2]);; step++) {
                try (var _ = TensorScope.open()) {
                    Map<String, Tensor> first = tensors(step);
                    Map<String, Tensor> second = tensors(step);
                    tell("begin " + step);
                    if (args[0].equals("checkpoint")) {
                        new CheckpointStore(target, KilledSaveTest.Saver::tell)
                                .save(CheckpointStoreTest.checkpoint(step, first, second));
                    } else {
                        Safetensors.save(target, first, Map.of("step", Integer.toString(step)));
                    }
                    tell("done " + step);
                }
            }
        }

        private static void tell(String line) {
            System.out.println(line);
            System.out.flush();
        }

        private static Map<String, Tensor> tensors(int step) {
            return Map.of("a", Tensor.full(step, DType.F32, ELEMENTS), "b",
                    Tensor.full(step, DType.F32, 2, ELEMENTS / 2).t());
        }
    }

    /** What a killed process had told. */
    private record Killed(int begun, int done) {
    }

    private static Killed killOne(String kind, Path target, int firstStep, SplittableRandom random)
            throws IOException, InterruptedException {
        Path err = Files.createTempFile("jacobi-test", ".err");
        Process process = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xmx64m", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), Saver.class.getName(), kind, target.toString(),
                Integer.toString(firstStep)).redirectError(err.toFile()).start();
        int begun = 0;
        int done = firstStep - 1;
        try (BufferedReader told = process.inputReader()) {
            int savesBefore = random.nextInt(4);
            // The first save of a process is slow, as its code is read and interpreted.
            long delay = (long) (random.nextDouble() * (savesBefore == 0 ? 60e6 : 25e6));
            int operationsBefore = kind.equals("checkpoint") && random.nextBoolean() ? 1 + random.nextInt(11) : 0;
            if (operationsBefore > 0) {
                delay = (long) (random.nextDouble() * 1e6);
            }
            boolean alive = true;
            for (String line = told.readLine(); line != null; line = told.readLine()) {
                if (line.startsWith("begin ")) {
                    begun = Integer.parseInt(line.substring(6));
                } else if (line.startsWith("done ")) {
                    done = Integer.parseInt(line.substring(5));
                } else if (begun - firstStep == savesBefore) {
                    operationsBefore--;
                }
                if (alive && begun - firstStep == savesBefore && operationsBefore == 0) {
                    alive = false;
                    pause(delay);
                    process.toHandle().destroyForcibly(); // as Process does it, but what it has told can be read
                }
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        assertEquals(SIGKILLED, process.exitValue(), () -> "the process ended by itself; see " + text(err));
        Files.delete(err);
        return new Killed(begun, done);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void pause(long nanos) {
        long until = System.nanoTime() + nanos;
        while (System.nanoTime() < until) {
            Thread.onSpinWait();
        }
    }

    // ---- checkpoints -----------------------------------------------------------------------------------------------

    @Test
    void noKillLosesACheckpoint() throws Exception {
        Map<String, Integer> phases = onTwoWorkers("checkpoint", CHECKPOINT_KILLS, (worker, kills, random) -> {
            List<String> met = new ArrayList<>();
            Path run = Files.createDirectory(folder.resolve("run" + worker));
            int step = 0;
            for (int kill = 0; kill < kills; kill++) {
                Killed killed = killOne("checkpoint", run, step + 1, random);
                String left = phase(run);
                // Whoever comes next is now a reader, now another writer that meets what the dead one left.
                Path read = run;
                if (random.nextBoolean()) {
                    read = folder.resolve("copy" + worker + "-" + kill);
                    copy(run, read);
                }
                if (step == 0 && killed.done() == 0 && !new CheckpointStore(read).exists()) {
                    met.add("before the first");
                    continue;
                }
                int found = CheckpointStoreTest.requireWhole(read);
                assertTrue(found >= killed.done() && found <= killed.begun() && found >= step,
                        "found step " + found + " after " + step + ", " + killed + ", " + left);
                met.add(killed.begun() == killed.done() ? "between saves" : left);
                if (read != run) {
                    delete(read);
                }
                step = found;
            }
            return met;
        });
        int inside = CHECKPOINT_KILLS - phases.getOrDefault("between saves", 0);
        assertTrue(inside >= CHECKPOINT_KILLS * 3 / 4, "too few kills inside a save: " + phases);
        int writing = phases.getOrDefault("writing", 0);
        int moving = phases.getOrDefault("committed", 0) + phases.getOrDefault("moving", 0)
                + phases.getOrDefault("moved", 0);
        assertTrue(writing >= CHECKPOINT_KILLS / 8 && moving >= CHECKPOINT_KILLS / 16,
                "some phases were hardly met: " + phases);
    }

    /** Returns how far a save had come that left a folder so. */
    private static String phase(Path run) throws IOException {
        Path committed = run.resolve("checkpoint.new");
        Path unfinished = run.resolve("checkpoint.tmp");
        if (Files.exists(committed)) {
            int files = names(committed).size();
            return files == 4 ? "committed" : files > 0 ? "moving" : "moved";
        }
        return Files.exists(unfinished) ? names(unfinished).contains("state.json") ? "written" : "writing"
                : "at its beginning or end";
    }

    // ---- files -----------------------------------------------------------------------------------------------------

    @Test
    void noKillHarmsAFileThatIsReplaced() throws Exception {
        Map<String, Integer> phases = onTwoWorkers("file", FILE_KILLS, (worker, kills, random) -> {
            List<String> met = new ArrayList<>();
            Path models = Files.createDirectory(folder.resolve("models" + worker));
            Path file = models.resolve("model.safetensors");
            int step = 0;
            for (int kill = 0; kill < kills; kill++) {
                Killed killed = killOne("file", file, step + 1, random);
                long temporary = withContent(models).size() - (Files.exists(file) ? 1 : 0);
                assertTrue(temporary <= 1, "temporary files pile up: " + withContent(models));
                if (step == 0 && killed.done() == 0 && Files.notExists(file)) {
                    met.add("before the first");
                    continue;
                }
                int found = stepOf(file);
                assertTrue(found >= killed.done() && found <= killed.begun() && found >= step,
                        "found step " + found + " after " + step + ", " + killed);
                met.add(killed.begun() == killed.done() ? "between saves" : temporary > 0 ? "writing" : "at its end");
                step = found;
            }
            Safetensors.save(file, Map.of("a", Tensor.scalar(-1)), Map.of("step", "-1"));
            assertEquals(List.of("model.safetensors"), withContent(models));
            return met;
        });
        assertTrue(phases.getOrDefault("writing", 0) >= FILE_KILLS / 8, "too few kills inside a save: " + phases);
    }

    /** Returns the files that take room: one without content is removed only after a minute. */
    private static List<String> withContent(Path folder) throws IOException {
        return names(folder).stream().filter(name -> folder.resolve(name).toFile().length() > 0).toList();
    }

    private static int stepOf(Path file) throws IOException {
        int step = Integer.parseInt(Safetensors.metadata(file).get("step"));
        try (var _ = TensorScope.open()) {
            Map<String, Tensor> tensors = Safetensors.load(file);
            assertEquals(2, tensors.size());
            tensors.values().forEach(tensor -> {
                assertEquals(step, tensor.amin().item());
                assertEquals(step, tensor.amax().item());
            });
        }
        return step;
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    private interface Work {
        /** Kills so many processes, and returns in which phase each of them was. */
        List<String> run(int worker, int kills, SplittableRandom random) throws IOException, InterruptedException;
    }

    private static Map<String, Integer> onTwoWorkers(String what, int kills, Work work)
            throws InterruptedException, ExecutionException {
        long seed = System.nanoTime();
        System.out.println("KilledSaveTest, " + what + ": seed " + seed);
        Map<String, Integer> phases = new TreeMap<>();
        try (ExecutorService workers = Executors.newFixedThreadPool(WORKERS)) {
            List<Future<List<String>>> results = new ArrayList<>();
            for (int worker = 0; worker < WORKERS; worker++) {
                int number = worker;
                results.add(workers
                        .submit(() -> work.run(number, kills / WORKERS, new SplittableRandom(seed + number))));
            }
            for (Future<List<String>> result : results) {
                result.get().forEach(phase -> phases.merge(phase, 1, Integer::sum));
            }
        }
        System.out.println("KilledSaveTest, " + what + ": killed " + phases);
        assertEquals(kills, phases.values().stream().mapToInt(Integer::intValue).sum());
        return phases;
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Files.copy(path, to.resolve(from.relativize(path).toString()));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.toList().reversed()) {
                Files.delete(path);
            }
        }
    }
}
