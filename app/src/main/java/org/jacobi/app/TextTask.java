package org.jacobi.app;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.StateDict;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.metrics.Mean;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.recurrent.LstmState;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.tokenizer.Decoder;
import org.jacobi.transformer.tokenizer.Tokenizer;

/**
 * Going on with a text, token by token.
 *
 * @param tokenizer how text becomes numbers
 * @param width     of the LSTM's state
 * @param layers    how many layers the LSTM has
 * @param dropout   which share is dropped between layers in training
 */
record TextTask(RunConfig.TokenizerConfig tokenizer, int width, int layers, double dropout)
        implements Task<TextStreams.Stretch> {

    /** A table of all pairs of more tokens would be larger than the network. */
    static final int MOST_TOKENS = 2048;
    private static final int STREAMS = 16;
    private static final int CONTEXT = 256;
    private static final int SAMPLE = 500;
    private static final Sampling SAMPLING = new Sampling(0.8, 0, 1);

    @Override
    public Layer model() {
        return new TextNetwork(tokenizer.tokenizer().vocabSize(), width, layers, dropout);
    }

    /** The loss is the mean cross-entropy of a token, in nats. */
    @Override
    public TrainStep<TextStreams.Stretch> measurement(Layer model) {
        return new Reading((TextNetwork) model);
    }

    /** Reads stretches, each from the state in which the one before left the network. */
    static final class Reading implements TrainStep<TextStreams.Stretch> {
        private final TextNetwork model;
        private Tensor h;
        private Tensor c;

        Reading(TextNetwork model) {
            this.model = model;
        }

        @Override
        public Outcome apply(TextStreams.Stretch stretch) {
            if (stretch.first() || h == null) {
                begin(stretch.inputs().size(0));
            }
            var read = model.read(stretch.inputs(),
                    new LstmState(Variable.constant(h.copy()), Variable.constant(c.copy())));
            h.copy_(read.state().h().value());
            c.copy_(read.state().c().value());
            Tensor targets = stretch.targets().flatten();
            Tensor counted = targets.ge(0).nonzero().squeeze(1);
            Tensor known = targets.indexSelect(0, counted);
            Tensor bigrams = model.bigramLosses(stretch.inputs().flatten().indexSelect(0, counted), known);
            return new Outcome(read.output().crossEntropy(stretch.targets()), Variable.constant(bigrams), known,
                    stretch.counted());
        }

        /** Begins all streams. */
        void begin(long streams) {
            if (h != null && h.size(1) == streams) {
                h.zero_();
                c.zero_();
                return;
            }
            h = model.zeroState(streams).unscope();
            c = model.zeroState(streams).unscope();
        }

        /** Returns the state, for a checkpoint. */
        SequencedMap<String, Tensor> stateDict() {
            SequencedMap<String, Tensor> state = new LinkedHashMap<>();
            state.put("h", h);
            state.put("c", c);
            return state;
        }

        /** Takes a state from a checkpoint. */
        void loadStateDict(Map<String, Tensor> saved) {
            StateDict.load("language model", stateDict(), Map.of(), saved);
        }
    }

    /** The loss of the model of pairs is measured beside the network's. */
    @Override
    public SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        metrics.put("bigram_loss", MeanPrediction::new);
        return metrics;
    }

    /** The mean of all predictions, which are losses. */
    private static final class MeanPrediction implements Metric<Double> {
        private final Mean mean = new Mean();

        @Override
        public void update(Tensor prediction, Tensor target) {
            mean.update(prediction.mean().item(), prediction.numel());
        }

        @Override
        public Double compute() {
            return mean.compute();
        }

        @Override
        public void reset() {
            mean.reset();
        }
    }

    @Override
    public Iterable<TextStreams.Stretch> read(Path data) {
        return streams(encode(data, TextFiles.read(data)));
    }

    /** Returns a text in streams to measure a network by. */
    static TextStreams streams(long[] tokens) {
        return new TextStreams(tokens, STREAMS, CONTEXT, 0);
    }

    private long[] encode(Path file, String text) {
        long[] tokens;
        try {
            tokens = tokenizer.tokenizer().encode(text);
        } catch (IllegalArgumentException e) {
            throw new DataException(file + ": the model cannot read it: " + e.getMessage()
                    + "; jacobi train lstm --tokenizer byte makes one that reads any text", e);
        }
        if (tokens.length < 2) {
            throw new DataException(
                    file + ": has one character; at least two are needed, to predict one from the other");
        }
        return tokens;
    }

    /** Goes on with the text in a file. */
    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        StringBuilder text = new StringBuilder(TextFiles.read(file));
        encode(file, text.toString());
        write((TextNetwork) model, text.toString(), SAMPLE, SAMPLING, new Generator(0), text::append);
        return text.toString().lines().toList();
    }

    /**
     * Goes on with a text.
     *
     * @param sink takes the text of each token; the prompt is not repeated
     */
    void write(TextNetwork model, String prompt, int tokens, Sampling sampling, Generator generator,
            Consumer<String> sink) {
        Tokenizer texts = tokenizer.tokenizer();
        Decoder decoder = texts.decoder();
        Tensor h = model.zeroState(1);
        Tensor c = model.zeroState(1);
        long[] unread = texts.encode(prompt);
        for (int i = 0; i < tokens; i++) {
            long next;
            try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
                var read = model.read(Tensor.of(unread, 1, unread.length).to(model.device()),
                        new LstmState(Variable.constant(h), Variable.constant(c)));
                h.copy_(read.state().h().value());
                c.copy_(read.state().c().value());
                next = sampling.draw(read.output().value().select(1, -1), generator)[0];
            }
            unread = new long[] {next};
            sink.accept(decoder.add(next));
        }
        String rest = decoder.end();
        if (!rest.isEmpty()) {
            sink.accept(rest);
        }
    }

    @Override
    public TextTask checked() {
        Problems.require(tokenizer != null && tokenizer.kind() != null && tokenizer.vocabulary() != null,
                "the tokenizer is null");
        int vocabulary = tokenizer.tokenizer().vocabSize();
        Problems.require(vocabulary <= MOST_TOKENS,
                vocabulary + " different characters, expected at most " + MOST_TOKENS
                        + "; take --tokenizer byte");
        Problems.require(width >= 1 && width <= 1 << 14, "width " + width + ": expected 1 to 16384");
        Problems.require(layers >= 1 && layers <= 64, "layers " + layers + ": expected 1 to 64");
        Problems.require(dropout >= 0 && dropout < 1, "dropout " + dropout + ": expected at least 0 and below 1");
        return this;
    }
}
