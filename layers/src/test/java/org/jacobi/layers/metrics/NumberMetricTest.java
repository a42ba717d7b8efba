package org.jacobi.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;

import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Metrics of numbers and of texts. */
class NumberMetricTest {
    private static final double EPS = 1e-12;

    private static double of(Metric<Double> metric, double[] prediction, double[] target) {
        metric.update(Tensor.of(prediction, prediction.length), Tensor.of(target, target.length));
        return metric.compute();
    }

    @Test
    void scikitLearnsExampleOfRegression() {
        double[] target = {3, -0.5, 2, 7};
        double[] prediction = {2.5, 0, 2, 8};
        assertEquals(0.375, of(new MeanSquaredError(), prediction, target), EPS);
        assertEquals(Math.sqrt(0.375), of(new RootMeanSquaredError(), prediction, target), EPS);
        assertEquals(0.5, of(new MeanAbsoluteError(), prediction, target), EPS);
        assertEquals(0.9486081370449679, of(new R2Score(), prediction, target), EPS);
        assertEquals(0.9571734475374732, of(new ExplainedVariance(), prediction, target), EPS);
        assertEquals((0.5 / 3 + 0.5 / 0.5 + 0 + 1 / 7.0) / 4,
                of(new MeanAbsolutePercentageError(), prediction, target), EPS);
        assertEquals(2 / 1.17e-6, of(new MeanAbsolutePercentageError(), new double[] {2}, new double[] {0}), 1e-6);
    }

    @Test
    void correlationsAreThoseOfTheFormulas() {
        Random random = new Random(1);
        int n = 200;
        double[] x = random.doubles(n).map(value -> 1e6 + value).toArray(); // far from 0: cancellation would show
        double[] y = new double[n];
        for (int i = 0; i < n; i++) {
            y[i] = -2 * x[i] + random.nextGaussian();
        }
        double mx = 0;
        double my = 0;
        for (int i = 0; i < n; i++) {
            mx += (x[i] - 1e6) / n;
            my += (y[i] + 2e6) / n;
        }
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < n; i++) {
            double dx = x[i] - 1e6 - mx;
            double dy = y[i] + 2e6 - my;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        assertEquals(xy / Math.sqrt(xx * yy), of(new PearsonCorrCoef(), x, y), 1e-9);
        assertEquals(1, of(new PearsonCorrCoef(), new double[] {1, 2, 3}, new double[] {2, 4, 6}), EPS);
        // Ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
        assertEquals(4.5 / Math.sqrt(4.5 * 5), of(new SpearmanCorrCoef(), new double[] {-3, 5, 5, 90},
                new double[] {0, 2, 1, 3}), EPS);
        assertEquals(-1, of(new SpearmanCorrCoef(), new double[] {1, 10, 100}, new double[] {3, 2, 1}), EPS);
        assertTrue(Double.isNaN(of(new PearsonCorrCoef(), new double[] {1, 1}, new double[] {1, 2})));
        assertTrue(Double.isNaN(of(new SpearmanCorrCoef(), new double[] {1, 2}, new double[] {3, 3})));
    }

    @Test
    void batchesAndResetsAddUp() {
        List<Metric<Double>> metrics = List.of(new MeanSquaredError(), new RootMeanSquaredError(),
                new MeanAbsoluteError(),
                new MeanAbsolutePercentageError(), new R2Score(), new ExplainedVariance(), new PearsonCorrCoef(),
                new SpearmanCorrCoef());
        for (Metric<Double> metric : metrics) {
            double whole = of(metric, new double[] {1, 2, 3, 5, 4}, new double[] {1, 3, 2, 6, 9});
            metric.reset();
            assertThrows(IllegalStateException.class, metric::compute);
            of(metric, new double[] {1, 2, 3}, new double[] {1, 3, 2});
            assertEquals(whole, of(metric, new double[] {5, 4}, new double[] {6, 9}), EPS, metric.toString());
            assertThrows(IllegalArgumentException.class, () -> of(metric, new double[] {1, 2}, new double[] {1}));
            assertThrows(IllegalArgumentException.class, () -> of(metric, new double[] {1}, new double[] {Double.NaN}));
        }
        assertTrue(
                assertThrows(IllegalStateException.class, () -> of(new R2Score(), new double[] {1}, new double[] {1}))
                        .getMessage().contains("at least 2"));
        // A column of outputs fits a list of targets.
        MeanSquaredError mse = new MeanSquaredError();
        mse.update(Tensor.of(new float[] {1, 2}, 2, 1), Tensor.of(new float[] {2, 4}, 2));
        assertEquals(2.5, mse.compute());
    }

    @Test
    void targetsThatNeverChangeHaveNoVarianceToExplain() {
        assertEquals(1, of(new R2Score(), new double[] {2, 2}, new double[] {2, 2}), EPS);
        assertEquals(0, of(new R2Score(), new double[] {2, 3}, new double[] {2, 2}), EPS);
        assertEquals(1, of(new ExplainedVariance(), new double[] {3, 3}, new double[] {2, 2}), EPS);
        assertEquals(0, of(new ExplainedVariance(), new double[] {3, 4}, new double[] {2, 2}), EPS);
    }

    @Test
    void perplexityIsTheExponentialOfTheLoss() {
        Perplexity perplexity = new Perplexity().ignoreIndex(-100);
        Tensor logits = Tensor.of(new float[] {0, 0, 0, 0, 1, 2, 3, 4}, 1, 2, 4);
        perplexity.update(logits, Tensor.of(new long[] {2, -100}, 1, 2));
        assertEquals(4, perplexity.compute(), 1e-9);
        perplexity.update(logits, Tensor.of(new long[] {-100, 3}, 1, 2));
        double p = Math.exp(4) / (Math.exp(1) + Math.exp(2) + Math.exp(3) + Math.exp(4));
        assertEquals(Math.exp((Math.log(4) - Math.log(p)) / 2), perplexity.compute(), 1e-9);
        assertThrows(IllegalArgumentException.class,
                () -> perplexity.update(logits, Tensor.of(new long[] {0, 4}, 1, 2)));
        assertThrows(IllegalArgumentException.class, () -> perplexity.update(logits, Tensor.of(new long[] {0}, 1)));
        perplexity.reset();
        assertThrows(IllegalStateException.class, perplexity::compute);
    }

    @Test
    void errorRatesCountEdits() {
        WordErrorRate words = new WordErrorRate();
        words.update("this is the prediction", "this is the reference");
        words.update("there is an other sample", "there is another one");
        assertEquals(4 / 8.0, words.compute(), EPS);
        CharErrorRate chars = new CharErrorRate();
        chars.update("this is the prediction", "this is the reference");
        chars.update("there is an other sample", "there is another one");
        assertEquals(14 / 41.0, chars.compute(), EPS);
        words.reset();
        words.update("  one   two ", "one two");
        assertEquals(0, words.compute());
        words.update("a b c d e", "x");
        assertEquals(5 / 3.0, words.compute(), EPS);
        assertThrows(IllegalStateException.class, new CharErrorRate()::compute);
        CharErrorRate wide = new CharErrorRate();
        wide.update("\uD83D\uDE00", "\uD83D\uDE01");
        assertEquals(1, wide.compute());
    }

    /** The definition, without a table. */
    private static int distance(String a, String b) {
        if (a.isEmpty() || b.isEmpty()) {
            return a.length() + b.length();
        }
        int kept = distance(a.substring(1), b.substring(1)) + (a.charAt(0) == b.charAt(0) ? 0 : 1);
        return Math.min(kept, 1 + Math.min(distance(a.substring(1), b), distance(a, b.substring(1))));
    }

    @Test
    void editDistancesAreThoseOfTheDefinition() {
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            String a = word(random);
            String b = word(random);
            assertEquals(distance(a, b), ErrorRate.distance(letters(a), letters(b)), a + " " + b);
        }
    }

    private static String word(Random random) {
        return random.ints(random.nextInt(7), 'a', 'd').mapToObj(Character::toString).reduce("", String::concat);
    }

    private static List<String> letters(String word) {
        return word.chars().mapToObj(Character::toString).toList();
    }

    @Test
    void meansAreWeighted() {
        Mean mean = new Mean();
        mean.update(1, 3);
        mean.update(5, 1);
        assertEquals(2, mean.compute());
        mean.reset();
        assertThrows(IllegalStateException.class, mean::compute);
    }
}
