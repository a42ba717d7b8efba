package org.jacobi.app;

import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;
import org.jacobi.tensor.Tensor;

/**
 * A recogniser of sequences of words that are recorded one by one. It learns from sequences that are put together at random, anew in
 * each epoch, of recordings that are changed as {@link AudioRecipe} does.
 *
 * @param split    how recordings are cut
 * @param heldOut  whose recordings are held out; null to draw who
 * @param words    how many words a sequence has at most
 * @param channels of the convolutions
 * @param width    of the recurrent network
 */
record CtcRecipe(SpeechData.Split split, String heldOut, int words, int channels, int width)
        implements Recipe<Spoken> {

    private static final int BANDS = 40;
    private static final double HOP_SECONDS = 0.01;
    private static final double CLIP = 5;

    @Override
    public Defaults defaults() {
        return new Defaults(25, 16, 2e-3);
    }

    @Override
    public Lesson<Spoken> prepare(TrainSettings settings) {
        int rate = SpeechData.sampleRate(settings.path());
        SpeechData data = SpeechData.of(settings.path(), rate, split, heldOut, settings.seed());
        data.seconds(); // reads all, so that what is broken is known
        LogMel mel = new LogMel(rate, (int) Math.round(rate * HOP_SECONDS), BANDS);
        SpeechTask task = new SpeechTask(data.recordings().classes(), mel, channels, width, words).checked();
        Dataset<Example> all = data.recordings();
        SpokenSequences training = task.sequences(all.subset(data.training()));
        Transform<Tensor> sounds = AudioRecipe.sounds();
        Transform<Tensor> seen = mel.of().then(AudioRecipe.masks());
        DataLoader<Spoken> batches = DataLoader.of(training.alone(), Spoken::together).batchSize(settings.batch())
                .shuffle(settings.seed()).dropLast(data.training().length >= settings.batch())
                .transform((word, generator) -> {
                    Spoken sequence = training.sequence(new Example(word.sounds(), word.letters()), generator);
                    return new Spoken(seen.apply(sounds.apply(sequence.sounds(), generator), generator),
                            sequence.letters());
                }).workers(settings.workers()).build();
        return new Lesson<>(task, batches,
                task.batches(task.sequences(all.subset(data.validation())), settings.workers()),
                task.batches(task.sequences(all.subset(data.heldOut())), settings.workers()),
                model -> Trainer
                        .of(model, settings.adamW(model),
                                task.step((SpeechNetwork) model, false))
                        .clipGradNorm(CLIP)
                        .schedule(settings.oneCycle(batches.batches()))
                        .monitor(Monitor.min("loss")));
    }
}
