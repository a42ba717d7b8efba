package org.jacobi.app;

import java.util.stream.IntStream;

import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Philox;
import org.jacobi.transformer.tokenizer.Tokenizer;

/** A text as token numbers: the first nine tenths of its characters train, the rest validates. */
final class Dataset {
    private static final double TRAINING_SHARE = 0.9;
    /** The target that cross-entropy leaves out. */
    private static final long IGNORED = -100;

    /**
     * Inputs and what is to be predicted from them, both i64 (B, T): each target is the token after its input.
     */
    record Batch(Tensor inputs, Tensor targets) {
        Batch to(Device device) {
            return new Batch(inputs.to(device), targets.to(device));
        }
    }

    /** A stretch of the text. */
    final class Part {
        private final int start;
        private final int length;
        private final int characters;
        private final int lead;

        private Part(int start, String text) {
            this.start = start;
            length = tokenizer.encode(text).length;
            characters = text.codePointCount(0, text.length());
            lead = text.isEmpty() ? 0 : tokenizer.encode(text.substring(0, text.offsetByCodePoints(0, 1))).length - 1;
        }

        /** Returns the number of characters. */
        int characters() {
            return characters;
        }

        /** Returns how many tokens follow the first one in its character; they are not to be predicted either. */
        int lead() {
            return lead;
        }

        /** Returns the number of tokens. */
        int length() {
            return length;
        }

        /** Returns a batch of stretches that begin at random places; takes one call of the generator. */
        Batch random(int batch, int context, Generator generator) {
            long seed = generator.seed();
            long call = generator.nextCall();
            int[] words = new int[4];
            int[] starts = new int[batch];
            for (int b = 0; b < batch; b++) {
                Philox.block(words, seed, call, b);
                // 64 random bits times the range, shifted back by 64 bits: uniform, as far as 64 bits can be.
                long bits = (long) words[0] << 32 | words[1] & 0xFFFFFFFFL;
                starts[b] = (int) Math.unsignedMultiplyHigh(bits, length - context);
            }
            return at(starts, context, 0, 0);
        }

        /**
         * Returns the batch of stretches of so many inputs that begin at the given places, in which the tokens of the
         * first character are no targets.
         *
         * @param uncounted how many targets at the beginning of a stretch are {@link Dataset#IGNORED}; not of the one
         *                  at place 0, which nothing precedes
         */
        Batch at(int[] starts, int context, int uncounted) {
            return at(starts, context, uncounted, lead);
        }

        private Batch at(int[] starts, int context, int uncounted, int skipped) {
            long[] inputs = new long[starts.length * context];
            long[] targets = new long[starts.length * context];
            for (int b = 0; b < starts.length; b++) {
                for (int t = 0; t < context; t++) {
                    int position = start + starts[b] + t;
                    inputs[b * context + t] = tokens[position];
                    targets[b * context + t] =
                            starts[b] + t < skipped || t < uncounted && starts[b] > 0 ? IGNORED : tokens[position + 1];
                }
            }
            return new Batch(Tensor.of(inputs, starts.length, context), Tensor.of(targets, starts.length, context));
        }

        /**
         * Returns the entropy of the distribution of single tokens in this part, in nats: the loss of the best model
         * that knows how frequent each token is and nothing else (Shannon, 1948).
         */
        double unigramEntropy() {
            long[] counts = new long[tokenizer.vocabSize()];
            for (int i = start; i < start + length; i++) {
                counts[tokens[i]]++;
            }
            double entropy = 0;
            for (long count : counts) {
                if (count > 0) {
                    double p = (double) count / length;
                    entropy -= p * Math.log(p);
                }
            }
            return entropy;
        }
    }

    private final Tokenizer tokenizer;
    private final int[] tokens;
    private final Part all;
    private final Part training;
    private final Part validation;

    private Dataset(String text, Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        long[] ids = tokenizer.encode(text);
        tokens = IntStream.range(0, ids.length).map(i -> (int) ids[i]).toArray();
        int end = text.offsetByCodePoints(0, trainingLength(text.codePointCount(0, text.length())));
        all = new Part(0, text);
        training = new Part(0, text.substring(0, end));
        validation = new Part(training.length, text.substring(end));
    }

    /** Encodes a text. */
    static Dataset of(String text, Tokenizer tokenizer) {
        return new Dataset(text, tokenizer);
    }

    /** Returns the whole text. */
    Part all() {
        return all;
    }

    /** Returns the part to train on. */
    Part training() {
        return training;
    }

    /** Returns the part that is held out. */
    Part validation() {
        return validation;
    }

    /** Returns how many of a text's characters train. */
    static int trainingLength(int characters) {
        return (int) (characters * TRAINING_SHARE);
    }
}
