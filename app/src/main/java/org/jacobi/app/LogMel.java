package org.jacobi.app;

import org.jacobi.layers.audio.Audio;
import org.jacobi.layers.audio.MelSpectrogram;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.Tensor;

/**
 * What networks for sounds see: how loud each band is over time, in decibels, less its mean and divided by its deviation over the whole
 * recording, so that neither the microphone's level nor its distance counts.
 *
 * @param sampleRate samples a second
 * @param hop        from one frame to the next, in samples
 * @param bands      how many bands of equal distance to the ear
 */
record LogMel(int sampleRate, int hop, int bands) {

    private static final double FRAME_SECONDS = 0.032;
    /** What is softer is the room and the microphone, which differ from speaker to speaker. */
    private static final double RANGE_DB = 40;

    /** Returns the samples of a frame: the power of two that is nearest to 32 ms. */
    private int frame() {
        return 1 << (int) Math.round(Math.log(sampleRate * FRAME_SECONDS) / Math.log(2));
    }

    /** Returns the frames of so many seconds. */
    int frames(double seconds) {
        return (int) Math.ceil(seconds * sampleRate / hop) + 1;
    }

    /** Returns what makes a spectrogram (1, bands, frames) of a signal (1, T). */
    Transform<Tensor> of() {
        int frame = frame();
        MelSpectrogram mel = new MelSpectrogram(sampleRate, frame, hop, bands);
        return (signal, _) -> {
            Tensor enough = signal.size(-1) >= frame ? signal
                    : signal.pad(new long[] {0, frame - signal.size(-1)}, 0);
            Tensor decibels = Audio.amplitudeToDb(mel.of(enough), RANGE_DB);
            double mean = decibels.mean().item();
            double variance = decibels.sub(mean).square().mean().item();
            // Silence has no deviation.
            return decibels.sub(mean).div(Math.sqrt(variance + 1e-6));
        };
    }

    /** Checks the numbers. */
    LogMel checked() {
        Problems.require(sampleRate >= 1000 && sampleRate <= 200_000, "sampleRate " + sampleRate
                + ": expected 1,000 to 200,000");
        Problems.require(hop >= 1 && hop <= frame(), "hop " + hop + ": expected 1 to " + frame());
        Problems.require(bands >= 1 && bands <= frame() / 4,
                "bands " + bands + ": expected 1 to " + frame() / 4);
        return this;
    }
}
