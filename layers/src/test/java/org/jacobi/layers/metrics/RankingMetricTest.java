package org.jacobi.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;

import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class RankingMetricTest {
    private static final double EPS = 1e-12;

    private static Tensor labels(long... labels) {
        return Tensor.of(labels, labels.length);
    }

    private static Tensor scores(double... scores) {
        return Tensor.of(scores, scores.length);
    }

    private static double of(Metric<Double> metric, Tensor prediction, Tensor target) {
        metric.update(prediction, target);
        return metric.compute();
    }

    /** How often a positive is above a negative, a tie counting a half: the definition, pair by pair. */
    private static double areaByPairs(double[] scores, long[] labels) {
        double wins = 0;
        long pairs = 0;
        for (int i = 0; i < scores.length; i++) {
            for (int j = 0; j < scores.length; j++) {
                if (labels[i] == 1 && labels[j] == 0) {
                    pairs++;
                    wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
                }
            }
        }
        return wins / pairs;
    }

    /** Σ over thresholds, from high to low, of the recall gained times the precision there. */
    private static double precisionByThresholds(double[] scores, long[] labels) {
        double[] thresholds = Arrays.stream(scores).distinct().map(s -> -s).sorted().map(s -> -s).toArray();
        double positives = Arrays.stream(labels).sum();
        double sum = 0;
        double before = 0;
        for (double threshold : thresholds) {
            double tp = 0;
            double claimed = 0;
            for (int i = 0; i < scores.length; i++) {
                claimed += scores[i] >= threshold ? 1 : 0;
                tp += scores[i] >= threshold && labels[i] == 1 ? 1 : 0;
            }
            sum += (tp / positives - before) * tp / claimed;
            before = tp / positives;
        }
        return sum;
    }

    @Test
    void scikitLearnsExample() {
        Tensor target = labels(0, 0, 1, 1);
        Tensor prediction = scores(0.1, 0.4, 0.35, 0.8);
        assertEquals(0.75, of(AUROC.binary(), prediction, target), EPS);
        assertEquals(0.5 + 0.5 * 2 / 3, of(AveragePrecision.binary(), prediction, target), EPS);
        ROC roc = new ROC();
        roc.update(prediction, target);
        Curve curve = roc.compute();
        assertArrayEquals(new double[] {0, 0, 0.5, 0.5, 1}, curve.x(), EPS);
        assertArrayEquals(new double[] {0, 0.5, 0.5, 1, 1}, curve.y(), EPS);
        assertArrayEquals(new double[] {1, 0.8, 0.4, 0.35, 0.1}, curve.thresholds(), EPS);
        PrecisionRecallCurve pr = new PrecisionRecallCurve();
        pr.update(prediction, target);
        curve = pr.compute();
        assertArrayEquals(new double[] {1, 1, 0.5, 0.5, 0}, curve.x(), EPS);
        assertArrayEquals(new double[] {0.5, 2 / 3.0, 0.5, 1, 1}, curve.y(), EPS);
        assertArrayEquals(new double[] {0.1, 0.35, 0.4, 0.8}, curve.thresholds(), EPS);
    }

    @Test
    void agreesWithTheDefinitionsOverBatchesAndTies() {
        Random random = new Random(3);
        for (int round = 0; round < 40; round++) {
            int n = 2 + random.nextInt(60);
            int levels = 1 + random.nextInt(12);
            double[] scores = random.ints(n, 0, levels).mapToDouble(level -> level / 12.0).toArray();
            long[] labels = random.longs(n, 0, 2).toArray();
            labels[0] = 0;
            labels[1] = 1;
            AUROC auroc = AUROC.binary();
            AveragePrecision precision = AveragePrecision.binary();
            int cut = random.nextInt(n - 1) + 1;
            for (int[] part : new int[][] {{0, cut}, {cut, n}}) {
                Tensor s = scores(Arrays.copyOfRange(scores, part[0], part[1]));
                Tensor l = labels(Arrays.copyOfRange(labels, part[0], part[1]));
                auroc.update(s, l);
                precision.update(s, l);
            }
            assertEquals(areaByPairs(scores, labels), auroc.compute(), EPS);
            assertEquals(precisionByThresholds(scores, labels), precision.compute(), EPS);
        }
    }

    @Test
    void severalClassesAreRankedEachAgainstTheRest() {
        Random random = new Random(4);
        int n = 50;
        double[] all = new double[3 * n];
        long[] labels = random.longs(n, 0, 3).toArray();
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int c = 0; c < 3; c++) {
                sum += all[3 * i + c] = random.nextDouble() + (labels[i] == c ? 0.3 : 0);
            }
            for (int c = 0; c < 3; c++) {
                all[3 * i + c] /= sum;
            }
        }
        double[] expected = new double[3];
        double[] counts = new double[3];
        for (int c = 0; c < 3; c++) {
            double[] own = new double[n];
            long[] is = new long[n];
            for (int i = 0; i < n; i++) {
                own[i] = all[3 * i + c];
                is[i] = labels[i] == c ? 1 : 0;
            }
            expected[c] = areaByPairs(own, is);
            counts[c] = Arrays.stream(is).sum();
        }
        Tensor prediction = Tensor.of(all, n, 3);
        AUROC auroc = AUROC.multiclass(3);
        assertEquals((expected[0] + expected[1] + expected[2]) / 3, of(auroc, prediction, labels(labels)), EPS);
        assertArrayEquals(expected, auroc.perClass(), EPS);
        assertEquals((expected[0] * counts[0] + expected[1] * counts[1] + expected[2] * counts[2]) / n,
                of(AUROC.multiclass(3, Average.WEIGHTED), prediction, labels(labels)), EPS);
        // Scores outside of [0, 1] are logits.
        assertEquals(of(AUROC.multiclass(3), prediction, labels(labels)),
                of(AUROC.multiclass(3), prediction.log(), labels(labels)), 1e-9);
    }

    @Test
    void whatIsNotDefinedIsNaNOrLeftOut() {
        assertTrue(Double.isNaN(of(AUROC.binary(), scores(0.2, 0.3), labels(1, 1))));
        assertTrue(Double.isNaN(of(AUROC.binary(), scores(0.2, 0.3), labels(0, 0))));
        assertTrue(Double.isNaN(of(AveragePrecision.binary(), scores(0.2, 0.3), labels(0, 0))));
        assertEquals(1, of(AveragePrecision.binary(), scores(0.2, 0.3), labels(1, 1)), EPS);
        Tensor prediction = Tensor.of(new double[] {0.8, 0.1, 0.1, 0.3, 0.6, 0.1}, 2, 3);
        AUROC absent = AUROC.multiclass(3);
        assertEquals(1, of(absent, prediction, labels(0, 1)), EPS);
        assertTrue(Double.isNaN(absent.perClass()[2]));
        ROC roc = new ROC();
        roc.update(scores(0.2, 0.3), labels(1, 1));
        assertTrue(assertThrows(IllegalStateException.class, roc::compute).getMessage().contains("all targets are 1"));
    }

    @Test
    void refusesWhatDoesNotFit() {
        for (Metric<?> metric : new Metric<?>[] {AUROC.binary(), AveragePrecision.binary(), new ROC(),
            new PrecisionRecallCurve()}) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> metric.update(scores(0.1, 0.2), labels(0, 2)))
                    .getMessage().contains("target 1 is 2"));
            assertThrows(IllegalArgumentException.class, () -> metric.update(scores(0.1, 0.2), labels(0)));
            assertThrows(IllegalArgumentException.class, () -> metric.update(scores(0.1, Double.NaN), labels(0, 1)));
            assertThrows(IllegalArgumentException.class, () -> metric.update(labels(0, 1), labels(0, 1)));
            assertThrows(IllegalStateException.class, metric::compute);
        }
        assertThrows(IllegalArgumentException.class,
                () -> AUROC.multiclass(3).update(Tensor.zeros(2, 4), labels(0, 1)));
        assertThrows(IllegalArgumentException.class,
                () -> AUROC.multiclass(3).update(Tensor.zeros(2, 3), labels(0, 3)));
        assertThrows(IllegalArgumentException.class, () -> AUROC.multiclass(1));
        assertThrows(IllegalArgumentException.class, () -> AUROC.multiclass(3, Average.MICRO));
    }
}
