package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.jacobi.autograd.NoGrad;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
    @TempDir
    Path folder;

    @Test
    void predictsEveryCharacterButTheFirstOnce() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), run, "--steps", "3").exitCode());
        for (String text : List.of("the quick brown", "the lazy dog jumps", "th", "fox", "over the", "over the ",
                "over the dog \n the q", "lazy dog over")) {
            Path file = Files.writeString(folder.resolve("part.txt"), text);
            SavedModel saved = SavedModel.load(run, Device.CPU);
            double loss = direct(saved.model(), saved.tokenizer().encode(text));
            JacobiRun result = JacobiRun.of("evaluate", "--model", run.toString(), "--text", file.toString());
            assertEquals(0, result.exitCode(), result.err());
            assertEquals(text.length(), value(result, "characters"));
            assertEquals(loss, value(result, "loss"), 2e-6);
            assertEquals(Math.exp(loss), value(result, "perplexity"), 1e-4);
            assertEquals(loss / Math.log(2), value(result, "bits_per_character"), 4e-6);
        }
    }

    /** For a model of bytes, all bytes but those of the first character are predicted, and shared out among the others. */
    @Test
    void bitsOfBytesAreSharedOutAmongCharacters() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), run, "--steps", "3", "--tokenizer", "byte").exitCode());
        SavedModel saved = SavedModel.load(run, Device.CPU);
        for (String text : List.of("the quick brown fox", "\u4e2da", "\ud83d\ude00\u00e9",
                "\u00e9\u4e2d\ud83d\ude00".repeat(30),
                "a\u00e9".repeat(2000))) {
            Path file = Files.writeString(folder.resolve("part.txt"), text);
            long[] tokens = saved.tokenizer().encode(text);
            int lead = saved.tokenizer().encode(text.substring(0, text.offsetByCodePoints(0, 1))).length;
            int characters = text.codePointCount(0, text.length());
            double loss = direct(saved.model(), tokens, lead);
            JacobiRun result = JacobiRun.of("evaluate", "--model", run.toString(), "--text", file.toString());
            assertEquals(0, result.exitCode(), result.err());
            assertEquals(characters, value(result, "characters"));
            assertEquals(tokens.length, value(result, "bytes"));
            assertEquals(loss, value(result, "loss"), 1e-5);
            assertEquals(loss / Math.log(2), value(result, "bits_per_byte"), 2e-5);
            assertEquals(loss / Math.log(2) * (tokens.length - lead) / (characters - 1),
                    value(result, "bits_per_character"), 4e-5);
            assertTrue(result.err().startsWith("time: ") && result.err().contains("a forward pass"), result.err());
        }
        Path single = Files.writeString(folder.resolve("single.txt"), "\u4e2d");
        JacobiRun result = JacobiRun.of("evaluate", "--model", run.toString(), "--text", single.toString());
        assertEquals(2, result.exitCode());
        assertTrue(result.err().contains("has one character"), result.err());
    }

    @Test
    void doesNotDependOnHowManyWindowsGoTogether() throws IOException {
        Path run = folder.resolve("run");
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), run, "--steps", "3").exitCode());
        // More windows of 8 than go through the model at once.
        String text = "the quick brown fox jumps over the lazy dog\n".repeat(200);
        SavedModel saved = SavedModel.load(run, Device.CPU);
        Evaluation evaluation = Evaluation.of(saved.model(), 8, Dataset.of(text, saved.tokenizer()).all());
        assertEquals(text.length() - 1, evaluation.tokens());
        assertEquals(direct(saved.model(), saved.tokenizer().encode(text)), evaluation.loss(), 1e-5);
        assertTrue(!saved.model().isTraining());
    }

    /** The definition, with a context of 8, token after token: when the context is full, its last 4 are read again. */
    private static double direct(GPT model, long[] tokens) {
        return direct(model, tokens, 1);
    }

    private static double direct(GPT model, long[] tokens, int first) {
        double sum = 0;
        int start = 0;
        try (var _ = NoGrad.open()) {
            for (int t = 1; t < tokens.length; t++) {
                start = t - start > 8 ? start + 4 : start;
                if (t < first) {
                    continue;
                }
                try (var _ = TensorScope.open()) {
                    long[] before = Arrays.copyOfRange(tokens, start, t);
                    Tensor logits = model.forward(Tensor.of(before, 1, before.length)).value();
                    sum -= logits.select(1, -1).logSoftmax(-1).getDouble(0, tokens[t]);
                }
            }
        }
        return sum / (tokens.length - first);
    }

    private static double value(JacobiRun result, String name) {
        return result.out().lines().filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1))).findFirst().orElseThrow();
    }
}
