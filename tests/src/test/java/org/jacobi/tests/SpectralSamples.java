package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;

import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.FftNorm;
import org.jacobi.tensor.Stft;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.Windows;

/** The rows of Fourier transforms; libtorch's complex results are looked at as pairs. */
final class SpectralSamples {
    /** The reference takes time in proportion to the square of the length. */
    private static final int LARGEST = 257;

    private SpectralSamples() {
    }

    private static OpSample small(OpSample sample) {
        return sample.upTo(LARGEST).tolerance(3e-5);
    }

    /** A function of complex numbers as one of pairs. */
    private static org.bytedeco.pytorch.Tensor onPairs(org.bytedeco.pytorch.Tensor pairs,
            UnaryOperator<org.bytedeco.pytorch.Tensor> function) {
        org.bytedeco.pytorch.Tensor out = function.apply(torch.view_as_complex(pairs));
        return out.is_complex() ? torch.view_as_real(out) : out;
    }

    private static StringViewOptional name(FftNorm norm) {
        // The view looks at these bytes, which live as long as the test's scope.
        return new StringViewOptional(new BytePointer(norm.name().toLowerCase(Locale.ROOT)));
    }

    private static LongArrayRefOptional all() {
        return new LongArrayRefOptional();
    }

    static void add() {
        oneAxis();
        severalAxes();
        shortTime();
        complexNumbers();
        row("fftfreq", "even", n -> List.of()).tensors(_ -> Tensor.fftfreq(8, 0.5))
                .torch(_ -> torch.torch_fft_fftfreq(8, 0.5, new TensorOptions()));
        row("fftfreq", "odd", n -> List.of()).tensors(_ -> Tensor.fftfreq(9, 2))
                .torch(_ -> torch.torch_fft_fftfreq(9, 2, new TensorOptions()));
        row("rfftfreq", "even", n -> List.of()).tensors(_ -> Tensor.rfftfreq(8, 0.5))
                .torch(_ -> torch.torch_fft_rfftfreq(8, 0.5, new TensorOptions()));
        row("rfftfreq", "odd", n -> List.of()).tensors(_ -> Tensor.rfftfreq(9, 2))
                .torch(_ -> torch.torch_fft_rfftfreq(9, 2, new TensorOptions()));
        row("fftshift", "all axes", n -> List.of(real(4, n))).exact().variables(v -> v[0].fftshift())
                .tensors(t -> t[0].fftshift()).torch(p -> torch.fft_fftshift(p[0]));
        row("fftshift", "one axis", n -> List.of(real(4, n))).exact().variables(v -> v[0].fftshift(-1))
                .tensors(t -> t[0].fftshift(-1)).torch(p -> torch.fft_fftshift(p[0], -1));
        row("ifftshift", "one axis", n -> List.of(real(4, n))).exact().variables(v -> v[0].ifftshift(-1))
                .tensors(t -> t[0].ifftshift(-1)).torch(p -> torch.fft_ifftshift(p[0], -1));
    }

    private static void oneAxis() {
        for (int rows : new int[] {1, 3, 17}) {
            String variant = rows + " rows";
            small(row("fft", variant, n -> List.of(real(rows, n, 2)))).variables(v -> v[0].fft())
                    .tensors(t -> t[0].fft()).torch(p -> onPairs(p[0], z -> torch.fft_fft(z)));
            small(row("ifft", variant, n -> List.of(real(rows, n, 2)))).variables(v -> v[0].ifft())
                    .tensors(t -> t[0].ifft()).torch(p -> onPairs(p[0], z -> torch.fft_ifft(z)));
            small(row("rfft", variant, n -> List.of(real(rows, n)))).variables(v -> v[0].rfft())
                    .tensors(t -> t[0].rfft()).torch(p -> torch.view_as_real(torch.fft_rfft(p[0])));
            small(row("irfft", variant, n -> List.of(real(rows, n + 1, 2)))).variables(v -> v[0].irfft())
                    .tensors(t -> t[0].irfft()).torch(p -> onPairs(p[0], z -> torch.fft_irfft(z)));
        }
        for (FftNorm norm : FftNorm.values()) {
            String variant = "filled, other axis, " + norm;
            small(row("fft", variant, n -> List.of(real(n, 3, 2)))).variables(v -> v[0].fft(v[0].size(0) + 3, 0, norm))
                    .tensors(t -> t[0].fft(t[0].size(0) + 3, 0, norm)).torch(p -> onPairs(p[0],
                            z -> torch.fft_fft(z, new LongOptional(z.size(0) + 3), 0, name(norm))));
            small(row("ifft", variant, n -> List.of(real(n, 3, 2))))
                    .variables(v -> v[0].ifft(v[0].size(0) + 3, 0, norm))
                    .tensors(t -> t[0].ifft(t[0].size(0) + 3, 0, norm)).torch(p -> onPairs(p[0],
                            z -> torch.fft_ifft(z, new LongOptional(z.size(0) + 3), 0, name(norm))));
            small(row("rfft", variant, n -> List.of(real(n, 3)))).variables(v -> v[0].rfft(v[0].size(0) + 3, 0, norm))
                    .tensors(t -> t[0].rfft(t[0].size(0) + 3, 0, norm)).torch(p -> torch.view_as_real(
                            torch.fft_rfft(p[0], new LongOptional(p[0].size(0) + 3), 0, name(norm))));
            small(row("irfft", variant, n -> List.of(real(n, 3, 2))))
                    .variables(v -> v[0].irfft(2 * v[0].size(0) + 3, 0, norm))
                    .tensors(t -> t[0].irfft(2 * t[0].size(0) + 3, 0, norm)).torch(p -> onPairs(p[0],
                            z -> torch.fft_irfft(z, new LongOptional(2 * z.size(0) + 3), 0, name(norm))));
        }
        small(row("fft", "cut", n -> List.of(real(3, n + 2, 2)))).variables(v -> v[0].fft(2, -1, FftNorm.BACKWARD))
                .tensors(t -> t[0].fft(2, -1, FftNorm.BACKWARD)).torch(p -> onPairs(p[0],
                        z -> torch.fft_fft(z, new LongOptional(2), -1, new StringViewOptional())));
        small(row("rfft", "cut", n -> List.of(real(3, n + 3)))).variables(v -> v[0].rfft(3, -1, FftNorm.BACKWARD))
                .tensors(t -> t[0].rfft(3, -1, FftNorm.BACKWARD)).torch(p -> torch.view_as_real(
                        torch.fft_rfft(p[0], new LongOptional(3), -1, new StringViewOptional())));
        small(row("irfft", "odd", n -> List.of(real(3, n + 2, 2))))
                .variables(v -> v[0].irfft(2 * v[0].size(1) - 1, -1, FftNorm.BACKWARD))
                .tensors(t -> t[0].irfft(2 * t[0].size(1) - 1, -1, FftNorm.BACKWARD)).torch(p -> onPairs(p[0],
                        z -> torch.fft_irfft(z, new LongOptional(2 * z.size(1) - 1), -1, new StringViewOptional())));
    }

    private static void severalAxes() {
        small(row("fft2", "", n -> List.of(real(2, 4, n, 2)))).variables(v -> v[0].fft2()).tensors(t -> t[0].fft2())
                .torch(p -> onPairs(p[0], z -> torch.fft_fft2(z)));
        small(row("ifft2", "", n -> List.of(real(2, 4, n, 2)))).variables(v -> v[0].ifft2()).tensors(t -> t[0].ifft2())
                .torch(p -> onPairs(p[0], z -> torch.fft_ifft2(z)));
        small(row("rfft2", "", n -> List.of(real(2, 4, n)))).variables(v -> v[0].rfft2()).tensors(t -> t[0].rfft2())
                .torch(p -> torch.view_as_real(torch.fft_rfft2(p[0])));
        small(row("irfft2", "", n -> List.of(real(2, 4, n + 1, 2)))).variables(v -> v[0].irfft2())
                .tensors(t -> t[0].irfft2()).torch(p -> onPairs(p[0], z -> torch.fft_irfft2(z)));
        small(row("fftn", "all axes", n -> List.of(real(2, 3, n, 2)))).variables(v -> v[0].fftn(FftNorm.BACKWARD))
                .tensors(t -> t[0].fftn(FftNorm.BACKWARD)).torch(p -> onPairs(p[0], z -> torch.fft_fftn(z)));
        small(row("ifftn", "all axes, ortho", n -> List.of(real(2, 3, n, 2)))).variables(v -> v[0].ifftn(FftNorm.ORTHO))
                .tensors(t -> t[0].ifftn(FftNorm.ORTHO)).torch(p -> onPairs(p[0],
                        z -> torch.fft_ifftn(z, all(), all(), name(FftNorm.ORTHO))));
        small(row("rfftn", "all axes", n -> List.of(real(2, 3, n)))).variables(v -> v[0].rfftn(FftNorm.FORWARD))
                .tensors(t -> t[0].rfftn(FftNorm.FORWARD)).torch(p -> torch.view_as_real(
                        torch.fft_rfftn(p[0], all(), all(), name(FftNorm.FORWARD))));
        small(row("irfftn", "all axes", n -> List.of(real(2, 3, n + 1, 2))))
                .variables(v -> v[0].irfftn(-1, FftNorm.BACKWARD)).tensors(t -> t[0].irfftn(-1, FftNorm.BACKWARD))
                .torch(p -> onPairs(p[0], z -> torch.fft_irfftn(z)));
    }

    private static void shortTime() {
        stft("defaults", Stft.of(8));
        stft("a window, zeros", Stft.of(12).hopLength(3).window(Windows.hann(10)).reflect(false));
        stft("not centered, normalized", Stft.of(6).hopLength(2).window(Windows.hamming(6)).center(false)
                .normalized(true));
        stft("two-sided, short window", Stft.of(9).hopLength(4).winLength(7).onesided(false));
        istft("defaults", Stft.of(8), -1);
        istft("a window, cut", Stft.of(12).hopLength(3).window(Windows.hann(10)), 10);
        istft("filled", Stft.of(8).hopLength(2).window(Windows.hamming(8)), 300);
        istft("not centered, normalized", Stft.of(6).hopLength(2).window(Windows.hamming(6)).center(false)
                .normalized(true), -1);
        istft("two-sided", Stft.of(9).hopLength(4).onesided(false), -1);
    }

    private static void stft(String variant, Stft how) {
        small(row("stft", variant, n -> List.of(real(2, n + 12)))).variables(v -> v[0].stft(how))
                .tensors(t -> t[0].stft(how))
                .torch(p -> torch.view_as_real(torch.stft(p[0], how.nFft(), new LongOptional(how.hopLength()),
                        new LongOptional(how.winLength()), window(how), how.center(),
                        how.reflect() ? "reflect" : "constant", how.normalized(), new BoolOptional(how.onesided()),
                        new BoolOptional(true), new BoolOptional())));
    }

    private static void istft(String variant, Stft how, long length) {
        long frequencies = how.onesided() ? how.nFft() / 2 + 1 : how.nFft();
        small(row("istft", variant, n -> List.of(real(2, frequencies, n + 4, 2))))
                .variables(v -> v[0].istft(how, length)).tensors(t -> t[0].istft(how, length))
                .torch(p -> torch.istft(torch.view_as_complex(p[0]), how.nFft(), new LongOptional(how.hopLength()),
                        new LongOptional(how.winLength()), window(how), how.center(), how.normalized(),
                        new BoolOptional(how.onesided()),
                        length < 0 ? new LongOptional() : new LongOptional(length), false));
    }

    private static TensorOptional window(Stft how) {
        return how.window() == null ? new TensorOptional()
                : new TensorOptional(Libtorch.tensor(how.window().toFloatArray(), how.winLength()));
    }

    private static void complexNumbers() {
        row("complexMul", "", n -> List.of(real(3, n, 2), real(n, 2))).variables(v -> v[0].complexMul(v[1]))
                .tensors(t -> t[0].complexMul(t[1]))
                .torch(p -> onPairs(p[0], z -> z.mul(torch.view_as_complex(p[1]))));
        row("complexConj", "", n -> List.of(real(3, n, 2))).exact().variables(v -> v[0].complexConj())
                .tensors(t -> t[0].complexConj())
                .torch(p -> onPairs(p[0], z -> torch.conj_physical(z)));
        row("complexAngle", "", n -> List.of(positive(3, n, 2))).variables(v -> v[0].neg().complexAngle())
                .tensors(t -> t[0].neg().complexAngle()).torch(p -> onPairs(p[0].neg(), z -> z.angle()));
        row("complexAbs", "", n -> List.of(real(3, n, 2))).variables(v -> v[0].complexAbs())
                .tensors(t -> t[0].complexAbs()).torch(p -> onPairs(p[0], z -> z.abs()));
    }
}
