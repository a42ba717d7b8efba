package org.jacobi.transformer.generate;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.KVCache;
import org.jacobi.transformer.tokenizer.Decoder;
import org.jacobi.transformer.tokenizer.Tokenizer;

/**
 * Continues a text, token by token.
 *
 * <p>A cache makes each token cost one position. When the context is full, the last half of it is read again from
 * position 0 on and the text goes on from there: positions are learned for the context only, so that the cache cannot
 * slide.
 */
public final class TextGenerator {
    private final GPT model;
    private final Tokenizer tokenizer;
    private final Sampling sampling;
    private final Generator generator;
    private final KVCache cache;

    /**
     * Makes a generator.
     *
     * @param generator the source of the random numbers with which tokens are drawn
     */
    public TextGenerator(GPT model, Tokenizer tokenizer, Sampling sampling, Generator generator) {
        if (tokenizer.vocabSize() > model.config().vocabSize()) {
            throw new IllegalArgumentException("TextGenerator: the tokenizer has " + tokenizer.vocabSize()
                    + " tokens, the model knows " + model.config().vocabSize() + "; they were not trained together");
        }
        this.model = model;
        this.tokenizer = tokenizer;
        this.sampling = sampling;
        this.generator = generator;
        cache = new KVCache(model.config(), 1);
    }

    /**
     * Writes tokens that follow the prompt, each as soon as its text is whole. Of a prompt longer than the context, the end
     * is read. The model is in evaluation mode meanwhile.
     *
     * @param prompt at least one token long
     * @param tokens how many tokens to write
     * @param sink   takes the text that each token completes, never half of a character and sometimes nothing, and a
     *               character that stays cut off at the end; the prompt is not repeated
     * @throws IllegalArgumentException if the prompt is empty or the tokenizer does not know all of it
     */
    public void generate(String prompt, int tokens, Consumer<String> sink) {
        if (tokens < 0) {
            throw new IllegalArgumentException("generate: " + tokens + " tokens; the number must not be negative");
        }
        long[] given = tokenizer.encode(prompt);
        if (given.length == 0) {
            throw new IllegalArgumentException(
                    "generate: the prompt is empty; give at least one character to start from");
        }
        List<Long> text = new ArrayList<>();
        for (long token : given) {
            text.add(token);
        }
        boolean training = model.isTraining();
        model.eval();
        try {
            write(text, tokens, sink);
        } finally {
            if (training) {
                model.train();
            }
        }
    }

    private void write(List<Long> text, int tokens, Consumer<String> sink) {
        Decoder decoder = tokenizer.decoder();
        cache.reset();
        int unread = Math.min(text.size(), cache.capacity());
        for (int i = 0; i < tokens; i++) {
            if (cache.length() + unread > cache.capacity()) {
                cache.reset();
                unread = Math.max(1, cache.capacity() / 2);
            }
            long next = next(text.subList(text.size() - unread, text.size()));
            text.add(next);
            unread = 1;
            sink.accept(decoder.add(next));
        }
        String rest = decoder.end();
        if (!rest.isEmpty()) {
            sink.accept(rest);
        }
    }

    /** Reads tokens that follow what the cache holds, and draws the next one. */
    private long next(List<Long> unread) {
        try (var _ = TensorScope.open()) {
            long[] read = unread.stream().mapToLong(Long::longValue).toArray();
            Tensor tokens = Tensor.of(read, 1, read.length).to(model.device());
            Tensor logits = model.forward(tokens, cache).value().select(1, -1);    // (1, V)
            // A model may have spare tokens, to round its size; the tokenizer does not know them.
            return sampling.draw(logits.narrow(1, 0, tokenizer.vocabSize()), generator)[0];
        }
    }
}
