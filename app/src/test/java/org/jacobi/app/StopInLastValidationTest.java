package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;

import org.jacobi.layers.data.Batch;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

/** A signal that comes when nothing is left to be trained. */
class StopInLastValidationTest {
    private static final int EPOCHS = 2;

    @TempDir
    Path folder;

    /** A training that is asked to end, as by Ctrl-C, while its last epoch is validated. */
    static final class Trained {
        public static void main(String[] args) throws Exception {
            TabularRecipe recipe = new TabularRecipe("y", null, true, List.of(), List.of(4), 0);
            TrainSettings settings = new TrainSettings(args[0], EPOCHS, 8, 0.01, 1, 0, Precision.F32);
            try (var _ = TensorScope.open(); StopSignal stop = new StopSignal()) {
                Lesson<Batch> lesson = recipe.prepare(settings);
                int[] walks = {0};
                Iterable<Batch> validation = () -> {
                    if (++walks[0] == EPOCHS) {
                        interrupt(stop);
                    }
                    return lesson.validation().iterator();
                };
                CommandLine line = new CommandLine(new TrainTabularCommand(stop))
                        .setOut(new PrintWriter(System.out, true)).setErr(new PrintWriter(System.err, true));
                new TaskTraining<>(line.getCommandSpec(), stop, Path.of(args[1]),
                        new TaskConfig(Main.version(), lesson.task(), recipe, settings),
                        new Lesson<>(lesson.task(), lesson.training(), validation, slowly(lesson.heldOut()),
                                lesson.trainer()),
                        Device.CPU).run();
            }
        }

        /** Does what the JVM does when a signal comes. */
        private static void interrupt(StopSignal stop) {
            new Thread(() -> System.exit(StopSignal.INTERRUPTED)).start();
            while (!stop.requested()) {
                Thread.onSpinWait();
            }
        }

        /** A program that does not wait for the report has ended before the first batch. */
        private static Iterable<Batch> slowly(Iterable<Batch> batches) {
            return () -> {
                Iterator<Batch> all = batches.iterator();
                try {
                    Thread.sleep(500);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return all;
            };
        }
    }

    @Test
    void theReportIsWritten() throws Exception {
        Path data = Files.writeString(folder.resolve("d.csv"), "x,y\n" + "1,a\n2,b\n".repeat(40));
        Path run = Files.createDirectory(folder.resolve("run"));
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED", "-Djava.awt.headless=true", "-cp",
                System.getProperty("java.class.path"), Trained.class.getName(), data.toString(), run.toString())
                .redirectErrorStream(true).redirectOutput(out.toFile()).start();
        int exitCode = process.waitFor();
        String said = Files.readString(out);
        assertEquals(StopSignal.INTERRUPTED, exitCode, said);
        assertTrue(said.contains("\naccuracy "), said);
        assertTrue(said.contains("to train on: "), said);
        assertTrue(Files.exists(run.resolve("report.html")));
    }
}
