package org.jacobi.layers.audio;

import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.Tensor;

/** Transforms of signals (…, T) and of spectrograms (…, F, T), for augmentation. */
public final class AudioTransforms {
    private AudioTransforms() {
    }

    /** Makes signals of one length: longer ones lose their end, shorter ones have zeros added. */
    public static Transform<Tensor> fixLength(int samples) {
        requirePositive("fixLength", "samples", samples);
        return (signal, _) -> {
            Audio.requireSignal("fixLength", signal);
            long length = signal.size(-1);
            return length >= samples ? signal.narrow(-1, 0, samples) : signal.pad(new long[] {0, samples - length}, 0);
        };
    }

    /** Adds white noise, so that the signal's power is by a number of decibels from the range above the noise's. */
    public static Transform<Tensor> addNoise(double minSnrDb, double maxSnrDb) {
        if (!(minSnrDb <= maxSnrDb)) {
            throw new IllegalArgumentException("addNoise: from " + minSnrDb + " to " + maxSnrDb + " dB is no range");
        }
        return (signal, generator) -> {
            Audio.requireSignal("addNoise", signal);
            double snr = minSnrDb + (maxSnrDb - minSnrDb) * generator.nextDouble();
            Tensor noise = Tensor.randnLike(signal, generator);
            double power = signal.square().mean().item();
            double noisePower = noise.square().mean().item();
            return signal.add(noise.mul(Math.sqrt(power / noisePower * StrictMath.pow(10, -snr / 10))));
        };
    }

    /** Shifts a signal by up to a share of its length to either side; what is uncovered is 0. */
    public static Transform<Tensor> timeShift(double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("timeShift: the share is " + share + ", expected 0 to 1");
        }
        return (signal, generator) -> {
            Audio.requireSignal("timeShift", signal);
            long length = signal.size(-1);
            long most = (long) (share * length);
            long shift = generator.nextLong(2 * most + 1) - most;
            return shift >= 0 ? signal.narrow(-1, 0, length - shift).pad(new long[] {shift, 0}, 0)
                    : signal.narrow(-1, -shift, length + shift).pad(new long[] {0, -shift}, 0);
        };
    }

    /** Plays a signal faster by a factor from the range, so that it gets shorter and higher; below 1, slower. */
    public static Transform<Tensor> speed(double minFactor, double maxFactor) {
        if (!(minFactor > 0 && minFactor <= maxFactor)) {
            throw new IllegalArgumentException(
                    "speed: from " + minFactor + " to " + maxFactor + " is no range of positive numbers");
        }
        return (signal, generator) -> {
            Audio.requireSignal("speed", signal);
            double factor = minFactor + (maxFactor - minFactor) * generator.nextDouble();
            // In hundredths, so that the filter has few phases.
            return Audio.resample(signal, Math.max(1, (int) Math.round(100 * factor)), 100);
        };
    }

    /** Sets up to the given number of neighbouring frequencies of a spectrogram to a value: SpecAugment (Park et al., 2019). */
    public static Transform<Tensor> frequencyMasking(int most, double value) {
        return masking("frequencyMasking", -2, most, value);
    }

    /** Sets up to the given number of neighbouring frames of a spectrogram to a value: SpecAugment. */
    public static Transform<Tensor> timeMasking(int most, double value) {
        return masking("timeMasking", -1, most, value);
    }

    private static Transform<Tensor> masking(String op, int axis, int most, double value) {
        requirePositive(op, "the most that is masked", most);
        return (spectrogram, generator) -> {
            if (spectrogram.rank() < 2) {
                throw new IllegalArgumentException(
                        op + ": the spectrogram has shape " + spectrogram.shape() + ", expected (…, F, T)");
            }
            long size = spectrogram.size(axis);
            // As torchaudio's mask_along_axis draws them.
            double length = generator.nextDouble() * Math.min(most, size);
            long begin = (long) (generator.nextDouble() * (size - length));
            Tensor masked = spectrogram.copy();
            masked.narrow(axis, begin, (long) length).fill_(value);
            return masked;
        };
    }

    private static void requirePositive(String op, String what, int number) {
        if (number < 1) {
            throw new IllegalArgumentException(op + ": " + what + " is " + number + ", expected at least 1");
        }
    }
}
