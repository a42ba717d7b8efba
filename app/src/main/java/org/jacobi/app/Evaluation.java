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
    private static final int TOKENS_AT_ONCE = 8192;

    /**
     * Predicts every token of a text but the first, each once. The text is cut into windows of the model's context; within
     * a window each token is predicted from all that stand before it there. The last window may be shorter.
     */
    static Evaluation of(GPT model, int context, Dataset.Part text) {
        boolean training = model.isTraining();
        model.eval();
        int predicted = text.length() - 1;
        int whole = predicted / context;
        int atOnce = Math.max(1, TOKENS_AT_ONCE / context);
        double sum = 0;
        for (int first = 0; first < whole; first += atOnce) {
            int count = Math.min(atOnce, whole - first);
            int offset = first;
            int[] starts = IntStream.range(0, count).map(i -> (offset + i) * context).toArray();
            sum += loss(model, () -> text.at(starts, context)) * count * context;
        }
        int rest = predicted % context;
        if (rest > 0) {
            sum += loss(model, () -> text.at(new int[] {whole * context}, rest)) * rest;
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
