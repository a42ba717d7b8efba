package org.jacobi.app;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Flatten;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.audio.Wav;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Dataset;
import org.jacobi.layers.data.Example;
import org.jacobi.layers.data.Transform;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Sorting recordings into classes.
 *
 * @param classes their names, in the order of the network's outputs
 * @param mel     what the network sees of a recording
 * @param frames  how many frames it sees: longer recordings lose their end, shorter ones have silence added
 * @param width   channels of the first convolution
 */
record AudioTask(List<String> classes, LogMel mel, int frames, int width) implements ClassTask {

    private static final int BATCH = 64;
    private static final double DROPOUT = 0.3;
    private static final int LEVELS = 4;

    /** Convolutions with normalization on four levels, each of half the size, and the mean over all that is left. */
    @Override
    public Layer model() {
        List<Layer> layers = new ArrayList<>();
        int in = 1;
        for (int level = 0; level < LEVELS; level++) {
            int out = width << Math.min(level, 2);
            layers.addAll(List.of(new Conv2d(in, out, 3, new ConvOptions().padding(1), false), new BatchNorm2d(out),
                    new ReLU(), level < LEVELS - 1 ? new MaxPool2d(2) : new AdaptiveAvgPool2d(1)));
            in = out;
        }
        layers.addAll(List.of(new Flatten(), new Dropout(DROPOUT), new Linear(in, classes.size())));
        return new Sequential(layers.toArray(Layer[]::new));
    }

    @Override
    public Iterable<Batch> read(Path data) {
        return batches(new ImageData(data, SpeechData.list(data, mel.sampleRate())).labelledAs(classes), 0);
    }

    /** Returns recordings as the network sees them, in order, in batches. */
    Iterable<Batch> batches(Dataset<Example> recordings, int workers) {
        return DataLoader.of(recordings).batchSize(BATCH).transform(Transform.ofInput(seen())).workers(workers)
                .build();
    }

    /** Returns what makes of a signal what the network sees. */
    Transform<Tensor> seen() {
        return mel.of().then((spectrogram, _) -> {
            long length = spectrogram.size(-1);
            return length >= frames ? spectrogram.narrow(-1, 0, frames)
                    : spectrogram.pad(new long[] {0, frames - length}, spectrogram.amin().item());
        });
    }

    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        Tensor signal = Wav.read(file).mono().resample(mel.sampleRate()).samples();
        Tensor input = seen().apply(signal, new Generator(0)).unsqueeze(0).to(model.device());
        return List.of(Answers.likeliest(file.toString(), model.forward(input).value().softmax(-1).toDoubleArray(),
                classes, top));
    }

    @Override
    public AudioTask checked() {
        Problems.requireClasses(classes);
        Problems.require(mel != null, "mel is null");
        mel.checked();
        int least = 1 << LEVELS - 1;
        Problems.require(mel.bands() >= least, "bands " + mel.bands() + ": expected at least " + least);
        Problems.require(frames >= least && frames <= 1 << 16,
                "frames " + frames + ": expected " + least + " to 65536");
        Problems.require(width >= 1 && width <= 1024, "width " + width + ": expected 1 to 1024");
        return this;
    }
}
