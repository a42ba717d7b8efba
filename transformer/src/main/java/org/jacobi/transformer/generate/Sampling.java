package org.jacobi.transformer.generate;

import java.util.Arrays;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.backend.Philox;

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
     * Returns the position of the logit that is drawn; of equal ones, the first counts as likelier.
     *
     * @throws IllegalArgumentException if a logit is NaN or none is finite: such a model cannot be drawn from
     */
    public int draw(float[] logits, Generator generator) {
        int[] order = descending(logits);
        if (temperature == 0) {
            return order[0];
        }
        int candidates = topK == 0 ? order.length : Math.min(topK, order.length);
        double[] weights = new double[candidates];
        double total = 0;
        for (int i = 0; i < candidates; i++) {
            // StrictMath: the same seed draws the same text on every machine.
            weights[i] = StrictMath.exp((logits[order[i]] - (double) logits[order[0]]) / temperature);
            total += weights[i];
        }
        while (weights[candidates - 1] == 0) {
            candidates--;
        }
        if (topP < 1) {
            double share = 0;
            int kept = 0;
            while (kept < candidates && share < topP * total) {
                share += weights[kept++];
            }
            candidates = kept;
            total = share;
        }
        double left = uniform(generator) * total;
        int drawn = 0;
        while (drawn < candidates - 1 && left >= weights[drawn]) {
            left -= weights[drawn++];
        }
        return order[drawn];
    }

    /** Returns the positions of the logits from the largest to the smallest. */
    private static int[] descending(float[] logits) {
        long[] keys = new long[logits.length];
        boolean finite = false;
        for (int i = 0; i < logits.length; i++) {
            if (Float.isNaN(logits[i]) || logits[i] == Float.POSITIVE_INFINITY) {
                throw new IllegalArgumentException("the logit of token " + i + " is " + logits[i]
                        + "; the model's numbers are broken, its training may have diverged");
            }
            finite |= logits[i] != Float.NEGATIVE_INFINITY;
            // The upper half falls as the logit grows; the lower half is the position, to tell equal logits apart.
            keys[i] = (long) ~sortable(logits[i]) << 32 | i;
        }
        if (!finite) {
            throw new IllegalArgumentException(
                    "none of " + logits.length + " logits is finite; there is nothing to draw");
        }
        Arrays.sort(keys);
        int[] order = new int[keys.length];
        Arrays.setAll(order, i -> (int) keys[i]);
        return order;
    }

    /** Returns an int that compares with others as the floats do. */
    private static int sortable(float value) {
        int bits = Float.floatToIntBits(value + 0f);        // adding 0 turns -0 into 0
        return bits < 0 ? bits ^ Integer.MAX_VALUE : bits;
    }

    /** Returns a uniform number from 0 (inclusive) to 1 (exclusive), a multiple of 2^-48. */
    private static double uniform(Generator generator) {
        int[] words = new int[4];
        Philox.block(words, generator.seed(), generator.nextCall(), 0);
        return (words[0] >>> 8) * 0x1p-24 + (words[1] >>> 8) * 0x1p-48;
    }
}
