package org.jacobi.app;

import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.jacobi.autograd.NoGrad;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;

/**
 * How well a model predicts a text.
 *
 * @param tokens     how many tokens were predicted
 * @param characters how many characters they make up
 * @param loss       the mean cross-entropy of a token, in nats
 * @param usage      what the forward passes took
 */
record Evaluation(long tokens, long characters, double loss, Usage usage) {

    /** About as many tokens go through the model at once. */
    private static final int TOKENS_AT_ONCE = 4096;

    /**
     * Predicts every token of a text but those of the first character, each once: from all tokens before it that the model can see, but no
     * more than it sees when it writes. As in {@link org.jacobi.transformer.generate.TextGenerator}, when the context
     * is full its last half is read again and the text goes on from there. So a token is predicted from at least half a
     * context, but for the beginning of the text, where there is no more. The last window may be shorter.
     */
    static Evaluation of(GPT model, int context, Dataset.Part text) {
        boolean training = model.isTraining();
        model.eval();
        Usage usage = new Usage();
        int predicted = text.length() - 1;
        int lead = text.lead();
        int readAgain = context / 2;
        int step = context - readAgain;
        int whole = predicted < context ? 0 : (predicted - context) / step + 1;
        int atOnce = Math.max(1, TOKENS_AT_ONCE / context);
        double sum = 0;
        for (int first = 0; first < whole; first += atOnce) {
            int count = Math.min(atOnce, whole - first);
            int offset = first;
            int[] starts = IntStream.range(0, count).map(i -> (offset + i) * step).toArray();
            int counted = count * step + (first == 0 ? readAgain - lead : 0);
            if (counted > 0) {
                sum += timed(usage, model, () -> text.at(starts, context, readAgain)) * counted;
            }
        }
        int done = whole == 0 ? 0 : (whole - 1) * step + context;
        if (done < predicted) {
            int start = whole * step;
            sum += timed(usage, model, () -> text.at(new int[] {start}, predicted - start, readAgain))
                    * (predicted - Math.max(done, lead));
        }
        if (training) {
            model.train();
        }
        return new Evaluation(predicted - lead, text.characters() - 1, sum / (predicted - lead), usage);
    }

    private static double timed(Usage usage, GPT model, Supplier<Dataset.Batch> next) {
        long before = System.nanoTime();
        long[] tokens = new long[1];
        double loss = loss(model, () -> {
            Dataset.Batch batch = next.get();
            tokens[0] = batch.inputs().numel();
            return batch;
        });
        usage.add((System.nanoTime() - before) * 1e-9, tokens[0]);
        return loss;
    }

    /** Returns the mean loss of a batch; nothing is recorded or kept. */
    static double loss(GPT model, Supplier<Dataset.Batch> next) {
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            Dataset.Batch batch = next.get().to(model.device());
            return model.forward(batch.inputs()).crossEntropy(batch.targets()).item();
        }
    }

    /** Returns e to the power of the loss: among how many equally likely tokens the model is undecided. */
    double perplexity() {
        return Math.exp(loss);
    }

    /** Returns the loss of a token in bits. */
    double bits() {
        return loss / Math.log(2);
    }

    /** Returns the loss of all tokens in bits, shared out among the characters. */
    double bitsPerCharacter() {
        return bits() * tokens / characters;
    }
}
