package org.jacobi.app;

import static org.jacobi.app.Called.number;
import static org.jacobi.app.Called.refused;
import static org.jacobi.app.Called.run;
import static org.jacobi.app.Called.succeeding;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.jacobi.layers.audio.Wav;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks for recordings by command. */
class TrainAudioTest {
    private static final List<String> SPEAKERS = List.of("ann", "ben", "cleo");

    @TempDir
    Path folder;

    /** Writes tones whose pitch falls, of the first name, or rises, of the second; each speaker has a voice of its own height. */
    Path tones(String names, int each) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Random random = new Random(each);
        for (String speaker : SPEAKERS) {
            for (int digit = 0; digit < names.length(); digit++) {
                for (int i = 0; i < each; i++) {
                    tone(data.resolve(names.charAt(digit) + "_" + speaker + "_" + i + ".wav"), digit,
                            SPEAKERS.indexOf(speaker), random);
                }
            }
        }
        return data;
    }

    private static void tone(Path file, int digit, int voice, Random random) {
        int samples = 1800 + random.nextInt(400);
        float[] signal = new float[samples];
        double phase = 0;
        for (int t = 0; t < samples; t++) {
            double way = (double) t / samples;
            double hertz = (500 + 60 * voice) * (digit == 1 ? 1 + way : 2 - way) * (0.97 + 0.06 * random.nextDouble());
            phase += 2 * Math.PI * hertz / 8000;
            signal[t] = (float) (0.5 * Math.sin(phase) + 0.01 * random.nextGaussian());
        }
        try (var _ = TensorScope.open()) {
            new Wav(Tensor.of(signal, 1, samples), 8000).save(file);
        }
    }

    @Test
    void aStrangersTonesAreTold() throws IOException {
        Path data = tones("01", 12);
        Path model = folder.resolve("run");
        JacobiRun trained = succeeding("train", "audio", "--data", data, "--held-out", "cleo", "--width", 8, "--epochs",
                12, "--batch", 8, "--lr", 0.01, "--out", model);
        assertTrue(number(trained, "accuracy") > 0.85, trained.out());

        // In folders, at another rate.
        Path other = Files.createDirectories(folder.resolve("other/1"));
        try (var _ = TensorScope.open()) {
            Wav.read(data.resolve("1_ann_0.wav")).resample(16000).save(other.resolve("x.wav"));
        }
        assertEquals(1,
                number(succeeding("evaluate", "--model", model, "--data", folder.resolve("other")), "accuracy"));
        JacobiRun told = succeeding("predict", "--model", model, data.resolve("0_ben_1.wav"));
        assertTrue(told.out().startsWith(data.resolve("0_ben_1.wav") + "\t0\t"), told.out());
    }

    @Test
    void sequencesAreWrittenDown() throws IOException {
        Path data = tones("ab", 12);
        Path model = folder.resolve("run");
        JacobiRun trained = succeeding("train", "ctc", "--data", data, "--held-out", "cleo", "--words", 2, "--channels",
                8, "--width", 24, "--epochs", 25, "--batch", 8, "--lr", 0.01, "--out", model);
        // Before it learns, the loss is above 7; in the time that a test has it learns which letters there are, hardly more.
        assertTrue(number(trained, "loss") < 2, trained.out());
        assertTrue(number(trained, "wer") <= 1 && number(trained, "cer_beam") <= 1, trained.out());
        JacobiRun told = succeeding("predict", "--model", model, "--top", 2, data.resolve("a_ben_1.wav"));
        String[] fields = told.out().strip().split("\t", -1);
        assertEquals(6, fields.length, told.out());
        assertTrue(Double.parseDouble(fields[3]) >= Double.parseDouble(fields[5]), told.out());
    }

    @Test
    void saysWhatIsWrongAndWhere() throws IOException {
        Path data = tones("01", 4);
        Path out = folder.resolve("x");
        refused(run("train", "audio", "--data", folder.resolve("none"), "--out", out), "none");
        refused(run("train", "audio", "--data", data, "--held-out", "dora", "--out", out), "dora", "ann");
        refused(run("train", "audio", "--data", data, "--split", "random", "--held-out", "ann", "--out", out),
                "--split speaker");
        Path odd = Files.write(data.resolve("0_ann_3.wav"),
                Arrays.copyOf(Files.readAllBytes(data.resolve("0_ann_3.wav")), 1000));
        refused(run("train", "audio", "--data", data, "--out", out), odd.toString(), "cut short");
        Files.delete(odd);
        for (int i = 0; i < 4; i++) {
            Files.deleteIfExists(data.resolve("1_ben_" + i + ".wav"));
        }
        refused(run("train", "ctc", "--data", data, "--held-out", "ben", "--out", out), "class 1", "ben");
        Files.writeString(data.resolve("seven.wav"), "");
        refused(run("train", "ctc", "--data", data, "--out", out), "seven.wav", "7_jackson_32.wav");
        Path folders = folder.resolve("folders");
        for (String word : List.of("yes", "no")) {
            Files.createDirectories(folders.resolve(word));
            Files.copy(data.resolve("0_ann_0.wav"), folders.resolve(word).resolve("a.wav"));
        }
        refused(run("train", "audio", "--data", folders, "--out", out), "--split random");
        refused(run("train", "audio", "--data", folders, "--split", "random", "--out", out), "class no", "1 examples");
        assertTrue(Files.notExists(out));
    }
}
