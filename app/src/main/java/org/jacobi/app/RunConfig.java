package org.jacobi.app;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

import org.jacobi.tensor.Tensor;
import org.jacobi.transformer.GPTConfig;
import org.jacobi.transformer.tokenizer.ByteTokenizer;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.jacobi.transformer.tokenizer.Tokenizer;

/**
 * What a run is, as {@code config.json} holds it.
 *
 * @param version   the version of jacobi that wrote it
 * @param model     what the model is made of
 * @param tokenizer how text becomes numbers
 * @param training  how the model is trained
 * @param seed      what all random numbers of the run follow from
 * @param precision what products compute in while training
 * @param text      what it is trained on
 */
record RunConfig(String version, GPTConfig model, TokenizerConfig tokenizer, GptRecipe training, long seed,
        Precision precision, TextSource text) {
    /**
     * A tokenizer.
     *
     * @param kind       what its tokens are: "characters" or "bytes"
     * @param vocabulary the characters, in the order of their numbers; empty for bytes
     */
    record TokenizerConfig(String kind, String vocabulary) {
        static final String CHARACTERS = "characters";

        static final String BYTES = "bytes";

        static TokenizerConfig of(Tokenizer tokenizer) {
            return tokenizer instanceof CharTokenizer characters
                    ? new TokenizerConfig(CHARACTERS, characters.vocabulary())
                    : new TokenizerConfig(BYTES, "");
        }

        Tokenizer tokenizer() {
            if (BYTES.equals(kind) && "".equals(vocabulary)) {
                return new ByteTokenizer();
            }
            if (!CHARACTERS.equals(kind)) {
                throw new IllegalArgumentException("tokenizer.kind is " + kind + ", expected " + CHARACTERS
                        + ", or " + BYTES + " with an empty vocabulary");
            }
            return CharTokenizer.fromVocabulary(vocabulary);
        }
    }

    /**
     * A text.
     *
     * @param files      its files, as absolute paths; none for the default corpus
     * @param sha256     of its UTF-8 bytes, in hexadecimal digits
     * @param characters how many it has
     */
    record TextSource(List<String> files, String sha256, int characters) {
        List<Path> paths() {
            return files.stream().map(Path::of).toList();
        }
    }

    /** Returns this with another number of steps and other places of the text. */
    RunConfig with(int steps, List<String> files) {
        return new RunConfig(version, model, tokenizer, training.withSteps(steps), seed, precision,
                new TextSource(files, text.sha256, text.characters));
    }

    /**
     * Checks what was read from a file.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    RunConfig checked() {
        if (model == null || tokenizer == null || tokenizer.vocabulary == null || training == null
                || precision == null || text == null
                || text.files == null || text.files.stream().anyMatch(Objects::isNull)) {
            throw new IllegalArgumentException("an entry is null");
        }
        text.paths(); // or says what is no path
        if (!training.problems().isEmpty()) {
            throw new IllegalArgumentException("training: " + training.problems().getFirst());
        }
        int vocabSize = tokenizer.tokenizer().vocabSize();
        if (!model.equals(training.model(vocabSize))) {
            throw new IllegalArgumentException("model, training and the " + vocabSize
                    + " tokens of the tokenizer contradict each other");
        }
        return this;
    }

    /**
     * Checks that saved tensors are as many numbers as the model's parameters, before anything is made that has the
     * size that a file asks for.
     *
     * @throws IllegalArgumentException saying how many there are and should be
     */
    void requireFit(Map<String, Tensor> saved) {
        double found = saved.values().stream().mapToDouble(Tensor::numel).sum();
        double expected = model.parameterCount();
        if (found != expected) {
            throw new IllegalArgumentException(String.format(Locale.ROOT,
                    "the model in config.json has %,.0f parameters, but %,.0f numbers were saved; these files do not"
                            + " belong together",
                    expected, found));
        }
    }
}
