package org.jacobi.layers.audio;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.jacobi.layers.SharedData;
import org.jacobi.layers.audio.Audio.MelScale;
import org.jacobi.layers.data.Refused;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Expected numbers were computed apart from this code, with numpy (FFT) and scipy (DCT), by torchaudio's formulas. */
class AudioTest {
    @TempDir
    private Path folder;

    private static Tensor signal() {
        float[] x = new float[50];
        for (int t = 0; t < x.length; t++) {
            x[t] = (float) (Math.sin(0.05 * t) + 0.3 * Math.sin(0.31 * t + 1));
        }
        return Tensor.of(x, 1, 50);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 24, 32})
    void wavFilesComeBack(int bits) throws IOException {
        Tensor samples = Tensor.of(new float[] {0, 0.5f, -0.5f, -1, 0.25f, 0.125f}, 2, 3);
        Path file = folder.resolve("x.wav");
        new Wav(samples, 11025).save(file, bits);
        Wav read = Wav.read(file);
        assertEquals(11025, read.sampleRate());
        assertEquals(Shape.of(2, 3), read.samples().shape());
        assertArrayEquals(samples.toFloatArray(), read.samples().toFloatArray());
        assertEquals(0, Files.size(file) % 2);
        new Wav(Tensor.of(new float[] {2, -2}, 1, 2), 8000).save(file, bits);
        float most = bits == 32 ? 2 : 1 - (float) Math.scalb(1.0, 1 - bits);
        assertArrayEquals(new float[] {most, bits == 32 ? -2 : -1}, Wav.read(file).samples().toFloatArray());
    }

    @Test
    void brokenWavFiles() throws IOException {
        Path file = folder.resolve("x.wav");
        new Wav(signal(), 8000).save(file);
        byte[] good = Files.readAllBytes(file);
        Refused.data(() -> Wav.read(write(Arrays.copyOf(good, 80))), "x.wav", "\"data\" at offset 36 has 100 bytes",
                "36 are there");
        Refused.data(() -> Wav.read(write(Arrays.copyOf(good, 36))), "has no chunk \"data\"");
        Refused.data(() -> Wav.read(write(Arrays.copyOf(good, 12))), "has no chunk \"fmt \"");
        Refused.data(() -> Wav.read(write(Arrays.copyOf(good, 3))), "no WAV file");
        Refused.data(() -> Wav.read(write(changed(good, 0, 'x'))), "xIFF…WAVE");
        Refused.data(() -> Wav.read(write(changed(good, 20, 2))), "format 2 of 16 bits");
        Refused.data(() -> Wav.read(write(changed(good, 34, 12))), "of 12 bits");
        Refused.data(() -> Wav.read(write(changed(good, 22, 0))), "0 channels");
        Refused.data(() -> Wav.read(write(changed(good, 32, 7))), "7 bytes for each time");
        Refused.data(() -> Wav.read(write(changed(good, 40, 99))), "99 bytes, expected a multiple of 2");
        Refused.data(() -> Wav.read(write(changed(good, 16, 15))), "at least 16");
        Refused.data(() -> Wav.read(write(changed(good, 19, 0xFF))), "cut short");
        Refused.data(() -> Wav.read(folder.resolve("none.wav")), "none.wav");
    }

    @Test
    void soundsThatWereWrittenIntoAPipeGoOnToTheEnd() throws IOException {
        Path file = folder.resolve("x.wav");
        new Wav(signal(), 8000).save(file);
        byte[] piped = Files.readAllBytes(file);
        Arrays.fill(piped, 40, 44, (byte) 0xFF);
        assertArrayEquals(Wav.read(file).samples().toFloatArray(), Wav.read(write(piped)).samples().toFloatArray());
        Refused.data(() -> Wav.read(write(Arrays.copyOf(piped, 45))), "has 0 bytes");
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("x.wav"), bytes);
    }

    private static byte[] changed(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static void assertAt(double[] expected, Tensor actual, int[] rows, int[] columns, double close) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual.getDouble(0, rows[i], columns[i]), close);
        }
    }

    @Test
    void resample() {
        float[] up = Audio.resample(signal(), 8000, 16000).toFloatArray();
        assertEquals(100, up.length);
        assertArrayEquals(new float[] {0.251443f, 0.322083f, 0.423019f, 1.136422f, 0.238949f},
                new float[] {up[0], up[1], up[5], up[50], up[99]}, 2e-6f);
        float[] down = Audio.resample(signal(), 44100, 16000).toFloatArray();
        assertEquals(19, down.length);
        assertArrayEquals(new float[] {0.197774f, 0.441207f, 0.381775f, 1.147405f, 0.230353f},
                new float[] {down[0], down[1], down[5], down[9], down[18]}, 2e-6f);
        float[] third = Audio.resample(signal(), 3, 2).toFloatArray();
        assertArrayEquals(new float[] {0.219261f, 0.384274f, 0.311808f, 1.105929f, 0.241701f},
                new float[] {third[0], third[1], third[5], third[17], third[33]}, 2e-6f);
    }

    /** A tone stays the same tone, away from the ends; one above half of the new rate is gone. */
    @Test
    void resampledTones() {
        float[] tone = new float[2000];
        float[] high = new float[2000];
        for (int t = 0; t < tone.length; t++) {
            tone[t] = (float) Math.sin(2 * Math.PI * 440 * t / 16000);
            high[t] = (float) Math.sin(2 * Math.PI * 7000 * t / 16000);
        }
        float[] resampled = Audio.resample(Tensor.of(tone), 16000, 11025).toFloatArray();
        float[] filtered = Audio.resample(Tensor.of(high), 16000, 11025).toFloatArray();
        for (int t = 100; t < 1200; t++) {
            assertEquals(Math.sin(2 * Math.PI * 440 * t / 11025), resampled[t], 0.01);
            assertEquals(0, filtered[t], 0.02);
        }
    }

    @Test
    void melFilters() {
        float[] htk = Audio.melFilters(9, 0, 4000, 4, 8000, MelScale.HTK, false).toFloatArray();
        assertArrayEquals(new float[] {0, 0, 0, 0, 0.630352f, 0.369648f, 0, 0, 0, 0.71126f, 0.28874f, 0, 0, 0,
            0.994405f, 0.005595f, 0, 0, 0.50282f, 0.49718f, 0, 0, 0.011234f, 0.988766f, 0, 0, 0, 0.671784f, 0, 0, 0,
            0.335892f, 0, 0, 0, 0}, htk, 1e-6f);
        Tensor slaney = Audio.melFilters(17, 100, 8000, 5, 16000, MelScale.SLANEY, true);
        assertEquals(0.001684, slaney.getDouble(1, 0), 1e-6);
        assertEquals(0.00087, slaney.getDouble(4, 2), 1e-6);
        assertEquals(0.000376, slaney.getDouble(10, 4), 1e-6);
        for (MelScale scale : MelScale.values()) {
            for (double hertz : new double[] {0, 50, 999, 1000, 1001, 7999}) {
                assertEquals(hertz, scale.hertz(scale.mel(hertz)), 1e-9);
            }
        }
        Refused.argument(() -> Audio.melFilters(9, 100, 50, 4, 8000, MelScale.HTK, false), "100.0 to 50.0 Hz");
    }

    @Test
    void spectrograms() {
        Tensor power = Audio.spectrogram(signal(), Audio.frames(16));
        assertEquals(Shape.of(1, 9, 7), power.shape());
        assertAt(new double[] {9.057297, 1.449035, 0.17008, 0.003571}, power, new int[] {0, 1, 2, 8},
                new int[] {0, 1, 3, 6}, 2e-5);
        MelSpectrogram mel = new MelSpectrogram(8000, 16, 8, 4);
        assertAt(new double[] {1.176904, 0.588851, 0.049723, 0.02123}, mel.of(signal()), new int[] {0, 1, 2, 3},
                new int[] {0, 1, 3, 6}, 2e-5);
        Tensor mfcc = mel.mfcc(signal(), 3);
        assertEquals(Shape.of(1, 3, 7), mfcc.shape());
        assertAt(new double[] {-14.73914, 43.10015, -4.94997}, mfcc, new int[] {0, 1, 2}, new int[] {0, 3, 6}, 1e-3);
        Refused.argument(() -> mel.of(Tensor.zeros(1, 8)), "(1, 8)", "more than 8 samples");
    }

    @Test
    void decibels() {
        Tensor db = Audio.amplitudeToDb(Tensor.of(new float[] {1, 100, 1e-3f, 0}), Double.POSITIVE_INFINITY);
        assertArrayEquals(new float[] {0, 20, -30, -100}, db.toFloatArray(), 1e-4f);
        assertArrayEquals(new float[] {0, 20, -20, -20},
                Audio.amplitudeToDb(Tensor.of(new float[] {1, 100, 1e-3f, 0}), 40).toFloatArray(), 1e-4f);
        Tensor dct = Audio.dct(5, 5);
        assertTrue(dct.t().matmul(dct).isClose(Tensor.eye(5), 0, 1e-6, false).all().item() == 1);
    }

    @Test
    void augmentations() {
        Generator generator = new Generator(1);
        Tensor x = signal();
        Tensor noisy = AudioTransforms.addNoise(6, 6).apply(x, generator);
        double ratio = x.square().mean().item() / noisy.sub(x).square().mean().item();
        assertEquals(6, 10 * Math.log10(ratio), 1e-3);
        Transform<Tensor> shift = AudioTransforms.timeShift(0.2);
        float[] old = x.toFloatArray();
        boolean left = false;
        boolean right = false;
        for (int i = 0; i < 50; i++) {
            float[] moved = shift.apply(x, generator).toFloatArray();
            assertEquals(50, moved.length);
            int by = -10;
            while (by <= 10 && !isShifted(old, moved, by)) {
                by++;
            }
            assertTrue(by <= 10);
            left |= by < 0;
            right |= by > 0;
        }
        assertTrue(left && right);
        assertEquals(25, AudioTransforms.speed(2, 2).apply(x, generator).size(1));
        assertEquals(100, AudioTransforms.speed(0.5, 0.5).apply(x, generator).size(1));
        assertEquals(Shape.of(1, 60), AudioTransforms.fixLength(60).apply(x, generator).shape());
        assertEquals(0, AudioTransforms.fixLength(60).apply(x, generator).getDouble(0, 59));
        assertEquals(Shape.of(1, 7), AudioTransforms.fixLength(7).apply(x, generator).shape());
    }

    private static boolean isShifted(float[] old, float[] moved, int by) {
        for (int t = 0; t < old.length; t++) {
            if (moved[t] != (t - by < 0 || t - by >= old.length ? 0 : old[t - by])) {
                return false;
            }
        }
        return true;
    }

    @Test
    void specAugment() {
        Tensor ones = Tensor.ones(1, 20, 30);
        int widest = 0;
        for (int seed = 0; seed < 100; seed++) {
            float[] time = AudioTransforms.timeMasking(8, 0).apply(ones, new Generator(seed)).amax(0, 1).toFloatArray();
            float[] again =
                    AudioTransforms.timeMasking(8, 0).apply(ones, new Generator(seed)).amin(0, 1).toFloatArray();
            assertArrayEquals(time, again);
            int masked = (int) (30 - Tensor.of(time).sum().item());
            assertTrue(masked < 8);
            widest = Math.max(widest, masked);
        }
        assertEquals(7, widest);
        Tensor frequency = AudioTransforms.frequencyMasking(5, -3).apply(ones, new Generator(4));
        assertEquals(frequency.sum(0, 2).lt(0).sum().item() * 30, frequency.eq(-3).sum().item());
        assertEquals(600, ones.sum().item());
    }

    @Test
    void foldersOfSounds() throws IOException {
        for (String name : List.of("yes", "no")) {
            Files.createDirectory(folder.resolve(name));
            new Wav(Tensor.cat(0, signal(), signal()), 16000).save(folder.resolve(name).resolve("a.wav"));
        }
        Files.createDirectory(folder.resolve("_background_noise_")); // as in Speech Commands; it comes before the others
        new Wav(signal(), 16000).save(folder.resolve("_background_noise_/tap.wav"));
        Recordings data = Recordings.folder(folder, 8000);
        assertEquals(2, data.size());
        assertEquals(List.of("no", "yes"), data.classes());
        assertEquals(Shape.of(1, 25), data.get(1).input().shape());
        assertEquals(1, data.get(1).target().item());
        assertThrows(IllegalStateException.class, data::speakers);
        Files.createDirectory(folder.resolve("silence"));
        Refused.data(() -> Recordings.folder(folder, 8000), "silence", "no WAV files");
        Refused.data(() -> Recordings.named(folder.resolve("yes"), 8000), "a.wav", "7_jackson_32.wav");
    }

    @Test
    void realSpokenDigits() {
        Recordings data = Recordings.named(SharedData.file("fsdd/recordings"), 8000);
        assertEquals(2000, data.size());
        assertEquals(10, data.classes().size());
        assertEquals(4, data.speakers().size());
        Splits.Fold fold = data.withoutSpeakers("george");
        assertEquals(500, fold.test().length);
        assertTrue(Arrays.stream(fold.train()).noneMatch(i -> data.speaker(i).equals("george")));
        MelSpectrogram mel = new MelSpectrogram(8000, 256, 128, 40);
        for (long i = 0; i < data.size(); i += 100) {
            Tensor samples = data.get(i).input();
            assertTrue(samples.abs().amax().item() <= 1 && samples.size(1) > 1000);
            assertEquals(0, mel.mfcc(samples, 13).isNaN().sum().item());
        }
        Refused.argument(() -> data.withoutSpeakers("nobody"), "nobody", "george");
    }
}
