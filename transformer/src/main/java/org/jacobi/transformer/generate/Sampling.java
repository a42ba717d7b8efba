package org.jacobi.transformer.generate;

import java.lang.ref.Reference;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * How the next token is drawn from a model's logits.
 *
 * @param temperature what logits are divided by: below 1 likely tokens become likelier; 0 always takes the likeliest
 * @param topK        how many of the likeliest tokens are drawn from; 0 for all
 * @param topP        draws from the fewest likeliest tokens whose probabilities add up to at least this share
 *                    (Holtzman et al., "The Curious Case of Neural Text Degeneration", 2020), after topK; 1 for all
 */
public record Sampling(double temperature, int topK, double topP) {
    /** Checks every field; messages name it and its value. */
    public Sampling {
        if (!(temperature >= 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "Sampling: temperature is " + temperature + "; it must be finite and not negative");
        }
        if (topK < 0) {
            throw new IllegalArgumentException("Sampling: topK is " + topK + "; it must be 0 (all tokens) or more");
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("Sampling: topP is " + topP + "; it must be above 0 and at most 1");
        }
    }

    /** Returns the sampling that always takes the likeliest token. */
    public static Sampling greedy() {
        return new Sampling(0, 0, 1);
    }

    /**
     * Draws a token for each row of logits, on their device; of equal logits, the first counts as likelier.
     *
     * @param logits (rows, V)
     * @return the positions of the logits that are drawn
     * @throws IllegalArgumentException if a logit is NaN or the largest of a row is not finite: such a model cannot be drawn from
     */
    public long[] draw(Tensor logits, Generator generator) {
        if (logits.rank() != 2 || logits.size(1) == 0) {
            throw new IllegalArgumentException("Sampling: logits must be (rows, V), got shape " + logits.shape());
        }
        long size = logits.size(1);
        try (var _ = TensorScope.open()) {
            Tensor out = Tensor.empty(logits.device(), DType.I64, logits.size(0));
            out.backend().sample(out, logits, temperature, topK == 0 ? size : Math.min(topK, size), topP,
                    generator.seed(), temperature == 0 ? 0 : generator.nextCall());
            Reference.reachabilityFence(logits);
            long[] drawn = out.toLongArray();
            for (int row = 0; row < drawn.length; row++) {
                if (drawn[row] < 0) {
                    throw broken(logits.select(0, row).toDoubleArray());
                }
            }
            return drawn;
        }
    }

    private static IllegalArgumentException broken(double[] logits) {
        for (int i = 0; i < logits.length; i++) {
            if (Double.isNaN(logits[i]) || logits[i] == Double.POSITIVE_INFINITY) {
                return new IllegalArgumentException("the logit of token " + i + " is " + logits[i]
                        + "; the model's numbers are broken, its training may have diverged");
            }
        }
        return new IllegalArgumentException(
                "none of " + logits.length + " logits is finite; there is nothing to draw");
    }
}
