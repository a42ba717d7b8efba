package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Supplier;

import org.jacobi.natives.WorkerPool;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the table of samples does not reach: long transforms, every way in which one is computed, windows, and errors. */
class SpectralTest {
    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor random(DType type, long... sizes) {
        return Tensor.make("random", type, Shape.of(sizes)).normal_(0, 1, new Generator(5));
    }

    private static void assertClose(Tensor expected, Tensor actual, double tolerance) {
        assertEquals(expected.shape(), actual.shape());
        double size = expected.abs().amax().item();
        double difference = expected.sub(actual).abs().amax().item();
        assertTrue(difference <= tolerance * size, () -> "they differ by " + difference + " of " + size);
    }

    private static Tensor onReference(Supplier<Tensor> computation) {
        Backend before = Device.CPU.use(new ReferenceBackend());
        try {
            return computation.get();
        } finally {
            Device.CPU.use(before);
        }
    }

    /** Powers of two, all small radices, primes with and without a pass of their own, and rows that vectors take together. */
    @ParameterizedTest
    @ValueSource(
            ints = {1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 19, 30, 34, 60, 64, 97, 120, 128, 169, 192, 210, 256, 289, 400,
                512, 768, 1001, 1009, 1024})
    void everyLengthIsTheDefinitionsSum(int n) {
        for (DType type : new DType[] {DType.F32, DType.F64}) {
            double tolerance = type == DType.F32 ? 2e-6 : 1e-14;
            for (long rows : new long[] {1, 3, 9}) {
                Tensor z = random(type, rows, n, 2);
                Tensor x = random(type, rows, n);
                Tensor half = random(type, rows, n / 2 + 1, 2);
                assertClose(onReference(z::fft), z.fft(), tolerance);
                assertClose(onReference(z::ifft), z.ifft(), tolerance);
                assertClose(onReference(x::rfft), x.rfft(), tolerance);
                assertClose(onReference(() -> half.irfft(n, -1, FftNorm.ORTHO)), half.irfft(n, -1, FftNorm.ORTHO),
                        tolerance);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 13, 1 << 16, 1 << 18, 3 * (1 << 14), 100_000, 65_537, 99_991})
    void longTransformsAreTheF64Ones(int n) {
        Tensor z = random(DType.F32, 2, n, 2);
        Tensor exact = z.to(DType.F64);
        assertClose(exact.fft(), z.fft().to(DType.F64), 1e-6);
        assertClose(exact, exact.fft().ifft(), 1e-13);
        assertClose(z, z.fft().ifft(), 1e-6);
        Tensor x = random(DType.F32, n);
        assertClose(x.to(DType.F64).rfft(), x.rfft().to(DType.F64), 1e-6);
        assertClose(x, x.rfft().irfft(n, -1, FftNorm.BACKWARD), 1e-6);
        // One number of the sum itself.
        long k = n / 3;
        double[] numbers = exact.select(0, 0).toDoubleArray();
        double re = 0;
        double im = 0;
        for (int t = 0; t < n; t++) {
            double angle = -2 * Math.PI * (k * t % n) / n;
            re += numbers[2 * t] * Math.cos(angle) - numbers[2 * t + 1] * Math.sin(angle);
            im += numbers[2 * t] * Math.sin(angle) + numbers[2 * t + 1] * Math.cos(angle);
        }
        assertEquals(re, exact.fft().getDouble(0, k, 0), 1e-9 * Math.sqrt(n));
        assertEquals(im, exact.fft().getDouble(0, k, 1), 1e-9 * Math.sqrt(n));
    }

    @Test
    void bitsDoNotDependOnTheThreads() {
        Tensor z = random(DType.F32, 100, 500, 2);
        int before = WorkerPool.global().threads();
        WorkerPool.setThreads(1);
        double[] one = z.fft().toDoubleArray();
        WorkerPool.setThreads(5);
        double[] five = z.fft().toDoubleArray();
        WorkerPool.setThreads(before);
        assertArrayEquals(one, five);
    }

    @ParameterizedTest
    @EnumSource
    void everyNormIsUndoneByItsInverse(FftNorm norm) {
        Tensor z = random(DType.F64, 6, 5, 2);
        assertClose(z, z.fft(-1, 0, norm).ifft(-1, 0, norm), 1e-14);
        Tensor x = random(DType.F64, 6, 5);
        assertClose(x, x.rfftn(norm).irfftn(5, norm), 1e-14);
    }

    @Test
    void emptyBatchesAreEmpty() {
        assertEquals(Shape.of(0, 3, 2), Tensor.zeros(0, 5).rfft().shape());
        assertEquals(Shape.of(0, 5, 2), Tensor.zeros(0, 5, 2).fft().shape());
        assertEquals(Shape.of(0, 4), Tensor.zeros(0, 3, 2).irfft().shape());
    }

    @Test
    void frequenciesOfASineAreWhereTheySay() {
        int n = 64;
        Tensor t = Tensor.arange(0, n, 1, DType.F64).mul(2 * Math.PI * 5 / n);
        Tensor spectrum = t.sin().rfft().complexAbs();
        assertEquals(5, spectrum.argmax(0).item());
        assertEquals(5.0 / n, Tensor.rfftfreq(n, 1).getDouble(5), 1e-7);
        assertArrayEquals(new double[] {-2, -1, 0, 1}, Tensor.fftfreq(4, 0.25).fftshift().toDoubleArray());
    }

    @Test
    void aShortTimeTransformIsUndone() {
        Tensor signal = random(DType.F64, 2, 1000);
        Stft how = Stft.of(64).hopLength(16).window(Windows.hann(64, true, DType.F64));
        assertClose(signal, signal.stft(how).istft(how, 1000), 1e-13);
        Stft zeros = how.reflect(false).normalized(true).onesided(false);
        assertClose(signal, signal.stft(zeros).istft(zeros, 1000), 1e-13);
    }

    @Test
    void windowsAreTheirFormulas() {
        assertArrayEquals(new double[] {0, 0.5, 1, 0.5}, Windows.hann(4, true, DType.F64).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0, 0.5, 1, 0.5, 0}, Windows.hann(5, false, DType.F64).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0.08, 0.54, 1, 0.54}, Windows.hamming(4, true, DType.F64).toDoubleArray(),
                1e-15);
        assertArrayEquals(new double[] {0, 0.34, 1, 0.34}, Windows.blackman(4, true, DType.F64).toDoubleArray(), 1e-15);
        assertArrayEquals(new double[] {0, 0.5, 1, 0.5, 0}, Windows.bartlett(5, false, DType.F64).toDoubleArray(),
                1e-15);
        // I0(2) = 2.2795853023360673, I0(sqrt(3)) = 1.8994...; at the edge 1 / I0(beta).
        double[] kaiser = Windows.kaiser(3, 2, false, DType.F64).toDoubleArray();
        assertEquals(1 / 2.2795853023360673, kaiser[0], 1e-15);
        assertEquals(1, kaiser[1], 1e-15);
        assertArrayEquals(new double[] {1}, Windows.hann(1).toDoubleArray());
        assertEquals(0, Windows.kaiser(0).numel());
    }

    private static void refused(String start, Executable wrong) {
        String text = assertThrows(IllegalArgumentException.class, wrong).getMessage();
        assertTrue(text.startsWith(start), text);
    }

    @Test
    void whatIsWrongIsNamed() {
        Tensor real = Tensor.zeros(4, 3);
        Tensor pairs = Tensor.zeros(4, 3, 2);
        refused("fft: needs complex numbers, pairs along a last axis of size 2, got shape (4, 3)", real::fft);
        refused("ifft: axis 2 is out of range for shape (4, 3, 2), which has 2 axes beside the pairs",
                () -> pairs.ifft(-1, 2, FftNorm.BACKWARD));
        refused("rfft: axis 2 is out of range for shape (4, 3)", () -> real.rfft(-1, 2, FftNorm.BACKWARD));
        refused("rfft: cannot transform 0 numbers", () -> Tensor.zeros(0).rfft());
        refused("irfft: cannot transform 0 numbers", () -> Tensor.zeros(1, 2).irfft());
        refused("fft: cannot transform -5 numbers", () -> pairs.fft(-5, 0, FftNorm.ORTHO));
        refused("fftn: axis 1 is named twice in [1, -1]", () -> pairs.fftn(FftNorm.BACKWARD, 1, -1));
        refused("rfft: needs a tensor of F32 or F64, got I64", () -> Tensor.arange(4).rfft());
        refused("fft: needs a tensor of F32 or F64, got F16", () -> pairs.to(DType.F16).fft());
        refused("rfftn: shape () has no axis", () -> Tensor.scalar(1).rfftn(FftNorm.BACKWARD));
        refused("Stft: nFft is 8", () -> Stft.of(8).winLength(9));
        refused("Stft: the window has shape (2, 2)", () -> Stft.of(8).window(Tensor.ones(2, 2)));
        refused("stft: signals of 4 numbers are too short for frames of 8", () -> Tensor.ones(4).stft(Stft.of(8)));
        refused("stft: needs signals", () -> Tensor.scalar(1).stft(Stft.of(8)));
        refused("istft: needs spectra of shape (..., 5, frames, 2)", () -> pairs.istft(Stft.of(8)));
        refused("istft: the windows leave gaps", () -> Tensor.zeros(5, 4, 2)
                .istft(Stft.of(8).hopLength(8).window(Windows.hann(8)).center(false)));
        refused("hann: n is -1", () -> Windows.hann(-1));
        refused("fftfreq: n is 0", () -> Tensor.fftfreq(0, 1));
        refused("complexAbs: needs complex numbers", real::complexAbs);
    }
}
