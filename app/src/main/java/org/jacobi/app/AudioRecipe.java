package org.jacobi.app;

import org.jacobi.layers.audio.AudioTransforms;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;
import org.jacobi.tensor.Tensor;

/**
 * A convolutional network for recordings of one class each. It learns from them played faster or slower, with noise, shifted, and with
 * bands and moments of the spectrogram left out (Park et al., 2019).
 *
 * @param split   how recordings are cut
 * @param heldOut whose recordings are held out; null to draw who
 * @param seconds how much of a recording the network sees; 0 for as much as 95 of 100 recordings have, at most 5
 * @param augment whether recordings are changed at random in training
 * @param width   channels of the first convolution
 */
record AudioRecipe(SpeechData.Split split, String heldOut, double seconds, boolean augment, int width)
        implements Recipe<Batch> {

    private static final int BANDS = 40;
    /** Frames are as far apart as half of one is long. */
    private static final double HOP_SECONDS = 0.016;
    private static final double USUAL = 0.95;
    private static final double MOST_SECONDS = 5;
    private static final double SMOOTHING = 0.1;

    @Override
    public Defaults defaults() {
        return new Defaults(20, 32, 3e-3);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Problems.require(seconds >= 0 && seconds <= 60,
                "seconds " + seconds + ": expected 0 (for as much as is usual) to 60");
        int rate = SpeechData.sampleRate(settings.path());
        SpeechData data = SpeechData.of(settings.path(), rate, split, heldOut, settings.seed());
        double[] lengths = data.seconds();
        double seen = seconds > 0 ? seconds
                : Math.min(MOST_SECONDS, lengths[(int) (USUAL * (lengths.length - 1))]);
        LogMel mel = new LogMel(rate, (int) Math.round(rate * HOP_SECONDS), BANDS);
        AudioTask task =
                new AudioTask(data.recordings().classes(), mel, Math.max(16, mel.frames(seen)), width).checked();
        Dataset<Example> all = data.recordings();
        DataLoader<Batch> batches = DataLoader.of(all.subset(data.training())).batchSize(settings.batch())
                .shuffle(settings.seed()).dropLast(data.training().length >= settings.batch())
                .transform(Transform.ofInput(augment ? sounds().then(task.seen()).then(masks()) : task.seen()))
                .workers(settings.workers()).build();
        CrossEntropyLoss loss = new CrossEntropyLoss().labelSmoothing(SMOOTHING);
        return new Lesson<>(task, batches, task.batches(all.subset(data.validation()), settings.workers()),
                task.batches(all.subset(data.heldOut()), settings.workers()),
                model -> Trainer
                        .supervised(model, settings.adamW(model), loss)
                        .schedule(settings.oneCycle(batches.batches()))
                        .monitor(Monitor.min("loss")));
    }

    /** Returns how signals are changed. */
    static Transform<Tensor> sounds() {
        // A voice that is played faster is higher, too: as if somebody else spoke.
        return AudioTransforms.speed(0.8, 1.25).then(AudioTransforms.timeShift(0.1).withProbability(0.5))
                .then(AudioTransforms.addNoise(5, 40).withProbability(0.5));
    }

    /** Returns how spectrograms are changed, whose mean is 0. */
    static Transform<Tensor> masks() {
        return AudioTransforms.frequencyMasking(8, 0).then(AudioTransforms.timeMasking(8, 0));
    }
}
