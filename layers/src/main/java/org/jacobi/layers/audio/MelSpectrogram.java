package org.jacobi.layers.audio;

import org.jacobi.layers.audio.Audio.MelScale;
import org.jacobi.tensor.Stft;
import org.jacobi.tensor.Tensor;

/**
 * How loud a sound is in bands of equal distance to the ear, over time: torchaudio.transforms.MelSpectrogram and MFCC.
 *
 * <pre>{@code
 * MelSpectrogram mel = new MelSpectrogram(8000, 256, 128, 40);
 * Tensor decibels = Audio.amplitudeToDb(mel.of(wav.samples()), 80);      // (1, 40, frames)
 * }</pre>
 */
public final class MelSpectrogram {
    private final Stft how;
    private final int nMels;
    private final Tensor filters;

    /** Makes one with a Hann window of nFft samples, HTK's scale, from 0 to half the sample rate. */
    public MelSpectrogram(int sampleRate, int nFft, int hopLength, int nMels) {
        this(sampleRate, Audio.frames(nFft, nFft, hopLength), 0, sampleRate / 2, nMels, MelScale.HTK, false);
    }

    /** Makes one of all choices: those of {@link Audio#melFilters}. */
    public MelSpectrogram(int sampleRate, Stft how, double low, double high, int nMels, MelScale scale,
            boolean slaneyNorm) {
        this.how = how;
        this.nMels = nMels;
        filters = Audio.melFilters((int) how.nFft() / 2 + 1, low, high, nMels, sampleRate, scale, slaneyNorm).t()
                .contiguous().unscope();
    }

    /** Returns the power in each band of signals (…, T): (…, nMels, frames). */
    public Tensor of(Tensor signals) {
        return filters.to(signals.device()).matmul(Audio.spectrogram(signals, how));
    }

    /** Returns the cepstral coefficients of signals (…, T), from decibels down to 80 below the loudest: (…, nMfcc, frames). */
    public Tensor mfcc(Tensor signals, int nMfcc) {
        return Audio.dct(nMfcc, nMels).t().to(signals.device()).matmul(Audio.amplitudeToDb(of(signals), 80));
    }
}
