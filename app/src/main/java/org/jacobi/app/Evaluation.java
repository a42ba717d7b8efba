package org.jacobi.app;

import java.util.function.Supplier;
import java.util.stream.IntStream;

import org.jacobi.autograd.NoGrad;
import org.jacobi.tensor.TensorScope;
import org.jacobi.transformer.GPT;

/**
 * How well a model predicts a text.
 *
 * @param tokens how many tokens were predicted
 * @param loss   the mean cross-entropy of a token, in nats
 */
record Evaluation(long tokens, double loss) {
    /** About as many tokens go through the model at once. */
    private static final int TOKENS_AT_ONCE = 4096;

    /**
     * Predicts every token of a text but the first, each once: from all tokens before it that the model can see, but no
     * more than it sees when it writes. As in {@link org.jacobi.transformer.generate.TextGenerator}, when the context
     * is full its last half is read again and the text goes on from there. So a token is predicted from at least half a
     * context, but for the beginning of the text, where there is no more. The last window may be shorter.
     */
    static Evaluation of(GPT model, int context, Dataset.Part text) {
        boolean training = model.isTraining();
        model.eval();
        int predicted = text.length() - 1;
        int readAgain = context / 2;
        int step = context - readAgain;
        int whole = predicted < context ? 0 : (predicted - context) / step + 1;
        int atOnce = Math.max(1, TOKENS_AT_ONCE / context);
        double sum = 0;
        for (int first = 0; first < whole; first += atOnce) {
            int count = Math.min(atOnce, whole - first);
            int offset = first;
            int[] starts = IntStream.range(0, count).map(i -> (offset + i) * step).toArray();
            sum += loss(model, () -> text.at(starts, context, readAgain))
                    * (count * step + (first == 0 ? readAgain : 0));
        }
        int done = whole == 0 ? 0 : (whole - 1) * step + context;
        if (done < predicted) {
            int start = whole * step;
            sum += loss(model, () -> text.at(new int[] {start}, predicted - start, readAgain)) * (predicted - done);
        }
        if (training) {
            model.train();
        }
        return new Evaluation(predicted, sum / predicted);
    }

    /** Returns the mean loss of a batch; nothing is recorded or kept. */
    static double loss(GPT model, Supplier<Dataset.Batch> next) {
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            Dataset.Batch batch = next.get();
            return model.forward(batch.inputs()).crossEntropy(batch.targets()).item();
        }
    }

    /** Returns e to the power of the loss: among how many equally likely tokens the model is undecided. */
    double perplexity() {
        return Math.exp(loss);
    }

    /** Returns the loss in bits. */
    double bits() {
        return loss / Math.log(2);
    }
}
