package org.jacobi.layers.audio;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Stft;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.Windows;

/** What sounds are turned into: torchaudio.functional, under its names and with its definitions and defaults. */
public final class Audio {
    /** Zero crossings of the sinc that the filter of {@link #resample} has on each side, and where it cuts off. */
    private static final int LOWPASS_FILTER_WIDTH = 6;
    private static final double ROLLOFF = 0.99;

    private Audio() {
    }

    /**
     * Returns signals (…, T) at another rate, by a sinc filter in a Hann window: as many samples as ceil(T newRate / oldRate). What is above half of
     * the lower rate is filtered away (Smith, "Digital Audio Resampling", 2002).
     */
    public static Tensor resample(Tensor signals, int oldRate, int newRate) {
        if (oldRate < 1 || newRate < 1 || signals.rank() < 1 || signals.numel() == 0) {
            throw new IllegalArgumentException("resample: signals of shape " + signals.shape() + " from " + oldRate
                    + " to " + newRate + " a second; expected (…, T) with samples, and positive rates");
        }
        if (oldRate == newRate) {
            return signals;
        }
        int divisor = gcd(oldRate, newRate);
        int before = oldRate / divisor;
        int after = newRate / divisor;
        double cutoff = Math.min(before, after) * ROLLOFF;
        int width = (int) Math.ceil(LOWPASS_FILTER_WIDTH * before / cutoff);
        // Output i = k after + phase is a sum of inputs k before - width onwards, weighted by the phase's kernel.
        float[][] kernels = new float[after][2 * width + before];
        for (int phase = 0; phase < after; phase++) {
            for (int j = 0; j < kernels[phase].length; j++) {
                double t = cutoff * ((double) (j - width) / before - (double) phase / after);
                kernels[phase][j] = (float) (Math.abs(t) >= LOWPASS_FILTER_WIDTH ? 0
                        : sinc(t) * square(StrictMath.cos(Math.PI * t / LOWPASS_FILTER_WIDTH / 2)) * cutoff / before);
            }
        }
        int length = (int) signals.size(-1);
        int newLength = Math.toIntExact(((long) after * length + before - 1) / before);
        float[] in = signals.toFloatArray();
        int rows = in.length / length;
        float[] out = new float[Math.multiplyExact(rows, newLength)];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < newLength; i++) {
                float[] kernel = kernels[i % after];
                int first = i / after * before - width;
                int from = Math.max(0, -first);
                int to = Math.min(kernel.length, length - first);
                double sum = 0;
                for (int j = from; j < to; j++) {
                    sum += (double) kernel[j] * in[row * length + first + j];
                }
                out[row * newLength + i] = (float) sum;
            }
        }
        long[] sizes = signals.shape().toArray();
        sizes[sizes.length - 1] = newLength;
        return Tensor.of(out, sizes);
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private static double sinc(double t) {
        return t == 0 ? 1 : StrictMath.sin(Math.PI * t) / (Math.PI * t);
    }

    private static double square(double x) {
        return x * x;
    }

    /** Returns the transform of frames in a Hann window, with torchaudio's hop of half a window. */
    public static Stft frames(int nFft) {
        return frames(nFft, nFft, nFft / 2);
    }

    /** Returns the transform of frames of nFft samples in a Hann window of winLength, hopLength apart. */
    public static Stft frames(int nFft, int winLength, int hopLength) {
        return Stft.of(nFft).hopLength(hopLength).window(Windows.hann(winLength).unscope());
    }

    /**
     * Returns the power of each frequency over time of signals (…, T): (…, nFft / 2 + 1, frames).
     *
     * @throws IllegalArgumentException if a signal is too short to be mirrored by half a frame
     */
    public static Tensor spectrogram(Tensor signals, Stft how) {
        if (signals.rank() < 1 || how.center() && signals.size(-1) <= how.nFft() / 2) {
            throw new IllegalArgumentException(
                    "spectrogram: signals of shape " + signals.shape() + " must have more than "
                            + how.nFft() / 2 + " samples, half a frame, which is mirrored at their ends");
        }
        return signals.stft(how).square().sum(-1);
    }

    /** Which frequencies sound equally far apart. */
    public enum MelScale {
        /** 2595 log10(1 + f / 700): O'Shaughnessy, 1987, as in HTK. */
        HTK {
            @Override
            double mel(double hertz) {
                return 2595 * StrictMath.log10(1 + hertz / 700);
            }

            @Override
            double hertz(double mel) {
                return 700 * (StrictMath.pow(10, mel / 2595) - 1);
            }
        },
        /** Linear up to 1,000 Hz, logarithmic above: Slaney's Auditory Toolbox, 1998. */
        SLANEY {
            private static final double STEP = Math.log(6.4) / 27;

            @Override
            double mel(double hertz) {
                return hertz < 1000 ? hertz * 3 / 200 : 15 + StrictMath.log(hertz / 1000) / STEP;
            }

            @Override
            double hertz(double mel) {
                return mel < 15 ? mel * 200 / 3 : 1000 * StrictMath.exp(STEP * (mel - 15));
            }
        };

        abstract double mel(double hertz);

        abstract double hertz(double mel);
    }

    /**
     * Returns triangular filters (frequencies, nMels), whose peaks are equally far apart in mel: melscale_fbanks. A filter so
     * narrow that no frequency falls into it is all zeros: take fewer filters then, or longer frames.
     *
     * @param frequencies how many there are from 0 to half the sample rate: nFft / 2 + 1
     * @param low         where the first triangle begins, in hertz
     * @param high        where the last ends
     * @param slaneyNorm  whether each triangle is divided by half its width, for equal areas
     */
    public static Tensor melFilters(int frequencies, double low, double high, int nMels, int sampleRate, MelScale scale,
            boolean slaneyNorm) {
        if (frequencies < 2 || nMels < 1 || !(low >= 0 && high > low)) {
            throw new IllegalArgumentException("melFilters: " + frequencies + " frequencies, " + nMels
                    + " filters from "
                    + low + " to " + high + " Hz; expected at least 2 frequencies, 1 filter, and 0 <= low < high");
        }
        double[] points = new double[nMels + 2];
        for (int i = 0; i < points.length; i++) {
            points[i] = scale.hertz(scale.mel(low) + (scale.mel(high) - scale.mel(low)) * i / (nMels + 1));
        }
        float[] filters = new float[frequencies * nMels];
        for (int m = 0; m < nMels; m++) {
            double area = slaneyNorm ? 2 / (points[m + 2] - points[m]) : 1;
            for (int f = 0; f < frequencies; f++) {
                double hertz = (double) (sampleRate / 2) * f / (frequencies - 1);
                double up = (hertz - points[m]) / (points[m + 1] - points[m]);
                double down = (points[m + 2] - hertz) / (points[m + 2] - points[m + 1]);
                double height = Math.max(0, Math.min(up, down));
                filters[f * nMels + m] = (float) (area * height);
            }
        }
        return Tensor.of(filters, frequencies, nMels);
    }

    /**
     * Returns powers in decibels: 10 log10 of each, at least of 1e-10, and at most topDb below the loudest.
     *
     * @param topDb 80 is usual; infinity for no limit
     */
    public static Tensor amplitudeToDb(Tensor power, double topDb) {
        Tensor decibels = power.clampMin(1e-10).log().mul(10 / Math.log(10));
        return topDb == Double.POSITIVE_INFINITY ? decibels : decibels.clampMin(decibels.amax().item() - topDb);
    }

    /** Returns the cosine transform DCT-II, orthonormal, as a matrix (nMels, nMfcc): create_dct. */
    public static Tensor dct(int nMfcc, int nMels) {
        if (nMfcc < 1 || nMfcc > nMels) {
            throw new IllegalArgumentException(
                    "dct: " + nMfcc + " coefficients of " + nMels + " numbers, expected 1 to "
                            + nMels);
        }
        float[] matrix = new float[nMels * nMfcc];
        for (int n = 0; n < nMels; n++) {
            for (int k = 0; k < nMfcc; k++) {
                matrix[n * nMfcc + k] = (float) (Math.sqrt((k == 0 ? 1.0 : 2.0) / nMels)
                        * StrictMath.cos(Math.PI / nMels * (n + 0.5) * k));
            }
        }
        return Tensor.of(matrix, nMels, nMfcc);
    }

    /** Requires floating-point signals with a time axis. */
    static void requireSignal(String op, Tensor signal) {
        if (signal.rank() < 1 || signal.dtype() != DType.F32 || signal.numel() == 0) {
            throw new IllegalArgumentException(op + ": the signal is " + signal.dtype() + " of shape " + signal.shape()
                    + ", expected F32 of shape (…, T) with samples");
        }
    }
}
