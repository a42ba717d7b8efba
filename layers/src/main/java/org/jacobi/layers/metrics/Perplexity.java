package org.jacobi.layers.metrics;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** The exponential of the mean negative log-likelihood of the target tokens, as torchmetrics.text.Perplexity. */
public final class Perplexity implements Metric<Double> {
    private final Mean nll = new Mean();
    private Long ignored;

    /** Leaves out what has this target, such as padding. */
    public Perplexity ignoreIndex(long target) {
        ignored = target;
        return this;
    }

    /**
     * Takes in one more batch.
     *
     * @param prediction logits (…, tokens)
     * @param target     token numbers (…)
     */
    @Override
    public void update(Tensor prediction, Tensor target) {
        Inputs.requireIntegers("Perplexity", target);
        if (prediction.rank() != target.rank() + 1 || !prediction.dtype().isFloating()
                || prediction.numel() != target.numel() * prediction.size(-1)) {
            throw new IllegalArgumentException("Perplexity: a prediction " + prediction.dtype() + prediction.shape()
                    + " and a target of shape " + target.shape()
                    + " do not fit; expected logits (..., tokens) and (...)");
        }
        long tokens = prediction.size(-1);
        try (var _ = TensorScope.open()) {
            Tensor logs = prediction.to(DType.F64).logSoftmax(-1).reshape(target.numel(), tokens);
            long[] labels = Inputs.longs(target);
            for (int i = 0; i < labels.length; i++) {
                if (ignored != null && labels[i] == ignored) {
                    continue;
                }
                if (labels[i] < 0 || labels[i] >= tokens) {
                    throw new IllegalArgumentException("Perplexity: target " + i + " is token " + labels[i]
                            + "; there are tokens 0 to " + (tokens - 1));
                }
                nll.update(-logs.getDouble(i, labels[i]), 1);
            }
        }
    }

    @Override
    public Double compute() {
        if (nll.isEmpty()) {
            throw Inputs.empty("Perplexity");
        }
        return Math.exp(nll.compute());
    }

    @Override
    public void reset() {
        nll.reset();
    }
}
