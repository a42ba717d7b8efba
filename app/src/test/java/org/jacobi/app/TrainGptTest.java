package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.imageio.ImageIO;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.io.Safetensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

class TrainGptTest {
    private static final Set<String> FILES =
            Set.of("config.json", "model.safetensors", "optimizer.safetensors", "state.json",
                    "metrics.csv", "loss.png");

    @TempDir
    Path folder;
    Path text;

    @BeforeEach
    void text() throws IOException {
        text = JacobiRun.text(folder);
    }

    @Test
    void leavesAWholeRunFolder() throws IOException {
        Path run = folder.resolve("deep/run");
        JacobiRun result = JacobiRun.train(text, run, "--steps", "9");
        assertEquals(0, result.exitCode(), result.err());
        for (String said : List.of("validation loss ", "unigram entropy ", "time: ",
                " ms a step in the median (p90 ", " tokens/s", "memory: ", " MiB of tensors at the peak, ",
                "pool hits ",
                "sample:", "run folder: " + run,
                "jacobi generate --model " + run, "jacobi train gpt --resume " + run)) {
            assertTrue(result.out().contains(said), result.out());
        }
        assertTrue(result.err().contains("step 9/9"), result.err());
        assertEquals(FILES, names(run));
        assertEquals(900, ImageIO.read(run.resolve("loss.png").toFile()).getWidth());
        List<String> metrics = Files.readAllLines(run.resolve("metrics.csv"));
        assertEquals("step,train_loss,val_loss,lr,grad_norm,tokens_per_s,elapsed_s", metrics.getFirst());
        assertEquals(11, metrics.size());
        for (int step = 0; step <= 9; step++) {
            String[] fields = metrics.get(step + 1).split(",", -1);
            assertEquals(Integer.toString(step), fields[0]);
            assertEquals(step == 0, fields[1].isEmpty());
            assertEquals(step % 4 == 0 || step == 9, !fields[2].isEmpty());
        }
        try (var _ = TensorScope.open()) {
            var tensors = Safetensors.load(run.resolve("model.safetensors"));
            assertTrue(tensors.containsKey("transformer.h.0.attn.c_attn.weight"), tensors.keySet().toString());
            assertEquals("9", Safetensors.metadata(run.resolve("model.safetensors")).get("step"));
        }
    }

    @Test
    void learns() {
        JacobiRun result = JacobiRun.train(text, folder.resolve("run"), "--steps", "150", "--set", "lr=0.01");
        String[] words = result.out().lines().findFirst().orElseThrow().split(" ");
        assertTrue(Double.parseDouble(words[2]) < 2.3, result.out());
    }

    @Test
    void readsSeveralTextsAsOne() throws IOException {
        Path first = Files.writeString(folder.resolve("a.txt"), "abc".repeat(100));
        Path second = Files.writeString(folder.resolve("b.txt"), "\u00e4\ud83d\ude00".repeat(100));
        JacobiRun result = JacobiRun.train(first, folder.resolve("run"), "--steps", "1", "--text", second.toString());
        assertEquals(0, result.exitCode(), result.err());
        RunConfig config = CheckpointStore.readConfig(folder.resolve("run"));
        assertEquals("abc\u00e4\ud83d\ude00", config.tokenizer().vocabulary());
        assertEquals(500, config.text().characters());
    }

    @Test
    void trainsOnBytesAndReadsWhatItNeverSaw() throws IOException {
        Path accented = Files.writeString(folder.resolve("accented.txt"), "\u00e4b\u4e2d\ud83d\ude00\n".repeat(60));
        Path run = folder.resolve("run");
        JacobiRun result = JacobiRun.train(accented, run, "--steps", "3", "--tokenizer", "byte");
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.err().contains("300 characters in 660 bytes"), result.err());
        assertTrue(result.out().matches("(?s)validation loss .* bits per byte, .* bits per character.* all 29 held.*"),
                result.out());
        RunConfig config = CheckpointStore.readConfig(run);
        assertEquals(new RunConfig.TokenizerConfig("bytes", ""), config.tokenizer());
        assertEquals(256, config.model().vocabSize());
        assertEquals(300, config.text().characters());
        // No character of the prompt was in the text; what comes out is whole characters, as bytes drawn at random give.
        JacobiRun written =
                JacobiRun.of("generate", "--model", run.toString(), "--prompt", "\u044f!", "--tokens", "50");
        assertEquals(0, written.exitCode(), written.err());
        assertTrue(written.out().startsWith("\u044f!"), written.out());
        JacobiRun resumed = JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "5");
        assertEquals(0, resumed.exitCode(), resumed.err());
        JacobiRun contradicted =
                JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "7", "--tokenizer", "char");
        assertEquals(2, contradicted.exitCode());
        assertTrue(contradicted.err().contains("--tokenizer char contradicts"), contradicted.err());
    }

    @Test
    void anUnknownTokenizerIsNamed() {
        JacobiRun result = JacobiRun.train(text, folder.resolve("run"), "--tokenizer", "bpe");
        assertEquals(2, result.exitCode());
        assertTrue(result.err().contains("--tokenizer bpe: there is no such tokenizer; known are char, byte"),
                result.err());
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void resumesToTheSameBits() throws IOException {
        String[] recipe = {"--steps", "12", "--set", "dropout=0.1"};
        Path whole = folder.resolve("whole");
        assertEquals(0, JacobiRun.train(text, whole, recipe).exitCode());

        Path stopped = folder.resolve("stopped");
        assertEquals(0, JacobiRun.train(text, stopped, recipe).exitCode());
        for (String name : names(stopped)) {
            Files.delete(stopped.resolve(name));
        }
        RunConfig config = CheckpointStore.readConfig(whole);
        Dataset data = Dataset.of(Files.readString(text), config.tokenizer().tokenizer());
        GptTraining training = new GptTraining(config, data, Device.CPU);
        try (Metrics metrics = Metrics.open(stopped); Progress progress = progress()) {
            metrics.rewindTo(0);
            assertFalse(new GptRun(stopped, training, metrics).train(progress, () -> training.step() == 6));
            // What a process writes that is killed before it has saved.
            metrics.add(new Metrics.Row(7, 1, Double.NaN, 1, 1, 1, 1));
        }
        Files.writeString(stopped.resolve("metrics.csv"), Files.readString(stopped.resolve("metrics.csv")) + "8,1.2");

        JacobiRun result = JacobiRun.of("train", "gpt", "--resume", stopped.toString());
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(FILES, names(stopped));
        for (String name : List.of("model.safetensors", "optimizer.safetensors", "config.json")) {
            assertArrayEquals(Files.readAllBytes(whole.resolve(name)), Files.readAllBytes(stopped.resolve(name)), name);
        }
        assertEquals(timeless(whole.resolve("state.json")), timeless(stopped.resolve("state.json")));
        assertEquals(columns(whole), columns(stopped));
    }

    @Test
    void resumesWithMoreStepsAndAMovedText() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(text, run, "--steps", "3").exitCode());
        Path moved = Files.move(text, folder.resolve("moved.txt"));
        JacobiRun lost = JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "5");
        assertTrue(lost.err().contains("there is no such file"), lost.err());
        JacobiRun found =
                JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "5", "--text", moved.toString());
        assertEquals(0, found.exitCode(), found.err());
        assertEquals(5, CheckpointStore.readConfig(run).training().steps());
        assertEquals(List.of(moved.toString()), CheckpointStore.readConfig(run).text().files());
        assertEquals(7, Files.readAllLines(run.resolve("metrics.csv")).size());
    }

    @Test
    void stopsAtALossThatIsNotANumber() throws IOException {
        Path run = folder.resolve("run");
        JacobiRun result = JacobiRun.train(text, run, "--steps", "50", "--set", "lr=1e30", "warmup=0");
        assertEquals(1, result.exitCode());
        String last = result.err().lines().reduce((_, b) -> b).orElseThrow();
        assertTrue(
                last.matches("jacobi: after step \\d+ .*; try a smaller lr. The checkpoint of step \\d+ in .* is kept"),
                last);
        assertTrue(names(run).containsAll(FILES));
    }

    @Test
    void stopsWhenAskedTo() throws IOException {
        Path run = folder.resolve("run");
        StopSignal stop = new StopSignal();
        stop.request();
        CommandLine command = new CommandLine(new TrainGptCommand(stop));
        List<String> args =
                Stream.concat(Stream.of("--text", text.toString(), "--out", run.toString()), JacobiRun.TINY.stream())
                        .toList();
        StringWriter err = new StringWriter();
        assertEquals(130, command.setErr(new PrintWriter(err)).execute(args.toArray(String[]::new)));
        stop.close();
        assertEquals(0, JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "2").exitCode());
        assertEquals(List.of("0", "1", "2"), columns(run).stream().skip(1).map(line -> line.split(",")[0]).toList());
        assertTrue(err.toString().contains("to continue: jacobi train gpt --resume " + run), err.toString());
        assertEquals(FILES, names(run));
    }

    @Test
    void twoProcessesCannotTrainInOneFolder() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(text, run, "--steps", "3").exitCode());
        try (Metrics _ = Metrics.open(run)) {
            JacobiRun second = JacobiRun.of("train", "gpt", "--resume", run.toString(), "--steps", "5");
            assertEquals(2, second.exitCode());
            assertTrue(second.err().contains("is in use"), second.err());
        }
    }

    private static Progress progress() {
        return new Progress(new PrintWriter(Writer.nullWriter()), false, 0, 1, 1);
    }

    private static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
        }
    }

    private static String timeless(Path state) throws IOException {
        return Files.readString(state).replaceAll("\"elapsedSeconds\".*", "");
    }

    /** The metrics without those that tell of time. */
    private static List<String> columns(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.csv")).stream()
                .map(line -> String.join(",", List.of(line.split(",", -1)).subList(0, 5))).toList();
    }
}
