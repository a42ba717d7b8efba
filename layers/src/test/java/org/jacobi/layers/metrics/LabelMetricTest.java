package org.jacobi.layers.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;

import org.jacobi.layers.data.Refused;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Labels of which an example may have several. */
class LabelMetricTest {
    private static final double EPS = 1e-12;

    /** Four examples of four labels; the last label is neither wanted nor predicted. */
    private static final Tensor TARGET =
            Tensor.of(new long[] {1, 0, 1, 0, /* */ 0, 1, 1, 0, /* */ 1, 1, 0, 0, /* */ 0, 0, 0, 0}, 4, 4)
                    .to(DType.BOOL);
    private static final Tensor SCORES = Tensor.of(new float[] {0.9f, 0.2f, 0.8f, 0.1f, /* */ 0.6f, 0.7f, 0.4f, 0, /* */
        0.5f, 0.51f, 0.3f, 0.5f, /* */ 0.1f, 0.2f, 0.3f, 0}, 4, 4);
    // Predicted: 1010, 1100, 0100, 0000. Label 0: tp 1, fp 1, fn 1; label 1: tp 2; label 2: tp 1, fn 1; label 3: nothing.

    private static double of(Metric<Double> metric, Tensor prediction, Tensor target) {
        metric.update(prediction, target);
        return metric.compute();
    }

    @Test
    void scoresOfLabelsAndTheirAverages() {
        assertEquals(4 / 5.0, of(Precision.multilabel(4, Average.MICRO), SCORES, TARGET), EPS);
        assertEquals(4 / 6.0, of(Recall.multilabel(4, Average.MICRO), SCORES, TARGET), EPS);
        assertEquals(8 / 11.0, of(F1Score.multilabel(4, Average.MICRO), SCORES, TARGET), EPS);
        // The label that does not occur counts, as in scikit-learn and torchmetrics.
        assertEquals((0.5 + 1 + 1 + 0) / 4, of(Precision.multilabel(4, Average.MACRO), SCORES, TARGET), EPS);
        assertEquals((0.5 + 1 + 0.5 + 0) / 4, of(Recall.multilabel(4, Average.MACRO), SCORES, TARGET), EPS);
        assertEquals((0.5 + 1 + 2 / 3.0) / 3, of(F1Score.multilabel(4, Average.WEIGHTED), SCORES, TARGET), EPS);
        F1Score f1 = F1Score.multilabel(4, Average.MACRO);
        assertEquals((0.5 + 1 + 2 / 3.0) / 4, of(f1, SCORES, TARGET), EPS);
        assertArrayEquals(new double[] {0.5, 1, 2 / 3.0, 0}, f1.perClass(), EPS);
        f1.reset();
        assertThrows(IllegalStateException.class, f1::compute);
        assertEquals(0, of(Recall.multilabel(4, Average.WEIGHTED), SCORES, TARGET.logicalNot().logicalAnd(TARGET)),
                EPS);
    }

    @Test
    void wholeExamplesAndSingleLabels() {
        ExactMatch exact = ExactMatch.multilabel(4);
        HammingDistance distance = HammingDistance.multilabel(4);
        for (List<Long> part : List.of(List.of(0L, 1L), List.of(1L, 3L))) {
            exact.update(SCORES.narrow(0, part.get(0), part.get(1)), TARGET.narrow(0, part.get(0), part.get(1)));
            distance.update(SCORES.narrow(0, part.get(0), part.get(1)), TARGET.narrow(0, part.get(0), part.get(1)));
        }
        assertEquals(2 / 4.0, exact.compute(), EPS);
        assertEquals(3 / 16.0, distance.compute(), EPS);
        assertArrayEquals(new double[] {2 / 4.0, 0, 1 / 4.0, 0}, distance.perLabel(), EPS);
        exact.reset();
        distance.reset();
        assertThrows(IllegalStateException.class, exact::compute);
        assertThrows(IllegalStateException.class, distance::compute);
        // torchmetrics' example
        assertEquals(0.25, of(HammingDistance.multilabel(2), Tensor.of(new float[] {0, 1, 0, 1}, 2, 2),
                Tensor.of(new long[] {0, 1, 1, 1}, 2, 2)), EPS);
    }

    @Test
    void thresholdsAndLogits() {
        assertEquals(2 / 2.0, of(Precision.multilabel(4, Average.MICRO, 0.75), SCORES, TARGET), EPS);
        // 0.35: predicted 1010, 1110, 1101, 0000: a label that is not wanted twice
        assertEquals(6 / 8.0, of(Precision.multilabel(4, Average.MICRO, 0.35), SCORES, TARGET), EPS);
        assertEquals(2 / 4.0, of(ExactMatch.multilabel(4, 0.35), SCORES, TARGET), EPS);
        assertEquals(2 / 16.0, of(HammingDistance.multilabel(4, 0.35), SCORES, TARGET), EPS);
        Tensor logits = Tensor.of(new float[] {3, -2, 0.1f, -0.1f}, 2, 2);
        assertEquals(1, of(ExactMatch.multilabel(2), logits, Tensor.of(new long[] {1, 0, 1, 0}, 2, 2)), EPS);
    }

    @Test
    void unknownTargetsAreLeftOut() {
        Tensor target = Tensor.of(new long[] {1, -1, 0, 1}, 2, 2);
        Tensor scores = Tensor.of(new float[] {0.9f, 0.9f, 0.9f, 0.9f}, 2, 2);
        assertEquals(2 / 3.0, of(Precision.multilabel(2, Average.MICRO).ignoreIndex(-1), scores, target), EPS);
        Refused.argument(() -> Precision.multilabel(2, Average.MICRO).update(scores, target), "Precision", "target 1",
                "-1.0");
    }

    @Test
    void saysWhatDoesNotFit() {
        Tensor two = Tensor.of(new float[] {0.5f, 0.5f}, 1, 2);
        Refused.argument(() -> Recall.multilabel(0, Average.MACRO), "Recall", "0 labels");
        Refused.argument(() -> ExactMatch.multilabel(2, 1.5), "ExactMatch", "threshold", "1.5");
        Refused.argument(() -> HammingDistance.multilabel(3).update(two, two), "HammingDistance", "(N, 3)");
        Refused.argument(() -> HammingDistance.multilabel(2).update(two, two.flatten()), "HammingDistance", "(N, 2)");
        Refused.argument(() -> F1Score.multilabel(2, Average.MACRO).update(two, two), "F1Score", "target 0 is 0.5");
        Refused.argument(() -> F1Score.multilabel(2, Average.MACRO).update(two.to(DType.I64), two.to(DType.I64)),
                "F1Score", "probabilities or logits");
    }
}
