package org.jacobi.app;

import static org.jacobi.app.Called.number;
import static org.jacobi.app.Called.refused;
import static org.jacobi.app.Called.run;
import static org.jacobi.app.Called.stopped;
import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recurrent language models by command. */
class TrainLstmTest {
    @TempDir
    Path folder;

    Path text() throws IOException {
        return Files.writeString(folder.resolve("text.txt"),
                "the quick brown fox jumps over the lazy dog\n".repeat(100));
    }

    @Test
    void learnsMoreThanPairs() throws IOException {
        Path model = folder.resolve("run");
        JacobiRun trained = succeeding("train", "lstm", "--text", text(), "--width", 32, "--layers", 1, "--context", 16,
                "--batch", 8, "--lr", 0.02, "--epochs", 6, "--out", model);
        assertTrue(number(trained, "loss") < 0.5 * number(trained, "bigram_loss"), trained.out());
        Path other = Files.writeString(folder.resolve("other.txt"), "the lazy dog jumps over the quick brown fox\n");
        JacobiRun measured = succeeding("evaluate", "--model", model, "--text", other);
        assertTrue(number(measured, "loss") > 0, measured.out());
        Path prompt = Files.writeString(folder.resolve("prompt.txt"), "the quick br");
        String told = succeeding("predict", "--model", model, prompt).out();
        assertTrue(told.startsWith("the quick brown fox"), told);
        String written = succeeding("generate", "--model", model, "--prompt", "the laz", "--tokens", 5).out();
        assertEquals(13, written.length(), written);
        assertEquals(written, succeeding("generate", "--model", model, "--prompt", "the laz", "--tokens", 5).out());
        refused(run("evaluate", "--model", model, "--data", other), "--text");
        refused(run("predict", "--model", model, Files.writeString(folder.resolve("z.txt"), "Été")), "z.txt",
                "unknown character");
        refused(run("train", "lstm", "--data", Files.writeString(folder.resolve("s.txt"), "short"), "--out",
                folder.resolve("x")), "s.txt", "context");
        Path empty = Files.writeString(folder.resolve("e.txt"), "");
        refused(run("train", "lstm", "--data", empty, "--out", folder.resolve("x")),
                "--data: " + empty + ": the file is empty");
        refused(run("evaluate", "--model", model, "--text", empty), "--text " + empty + ": the file is empty");
        refused(run("predict", "--model", model, empty), empty + ": the file is empty");
        refused(run("evaluate", "--model", model, "--text", folder.resolve("z.txt")), "unknown character", "byte");
    }

    @Test
    void bytesAreTokensToo() throws IOException {
        Path text = Files.writeString(folder.resolve("b.txt"), "à la carte, s'il vous plaît. ".repeat(40));
        Path model = folder.resolve("run");
        succeeding("train", "lstm", "--tokenizer", "byte", "--data", text, "--width", 8, "--epochs", 1, "--context", 8,
                "--batch", 4, "--out", model);
        succeeding("evaluate", "--model", model, "--text", Files.writeString(folder.resolve("c.txt"), "日本語"));
    }

    @Test
    void aRunThatIsGoneOnWithEndsWithTheSameBits() throws IOException {
        Path whole = folder.resolve("whole");
        Path cut = folder.resolve("cut");
        Object[] recipe = {"--data", text(), "--width", 8, "--context", 16, "--batch", 4, "--epochs", 2, "--out"};
        List<Object> all = new ArrayList<>(List.of("train", "lstm"));
        all.addAll(List.of(recipe));
        all.add(whole);
        succeeding(all.toArray());

        List<Object> first = new ArrayList<>(List.of(recipe));
        first.add(cut);
        stopped(TrainLstmCommand::new, first.toArray());
        stopped(TrainLstmCommand::new, "--resume", cut);
        succeeding("train", "lstm", "--resume", cut, "--threads", 1);
        for (String file : List.of("last/model.safetensors", "last/optimizer.safetensors", "best/model.safetensors")) {
            assertEquals(-1, Files.mismatch(whole.resolve(file), cut.resolve(file)), file);
        }
    }

    @Test
    void streamsGiveEveryTokenOnce() {
        try (var _ = TensorScope.open()) {
            for (int length = 2; length < 40; length++) {
                long[] tokens = new long[length];
                for (int i = 0; i < length; i++) {
                    tokens[i] = i;
                }
                int[] seen = new int[length];
                long counted = 0;
                for (TextStreams.Stretch stretch : new TextStreams(tokens, 4, 3, 0)) {
                    long[] inputs = stretch.inputs().toLongArray();
                    long[] targets = stretch.targets().toLongArray();
                    for (int i = 0; i < targets.length; i++) {
                        if (targets[i] >= 0) {
                            assertEquals(inputs[i] + 1, targets[i]);
                            seen[(int) targets[i]]++;
                        }
                    }
                    counted += stretch.counted();
                }
                assertEquals(length - 1, counted);
                for (int i = 1; i < length; i++) {
                    assertEquals(1, seen[i]);
                }
            }
        }
    }
}
