package org.jacobi.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;

import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class ClassMetricTest {
    private static final double EPS = 1e-12;

    private static Tensor labels(long... labels) {
        return Tensor.of(labels, labels.length);
    }

    private static Tensor scores(float... scores) {
        return Tensor.of(scores, scores.length);
    }

    private static double of(Metric<Double> metric, Tensor prediction, Tensor target) {
        metric.update(prediction, target);
        return metric.compute();
    }

    /** scikit-learn's example of three classes: class 0 found twice, 1 never, 2 never. */
    private static final Tensor TARGET = labels(0, 1, 2, 0, 1, 2);
    private static final Tensor PREDICTED = labels(0, 2, 1, 0, 0, 1);

    @Test
    void averagesAreThoseOfScikitLearn() {
        assertEquals(1 / 3.0, of(Precision.multiclass(3), PREDICTED, TARGET), EPS);
        assertEquals(2 / 9.0, of(Precision.multiclass(3, Average.MACRO), PREDICTED, TARGET), EPS);
        assertEquals(2 / 9.0, of(Precision.multiclass(3, Average.WEIGHTED), PREDICTED, TARGET), EPS);
        assertEquals(1 / 3.0, of(Recall.multiclass(3, Average.MACRO), PREDICTED, TARGET), EPS);
        assertEquals(0.8 / 3, of(F1Score.multiclass(3, Average.MACRO), PREDICTED, TARGET), EPS);
        F1Score f1 = F1Score.multiclass(3);
        f1.update(PREDICTED, TARGET);
        assertArrayEquals(new double[] {0.8, 0, 0}, f1.perClass(), EPS);
        assertEquals(2 / 6.0, of(Accuracy.multiclass(3), PREDICTED, TARGET), EPS);
        assertEquals(1 / 3.0, of(Accuracy.multiclass(3, Average.MACRO), PREDICTED, TARGET), EPS);
    }

    @Test
    void weightsByHowOftenAClassIsTheTarget() {
        Tensor target = labels(0, 0, 0, 1);
        Tensor predicted = labels(0, 0, 1, 1);
        // precision 1 and 1/2, recall 2/3 and 1, F1 0.8 and 2/3, IoU 2/3 and 1/2
        assertEquals(0.75 * 1 + 0.25 * 0.5, of(Precision.multiclass(2, Average.WEIGHTED), predicted, target), EPS);
        assertEquals(0.75, of(Recall.multiclass(2, Average.WEIGHTED), predicted, target), EPS);
        assertEquals(0.75 * 0.8 + 0.25 * 2 / 3, of(F1Score.multiclass(2, Average.WEIGHTED), predicted, target), EPS);
        assertEquals((2 / 3.0 + 0.5) / 2, of(JaccardIndex.multiclass(2, Average.MACRO), predicted, target), EPS);
        assertEquals(3 / 5.0, of(JaccardIndex.multiclass(2), predicted, target), EPS);
        assertEquals(0.75, of(F1Score.multiclass(2), predicted, target), EPS);
    }

    @Test
    void aClassThatDoesNotOccurIsLeftOutOfTheMacroAverage() {
        assertEquals(0.5, of(Precision.multiclass(4, Average.MACRO), labels(0, 1), labels(0, 0)), EPS);
        assertEquals(0.25, of(JaccardIndex.multiclass(4, Average.MACRO), labels(0, 1), labels(0, 0)), EPS);
        // Class 1 occurs only among predictions: it counts, with 0 of 0 targets found.
        assertEquals(0.25, of(Recall.multiclass(4, Average.MACRO), labels(0, 1), labels(0, 0)), EPS);
        assertEquals(1, of(F1Score.multiclass(4, Average.MACRO), labels(2, 2), labels(2, 2)), EPS);
    }

    @Test
    void twoClassesTakeProbabilitiesOrLogits() {
        Tensor target = labels(1, 0, 1, 1, 0);
        Tensor probabilities = scores(0.9f, 0.6f, 0.5f, 0.7f, 0.1f); // 0.5 is not above a half
        assertEquals(3 / 5.0, of(Accuracy.binary(), probabilities, target), EPS);
        assertEquals(2 / 3.0, of(Precision.binary(), probabilities, target), EPS);
        assertEquals(2 / 3.0, of(Recall.binary(), probabilities, target), EPS);
        assertEquals(2 / 4.0, of(JaccardIndex.binary(), probabilities, target), EPS);
        assertEquals(2 / 3.0, of(F1Score.binary(), probabilities, target), EPS);
        assertEquals(3 / 5.0, of(Accuracy.binary(), scores(3, 0.1f, 0, 2, -5), target), EPS);
        assertEquals(0, of(Precision.binary(), scores(0.1f, 0.2f), labels(1, 0)), EPS);
        assertEquals(1, of(Accuracy.binary(), probabilities.reshape(5, 1), labels(1, 1, 0, 1, 0)), EPS);
        ConfusionMatrix strict = ConfusionMatrix.binary(0.8);
        strict.update(probabilities, target);
        assertArrayEquals(new long[][] {{2, 0}, {2, 1}}, strict.compute());
    }

    @Test
    void scoresCountByTheLargestAlongAxisOne() {
        Tensor pixels = Tensor.of(new float[] {1, 0, 0, 5, /* class 1: */ 0, 2, 3, 4}, 1, 2, 2, 2);
        ConfusionMatrix matrix = ConfusionMatrix.multiclass(2);
        matrix.update(pixels, Tensor.of(new long[] {0, 1, 0, 0}, 1, 2, 2));
        assertArrayEquals(new long[][] {{2, 1}, {0, 1}}, matrix.compute());
        assertArrayEquals(new double[] {2 / 3.0, 1 / 3.0}, matrix.normalized()[0], EPS);
        // Pixels of the first class: 2 of 3 predicted, 2 predicted in all; of the second: 1 of 1, 2 in all.
        assertEquals(6 / 8.0, of(new DiceScore(2, Average.MICRO), pixels, Tensor.of(new long[] {0, 1, 0, 0}, 1, 2, 2)),
                EPS);
        assertEquals((4 / 5.0 + 2 / 3.0) / 2,
                of(new DiceScore(2, Average.MACRO), pixels, Tensor.of(new long[] {0, 1, 0, 0}, 1, 2, 2)), EPS);
    }

    @Test
    void diceIsTheMeanOverImages() {
        Tensor predicted = Tensor.of(new long[] {0, 0, 1, 1, /* */ 1, 1, 1, 1}, 2, 2, 2);
        Tensor target = Tensor.of(new long[] {0, 0, 0, 1, /* */ 1, 1, 1, 1}, 2, 2, 2);
        assertEquals((0.75 + 1) / 2, of(new DiceScore(3, Average.MICRO), predicted, target), EPS);
        assertEquals(((4 / 5.0 + 2 / 3.0) / 2 + 1) / 2, of(new DiceScore(3, Average.MACRO), predicted, target), EPS);
        assertThrows(IllegalArgumentException.class,
                () -> new DiceScore(2, Average.MACRO).update(labels(0, 2), labels(0, 1)));
        assertThrows(IllegalStateException.class, () -> new DiceScore(2, Average.MACRO).compute());
    }

    @Test
    void ignoresWhatIsAskedFor() {
        assertEquals(0.5, of(Accuracy.multiclass(2).ignoreIndex(-100), labels(0, 1, 1), labels(0, 0, -100)), EPS);
        assertThrows(IllegalStateException.class,
                () -> of(Accuracy.multiclass(2).ignoreIndex(-100), labels(0), labels(-100)));
    }

    @Test
    void agreesWithCountingByHandOverBatches() {
        Random random = new Random(5);
        for (int round = 0; round < 20; round++) {
            int classes = 2 + random.nextInt(5);
            Precision precision = Precision.multiclass(classes, Average.MACRO);
            TopKAccuracy topK = new TopKAccuracy(2);
            long[] predictedFor = new long[classes];
            long[] right = new long[classes];
            boolean[] occurs = new boolean[classes];
            long inTop = 0;
            int total = 0;
            for (int batch = 0; batch < 3; batch++) {
                int n = 1 + random.nextInt(20);
                float[] scores = new float[n * classes];
                long[] targets = new long[n];
                for (int i = 0; i < n; i++) {
                    targets[i] = random.nextInt(classes);
                    int best = 0;
                    int above = 0;
                    for (int c = 0; c < classes; c++) {
                        scores[i * classes + c] = random.nextFloat();
                        best = scores[i * classes + c] > scores[i * classes + best] ? c : best;
                    }
                    for (int c = 0; c < classes; c++) {
                        above += scores[i * classes + c] > scores[i * classes + (int) targets[i]] ? 1 : 0;
                    }
                    inTop += above < 2 ? 1 : 0;
                    predictedFor[best]++;
                    right[best] += best == targets[i] ? 1 : 0;
                    occurs[best] = true;
                    occurs[(int) targets[i]] = true;
                    total++;
                }
                precision.update(Tensor.of(scores, n, classes), labels(targets));
                topK.update(Tensor.of(scores, n, classes), labels(targets));
            }
            double sum = 0;
            int count = 0;
            for (int c = 0; c < classes; c++) {
                sum += predictedFor[c] == 0 ? 0 : (double) right[c] / predictedFor[c];
                count += occurs[c] ? 1 : 0;
            }
            assertEquals(sum / count, precision.compute(), EPS);
            assertEquals((double) inTop / total, topK.compute(), EPS);
        }
    }

    @Test
    void topKBreaksTiesByTheLowerClass() {
        Tensor scores = Tensor.of(new float[] {1, 1, 1, 0}, 1, 4);
        assertEquals(1, of(new TopKAccuracy(2), scores, labels(1)), EPS);
        assertEquals(0, of(new TopKAccuracy(2), scores, labels(2)), EPS);
        assertEquals(1, of(new TopKAccuracy(4), scores, labels(3)), EPS);
    }

    @Test
    void resetForgets() {
        Accuracy accuracy = Accuracy.multiclass(2);
        accuracy.update(labels(0), labels(1));
        accuracy.reset();
        accuracy.update(labels(1), labels(1));
        assertEquals(1, accuracy.compute());
        accuracy.reset();
        assertTrue(assertThrows(IllegalStateException.class, accuracy::compute).getMessage().startsWith("Accuracy: "));
    }

    private static void refuses(Metric<?> metric, Tensor prediction, Tensor target, String why) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> metric.update(prediction, target)).getMessage();
        assertTrue(message.contains(why), message);
        assertThrows(IllegalStateException.class, metric::compute);
    }

    @Test
    void refusesWhatDoesNotFit() {
        refuses(Accuracy.multiclass(3), labels(0, 3), labels(0, 1), "prediction is class 3");
        refuses(Accuracy.multiclass(3), labels(0, 1), labels(0, -1), "target is class -1");
        refuses(Accuracy.multiclass(3), labels(0, 1), labels(0, 1, 2), "does not fit");
        refuses(Accuracy.multiclass(3), Tensor.zeros(2, 4), labels(0, 1), "have 4 classes; expected 3");
        refuses(Accuracy.multiclass(3), Tensor.zeros(2, 3), labels(0, 1, 2), "do not fit");
        refuses(Accuracy.multiclass(3), Tensor.zeros(2, 3), Tensor.zeros(2), "class numbers");
        refuses(Accuracy.binary(), scores(0.5f, Float.NaN), labels(0, 1), "NaN");
        refuses(new TopKAccuracy(2), Tensor.zeros(2, 3), labels(0, 3), "target 1 is class 3");
        refuses(new TopKAccuracy(4), Tensor.zeros(2, 3), labels(0, 1), "at least 4 classes");
        assertThrows(IllegalArgumentException.class, () -> Accuracy.multiclass(1));
        assertThrows(IllegalArgumentException.class, () -> new TopKAccuracy(0));
        assertThrows(IllegalArgumentException.class, () -> ConfusionMatrix.binary(1.5));
    }
}
