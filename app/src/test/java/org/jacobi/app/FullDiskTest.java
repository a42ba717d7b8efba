package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.jacobi.tensor.io.SafetensorsException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk that fills up, a folder that cannot be written any more, or is gone: what was saved stays whole, a line says
 * what happened and what to do, and after that is mended the run goes on to the same bits.
 *
 * <p>The disk is a real one of a megabyte, in memory, where the system allows to mount it. Where it does not, those
 * tests are skipped, and a limit on the size of files does for the rest.
 */
class FullDiskTest {
    private static final int PAGE = 4096;
    private static final Set<String> FILES =
            Set.of("config.json", "model.safetensors", "optimizer.safetensors", "state.json", "metrics.csv",
                    "loss.png");

    @TempDir
    Path folder;

    /** A small disk; bytes can be left free on it. */
    private record Disk(Path root) implements AutoCloseable {
        static Disk mount(Path at) throws IOException, InterruptedException {
            Files.createDirectory(at);
            Assumptions.assumeTrue(
                    succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", at.toString()),
                    "no disk can be mounted here; it takes Linux and root");
            return new Disk(at);
        }

        private Path filler() {
            return root.resolve("filler");
        }

        /** Fills the disk up to so many bytes. */
        void leave(long free) throws IOException {
            clear();
            byte[] page = new byte[PAGE];
            try (OutputStream out = Files.newOutputStream(filler())) {
                while (true) {
                    out.write(page);
                }
            } catch (IOException _) {
                // full
            }
            try (FileChannel channel = FileChannel.open(filler(), StandardOpenOption.WRITE)) {
                channel.truncate(channel.size() - free);
            }
            assertEquals(free, Files.getFileStore(root).getUsableSpace());
        }

        void clear() throws IOException {
            Files.deleteIfExists(filler());
        }

        @Override
        public void close() throws IOException {
            assertTrue(succeeds("umount", root.toString()), "the disk stays mounted at " + root);
        }
    }

    private static boolean succeeds(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException _) {
            return false; // there is no such program
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    // ---- files -----------------------------------------------------------------------------------------------------

    @Test
    void aFullDiskKeepsTheOldFile() throws IOException, InterruptedException {
        try (Disk disk = Disk.mount(folder.resolve("disk")); var _ = TensorScope.open()) {
            Path file = disk.root().resolve("model.safetensors");
            Safetensors.save(file, Map.of("x", Tensor.full(1, DType.F32, 50_000)), Map.of());
            byte[] before = Files.readAllBytes(file);
            int needed = before.length;
            for (int free = 0; free < needed; free += 10 * PAGE) {
                disk.leave(free);
                String message = assertThrows(SafetensorsException.class,
                        () -> Safetensors.save(file, Map.of("x", Tensor.full(2, DType.F32, 50_000)), Map.of()))
                        .getMessage();
                assertTrue(message.startsWith(file + ": cannot be written: ") && message.contains("it takes " + needed
                        + " bytes, and " + free + " are free there; make room"), message);
                assertEquals(Set.of("model.safetensors", "filler"), names(disk.root()));
                assertEquals(-1, Files.mismatch(file, Files.write(folder.resolve("before"), before)));
            }
            disk.leave(Math.ceilDiv(needed, PAGE) * PAGE);
            Safetensors.save(file, Map.of("x", Tensor.full(2, DType.F32, 50_000)), Map.of());
            assertEquals(2, Safetensors.load(file).get("x").amin().item());
        }
    }

    // ---- training --------------------------------------------------------------------------------------------------

    @Test
    void aTrainingOnAFullDiskCanBeContinued() throws IOException, InterruptedException {
        Path base = trained("evalInterval=20");
        Path straight = straight(base);
        Set<String> failed = new TreeSet<>();
        try (Disk disk = Disk.mount(folder.resolve("disk"))) {
            boolean unhurt = false;
            for (int pages = 0; !unhurt; pages++) {
                disk.clear();
                Path run = copy(base, disk.root().resolve("run" + pages));
                disk.leave((long) pages * PAGE);
                JacobiRun hurt = resume(run);
                if (hurt.exitCode() == 0) {
                    unhurt = !hurt.err().contains("is not brought up to date");
                    if (!unhurt) {
                        failed.add(LossChart.FILE);
                    }
                } else {
                    requireStopped(hurt, "jacobi train gpt --resume " + run);
                    FILES.stream().filter(name -> said(hurt).split(": ")[2].endsWith(name)).forEach(failed::add);
                    assertTrue(FILES.containsAll(names(run)), names(run).toString());
                    int step = new CheckpointStore(run).load().state().step();
                    assertTrue(step >= 40 && step < 120, "step " + step);
                    disk.clear();
                    JacobiRun continued = resume(run);
                    assertEquals(0, continued.exitCode(), continued.err());
                }
                requireSame(straight, run);
                deleteAll(run);
            }
        }
        assertTrue(failed.containsAll(Set.of("config.json", "model.safetensors", "optimizer.safetensors")),
                failed.toString());
        assertTrue(failed.contains(LossChart.FILE) || Files.notExists(base.resolve(LossChart.FILE)), failed.toString());
    }

    @Test
    void metricsOnAFullDiskAreContinued() throws IOException, InterruptedException {
        // Nothing is saved on the way, so that the metrics are what fills the last page.
        Path base = trained("evalInterval=1000");
        Path straight = straight(base);
        try (Disk disk = Disk.mount(folder.resolve("disk"))) {
            Path run = copy(base, disk.root().resolve("run"));
            disk.leave(0);
            JacobiRun hurt = resume(run);
            requireStopped(hurt, "jacobi train gpt --resume " + run);
            assertTrue(said(hurt).contains(Metrics.FILE), said(hurt));
            assertEquals(0, Files.size(run.resolve(Metrics.FILE)) % PAGE);
            disk.clear();
            assertEquals(0, resume(run).exitCode());
            requireSame(straight, run);
        }
    }

    @Test
    void aLimitOnTheSizeOfFilesIsTold() throws IOException, InterruptedException {
        Path run = trained("evalInterval=20");
        Path straight = straight(run);
        Assumptions.assumeTrue(succeeds("sh", "-c", "ulimit -f 8"), "files cannot be limited here");
        Process limited = new ProcessBuilder("sh", "-c", "ulimit -f 8; exec \"$@\"", "sh",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:-UsePerfData",
                "--enable-native-access=ALL-UNNAMED", "-cp", System.getProperty("java.class.path"),
                Main.class.getName(), "train", "gpt", "--resume", run.toString(), "--steps", "120")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.PIPE).start();
        String said = new String(limited.getErrorStream().readAllBytes());
        assertTrue(limited.waitFor(60, TimeUnit.SECONDS), said);
        requireStopped(new JacobiRun(limited.exitValue(), "", said), "jacobi train gpt --resume " + run);
        assertEquals(FILES, names(run));
        assertEquals(0, resume(run).exitCode());
        requireSame(straight, run);
    }

    @Test
    void aFolderThatIsRemovedMeanwhileIsTold() throws Exception {
        Path run = folder.resolve("run");
        // At once: removed file by file, its checkpoint would still be there for a failure in between.
        JacobiRun hurt = hurtMeanwhile(run, () -> Files.move(run, folder.resolve("away")));
        requireStopped(hurt, "There is no checkpoint in " + run + "; remove it, and begin again");
        assertFalse(Files.exists(run));
    }

    @Test
    void aFolderThatCannotBeWrittenAnyMoreIsTold() throws Exception {
        Path run = folder.resolve("run");
        // Root may write where permissions forbid it, but not where the file system does.
        Path probe = Files.createDirectory(folder.resolve("probe"));
        boolean root = succeeds("chmod", "a-w", probe.toString()) && Files.isWritable(probe);
        Assumptions.assumeTrue(!root || succeeds("chattr", "+i", probe.toString()),
                "root can write everywhere, and chattr does not work here");
        if (root) {
            succeeds("chattr", "-i", probe.toString());
        }
        String[] forbid = root ? new String[] {"chattr", "+i"} : new String[] {"chmod", "a-w"};
        String[] allow = root ? new String[] {"chattr", "-i"} : new String[] {"chmod", "u+w"};
        try {
            JacobiRun hurt = hurtMeanwhile(run, () -> assertTrue(succeeds(forbid[0], forbid[1], run.toString())));
            requireStopped(hurt, "jacobi train gpt --resume " + run);
        } finally {
            succeeds(allow[0], allow[1], run.toString());
        }
        int step = new CheckpointStore(run).load().state().step();
        JacobiRun continued = JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps",
                Integer.toString(step + 10));
        assertEquals(0, continued.exitCode(), continued.err());
        assertEquals(FILES, names(run));
    }

    private interface Harm {
        void come() throws IOException;
    }

    /** Trains, and once it has saved a few times, lets harm come to the folder. */
    private JacobiRun hurtMeanwhile(Path run, Harm harm) throws Exception {
        Path text = JacobiRun.text(folder);
        var training = CompletableFuture
                .supplyAsync(() -> JacobiRun.train(text, run, "--steps", "1000000", "--set", "evalInterval=50"));
        Path metrics = run.resolve(Metrics.FILE);
        while (!training.isDone() && (Files.notExists(metrics) || Files.size(metrics) < 20_000)) {
            Thread.sleep(2);
        }
        for (int tries = 1;; tries++) {
            try {
                harm.come();
                break;
            } catch (IOException e) { // the training made a file meanwhile
                assertTrue(tries < 1000, e.toString());
            }
        }
        return training.get(60, TimeUnit.SECONDS);
    }

    private Path trained(String setting) throws IOException {
        Path run = folder.resolve("trained");
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), run, "--steps", "40", "--set", setting).exitCode());
        return run;
    }

    /** Returns a copy of a run that was trained on without a fault. */
    private Path straight(Path run) throws IOException {
        Path straight = copy(run, folder.resolve("straight"));
        assertEquals(0, resume(straight).exitCode());
        return straight;
    }

    // ---- helpers ---------------------------------------------------------------------------------------------------

    private static JacobiRun resume(Path run) {
        return JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "120");
    }

    private static void requireStopped(JacobiRun run, String advice) {
        assertEquals(1, run.exitCode(), run.err());
        assertTrue(said(run).startsWith("jacobi: training stopped: "), run.err());
        assertTrue(said(run).contains(advice), run.err());
    }

    /** Returns the one line that tells of the failure. */
    private static String said(JacobiRun run) {
        List<String> lines = run.err().lines().filter(line -> line.startsWith("jacobi: training")).toList();
        assertEquals(1, lines.size(), run.err());
        assertTrue(run.err().strip().endsWith(lines.getFirst()), run.err());
        return lines.getFirst();
    }

    private static void requireSame(Path straight, Path run) throws IOException {
        for (String name : List.of("model.safetensors", "optimizer.safetensors", "config.json")) {
            assertEquals(-1, Files.mismatch(straight.resolve(name), run.resolve(name)), name);
        }
        assertEquals(losses(straight), losses(run));
        assertEquals(FILES, names(run));
    }

    private static List<String> losses(Path run) throws IOException {
        return Files.readAllLines(run.resolve(Metrics.FILE)).stream()
                .map(line -> String.join(",", List.of(line.split(",", -1)).subList(0, 5))).toList();
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static Path copy(Path from, Path to) throws IOException {
        Files.createDirectory(to);
        for (String name : names(from)) {
            Files.copy(from.resolve(name), to.resolve(name));
        }
        return to;
    }

    private static void deleteAll(Path folder) throws IOException {
        List<Path> paths;
        try (Stream<Path> all = Files.walk(folder)) {
            paths = new ArrayList<>(all.toList());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        for (Path path : paths.reversed()) {
            Files.deleteIfExists(path);
        }
    }
}
