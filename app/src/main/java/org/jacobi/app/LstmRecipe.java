package org.jacobi.app;

import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;
import org.jacobi.transformer.tokenizer.ByteTokenizer;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.jacobi.transformer.tokenizer.Tokenizer;

/**
 * A language model of long short-term memory. The first 90% of the text's characters train, the rest validates, and is what is measured
 * at the end. The text is read in streams side by side, with back-propagation through one stretch at a time; the state is carried on.
 *
 * @param bytes   whether tokens are bytes of UTF-8, and not characters
 * @param context how many tokens a stretch has
 * @param width   of the state
 * @param layers  how many layers there are
 * @param dropout which share is dropped between layers in training
 */
record LstmRecipe(boolean bytes, int context, int width, int layers, double dropout)
        implements Recipe<TextStreams.Stretch> {

    private static final double CLIP = 1;

    @Override
    public Defaults defaults() {
        return new Defaults(4, 32, 4e-3);
    }

    @Override
    public Lesson<TextStreams.Stretch> prepare(TrainSettings settings) {
        Problems.require(context >= 1, "context " + context + ": expected at least 1");
        String text = TextFiles.read(settings.path());
        Tokenizer tokenizer = bytes ? new ByteTokenizer() : CharTokenizer.of(text);
        TextTask task = new TextTask(RunConfig.TokenizerConfig.of(tokenizer), width, layers, dropout).checked();
        int end = text.offsetByCodePoints(0, Dataset.trainingLength(text.codePointCount(0, text.length())));
        long[] training = tokenizer.encode(text.substring(0, end));
        long[] validation = tokenizer.encode(text.substring(end));
        Problems.require(training.length > context && validation.length >= 2, settings.data() + ": has "
                + (training.length + validation.length) + " tokens, of which a tenth validates; a context of " + context
                + " needs more");
        TextStreams streams = new TextStreams(training, settings.batch(), context, settings.seed());
        return new Lesson<>(task, streams, TextTask.streams(validation), TextTask.streams(validation), model -> {
            TextNetwork network = (TextNetwork) model;
            network.countBigrams(training);
            TextTask.Reading reading = new TextTask.Reading(network);
            reading.begin(streams.streams());
            return Trainer
                    .of(model, settings.adamW(model), reading)
                    .clipGradNorm(CLIP)
                    .saved("carried", reading::stateDict, reading::loadStateDict)
                    .schedule(settings.oneCycle(streams.batches()))
                    .monitor(Monitor.min("loss"));
        });
    }
}
