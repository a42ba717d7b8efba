package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import org.jacobi.app.Main;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code jacobi train gpt}, stopped and resumed in a new JVM, gives to the bit what a run gives that was never stopped:
 * however it was stopped, interpreted or compiled, on one thread or two.
 */
class ResumeTest {
    private static final int STEPS = 60;
    /** A constant learning rate, for which a run of fewer steps is the beginning of a longer one. */
    private static final List<String> SETTINGS =
            List.of("--set", "layers=2", "heads=2", "channels=16", "context=12", "batch=3",
                    "dropout=0.1", "lr=0.002", "minLr=0.002", "warmup=0", "evalInterval=20", "evalBatches=1");

    @TempDir
    private static Path temp;
    private static Path text;
    private static Path straight;

    @BeforeAll
    static void trainStraightThrough() throws IOException, InterruptedException {
        text = temp.resolve("text.txt");
        StringBuilder words = new StringBuilder();
        SplittableRandom random = new SplittableRandom(1);
        String[] vocabulary =
                {"the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog,", "while", "engines", "learn."};
        for (int i = 0; i < 400; i++) {
            words.append(vocabulary[random.nextInt(vocabulary.length)]).append(i % 9 == 8 ? '\n' : ' ');
        }
        Files.writeString(text, words);
        straight = temp.resolve("straight");
        train(List.of(), straight, STEPS).result().succeeded();
    }

    /** Begins a run. */
    private static ChildJvm train(List<String> flags, Path out, int steps, String... further) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("train", "gpt", "--text", text.toString(), "--out", out.toString(),
                        "--steps", Integer.toString(steps)));
        arguments.addAll(Arrays.asList(further));
        arguments.addAll(SETTINGS);
        return ChildJvm.start(flags, Main.class.getName(), arguments.toArray(String[]::new));
    }

    private static ChildJvm resume(List<String> flags, Path folder, int steps) throws IOException {
        return ChildJvm.start(flags, Main.class.getName(), "train", "gpt", "--resume", folder.toString(), "--steps",
                Integer.toString(steps));
    }

    /** Waits until the metrics tell of a step. */
    private static void awaitStep(ChildJvm child, Path folder, int step) throws IOException, InterruptedException {
        Path metrics = folder.resolve("metrics.csv");
        while (!Files.exists(metrics)
                || Files.readAllLines(metrics).stream().noneMatch(line -> line.startsWith(step + ","))) {
            if (!child.process().isAlive()) {
                fail("the run ended before step " + step + ": " + child.result());
            }
            Thread.sleep(2);
        }
    }

    private static void assertSameRun(Path expected, Path actual) throws IOException {
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            assertEquals(-1, Files.mismatch(expected.resolve(file), actual.resolve(file)), file + " differs");
        }
        assertEquals(losses(expected), losses(actual));
    }

    /** Returns what the metrics say of each step's training: without validation and times. */
    private static List<String> losses(Path folder) throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve("metrics.csv"));
        assertEquals("step,train_loss,val_loss,lr,grad_norm,tokens_per_s,elapsed_s", lines.getFirst());
        return lines.stream().map(line -> line.split(",", -1))
                .map(fields -> String.join(",", fields[0], fields[1], fields[3], fields[4])).toList();
    }

    @Test
    void aRunInTwoPartsIsTheRunInOne() throws IOException, InterruptedException {
        Path folder = temp.resolve("parts");
        train(List.of(), folder, 27).result().succeeded();
        resume(List.of(), folder, STEPS).result().succeeded();
        assertSameRun(straight, folder);
    }

    @Test
    void aRunStoppedByCtrlCGoesOnAsIfNothingHadHappened() throws IOException, InterruptedException {
        Path folder = temp.resolve("interrupted");
        trainUntilCtrlC(List.of(), folder, 5);
        resume(List.of(), folder, STEPS).result().succeeded();
        assertSameRun(straight, folder);
    }

    @Test
    void interpretedCodeGivesTheSameBits() throws IOException, InterruptedException {
        Path folder = temp.resolve("interpreted");
        trainUntilCtrlC(List.of("-Xint"), folder, 2);
        resume(List.of(), folder, STEPS).result().succeeded();
        assertSameRun(straight, folder);
    }

    private static void trainUntilCtrlC(List<String> flags, Path folder, int step)
            throws IOException, InterruptedException {
        Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"),
                "no Ctrl-C can be sent on Windows");
        ChildJvm child = train(flags, folder, STEPS);
        awaitStep(child, folder, step);
        new ProcessBuilder("kill", "-INT", Long.toString(child.process().pid())).start().waitFor();
        ChildJvm.Result stopped = child.result();
        assertEquals(130, stopped.exitCode(), stopped::toString);
        assertTrue((stopped.out() + stopped.err()).contains("--resume " + folder), stopped::toString);
        int done = losses(folder).size() - 2;
        assertTrue(done >= step && done < STEPS, () -> "stopped after step " + done);
    }

    @Test
    void aKilledRunGoesOnFromItsLastCheckpoint() throws IOException, InterruptedException {
        Path folder = temp.resolve("killed");
        ChildJvm child = train(List.of(), folder, STEPS);
        awaitStep(child, folder, 23);
        child.process().destroyForcibly();
        child.result();
        resume(List.of(), folder, STEPS).result().succeeded();
        assertSameRun(straight, folder);
    }

    @Test
    void oneThreadAndTwoGiveTheSameBits() throws IOException, InterruptedException {
        // Large enough for every kernel to be cut up.
        String[] sizes = {"--set", "channels=96", "context=64", "batch=16", "--threads"};
        Path one = temp.resolve("one");
        Path two = temp.resolve("two");
        ChildJvm first = train(List.of(), one, 5, append(sizes, "1"));
        ChildJvm second = train(List.of(), two, 5, append(sizes, "2"));
        first.result().succeeded();
        second.result().succeeded();
        assertSameRun(one, two);
    }

    private static String[] append(String[] words, String last) {
        String[] more = Arrays.copyOf(words, words.length + 1);
        more[words.length] = last;
        return more;
    }
}
