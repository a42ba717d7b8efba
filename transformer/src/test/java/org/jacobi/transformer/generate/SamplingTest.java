package org.jacobi.transformer.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class SamplingTest {
    private static final int DRAWS = 20_000;
    /** Probabilities 0.1, 0.5, 0.05, 0.35. */
    private static final float[] LOGITS = logs(0.1, 0.5, 0.05, 0.35);

    private static float[] logs(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) Math.log(probabilities[i]) + 3;
        }
        return logits;
    }

    private static int draw(Sampling sampling, float[] logits, Generator generator) {
        try (var _ = TensorScope.open()) {
            return (int) sampling.draw(Tensor.of(logits).view(1, -1), generator)[0];
        }
    }

    private static double[] frequencies(Sampling sampling, float... logits) {
        Generator generator = new Generator(1);
        double[] share = new double[logits.length];
        for (int i = 0; i < DRAWS; i++) {
            share[draw(sampling, logits, generator)] += 1.0 / DRAWS;
        }
        return share;
    }

    private static void assertShares(Sampling sampling, double... expected) {
        assertArrayEquals(expected, frequencies(sampling, LOGITS), 0.012);
    }

    @Test
    void plainDrawsFollowSoftmax() {
        assertShares(new Sampling(1, 0, 1), 0.1, 0.5, 0.05, 0.35);
    }

    @Test
    void temperatureSharpensAndFlattens() {
        double sum = 0.01 + 0.25 + 0.0025 + 0.1225;
        assertShares(new Sampling(0.5, 0, 1), 0.01 / sum, 0.25 / sum, 0.0025 / sum, 0.1225 / sum);
        assertShares(new Sampling(1e9, 0, 1), 0.25, 0.25, 0.25, 0.25);
        assertShares(new Sampling(1e-300, 0, 1), 0, 1, 0, 0);
    }

    @Test
    void greedyTakesTheLargestAndOfEqualsTheFirst() {
        assertShares(Sampling.greedy(), 0, 1, 0, 0);
        assertEquals(1, draw(Sampling.greedy(), new float[] {-3, -1, -1, -2}, new Generator(1)));
        assertEquals(0, draw(Sampling.greedy(), new float[] {-0f, 0f}, new Generator(1)));
        assertEquals(2, draw(Sampling.greedy(), new float[] {-1e30f, -5, 7e20f, 3}, new Generator(1)));
        Generator generator = new Generator(1);
        draw(Sampling.greedy(), LOGITS, generator);
        assertEquals(0, generator.calls());
    }

    @Test
    void topKKeepsTheLikeliest() {
        assertShares(new Sampling(1, 2, 1), 0, 0.5 / 0.85, 0, 0.35 / 0.85);
        assertShares(new Sampling(1, 1, 1), 0, 1, 0, 0);
        assertShares(new Sampling(1, 99, 1), 0.1, 0.5, 0.05, 0.35);
    }

    @Test
    void topPKeepsTheFewestThatReachIt() {
        assertShares(new Sampling(1, 0, 0.4), 0, 1, 0, 0);
        assertShares(new Sampling(1, 0, 0.6), 0, 0.5 / 0.85, 0, 0.35 / 0.85);
        assertShares(new Sampling(1, 0, 0.9), 0.1 / 0.95, 0.5 / 0.95, 0, 0.35 / 0.95);
        assertShares(new Sampling(1, 0, 1e-9), 0, 1, 0, 0);
    }

    @Test
    void topPCountsWhatTopKLeft() {
        // Of 0.5 and 0.35 the first has a share of 0.59.
        assertShares(new Sampling(1, 2, 0.55), 0, 1, 0, 0);
        assertShares(new Sampling(1, 2, 0.6), 0, 0.5 / 0.85, 0, 0.35 / 0.85);
    }

    @Test
    void whatIsExcludedIsNeverDrawn() {
        double[] share = frequencies(new Sampling(1, 0, 1), 0, Float.NEGATIVE_INFINITY, 0);
        assertArrayEquals(new double[] {0.5, 0, 0.5}, share, 0.012);
    }

    @Test
    void sameSeedSameDraws() {
        Sampling sampling = new Sampling(0.8, 3, 0.95);
        Generator a = new Generator(5);
        Generator b = new Generator(5);
        for (int i = 0; i < 100; i++) {
            assertEquals(draw(sampling, LOGITS, a), draw(sampling, LOGITS, b));
        }
        assertEquals(100, a.calls());
    }

    @Test
    void brokenLogitsAreNamed() {
        Sampling sampling = new Sampling(1, 0, 1);
        assertRefused("logit of token 1 is NaN", () -> draw(sampling, new float[] {0, Float.NaN}, new Generator(1)));
        assertRefused("logit of token 0 is Infinity",
                () -> draw(Sampling.greedy(), new float[] {Float.POSITIVE_INFINITY, 0}, new Generator(1)));
        assertRefused("none of 1 logits is finite",
                () -> draw(sampling, new float[] {Float.NEGATIVE_INFINITY}, new Generator(1)));
    }

    @Test
    void settingsOutOfRangeAreNamed() {
        assertRefused("temperature is -0.1", () -> new Sampling(-0.1, 0, 1));
        assertRefused("temperature is NaN", () -> new Sampling(Double.NaN, 0, 1));
        assertRefused("topK is -1", () -> new Sampling(1, -1, 1));
        assertRefused("topP is 0.0", () -> new Sampling(1, 0, 0));
        assertRefused("topP is 1.1", () -> new Sampling(1, 0, 1.1));
    }

    private static void assertRefused(String part, Executable code) {
        String message = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(message.contains(part), message);
    }
}
