package org.jacobi.layers.metrics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Scores of examples and whether they are positive, collected batch by batch, and counts at each threshold. */
final class Ranking {
    private double[] scores = new double[1024];
    private boolean[] positive = new boolean[1024];
    private int count;

    /**
     * How many positives and negatives have at least each of the scores, which fall: scikit-learn's _binary_clf_curve. Equal
     * scores make one entry.
     */
    record Counts(double[] thresholds, double[] tp, double[] fp) {
        double positives() {
            return tp[tp.length - 1];
        }

        double negatives() {
            return fp[fp.length - 1];
        }
    }

    void add(double score, boolean isPositive) {
        if (count == scores.length) {
            scores = Arrays.copyOf(scores, 2 * count);
            positive = Arrays.copyOf(positive, 2 * count);
        }
        scores[count] = score;
        positive[count++] = isPositive;
    }

    void clear() {
        count = 0;
    }

    Counts counts(String metric) {
        if (count == 0) {
            throw Inputs.empty(metric);
        }
        int[] order = IntStream.range(0, count).boxed().sorted(Comparator.comparingDouble(i -> -scores[i]))
                .mapToInt(i -> i).toArray();
        double[] thresholds = new double[count];
        double[] tp = new double[count];
        double[] fp = new double[count];
        int points = 0;
        double found = 0;
        for (int i = 0; i < count; i++) {
            found += positive[order[i]] ? 1 : 0;
            if (i == count - 1 || scores[order[i]] != scores[order[i + 1]]) {
                thresholds[points] = scores[order[i]];
                tp[points] = found;
                fp[points++] = i + 1 - found;
            }
        }
        return new Counts(Arrays.copyOf(thresholds, points), Arrays.copyOf(tp, points), Arrays.copyOf(fp, points));
    }

    /** Returns the area under the ROC by the trapezoidal rule; NaN unless there are both classes. */
    static double areaUnderRoc(Counts counts) {
        double twice = 0;
        double tp = 0;
        double fp = 0;
        for (int i = 0; i < counts.tp.length; i++) {
            twice += (counts.fp[i] - fp) * (counts.tp[i] + tp);
            tp = counts.tp[i];
            fp = counts.fp[i];
        }
        return tp * fp == 0 ? Double.NaN : twice / (2 * tp * fp);
    }

    /** Returns Σ (recall - recall before) precision; NaN if there is no positive. */
    static double averagePrecision(Counts counts) {
        double sum = 0;
        double before = 0;
        for (int i = 0; i < counts.tp.length; i++) {
            sum += (counts.tp[i] - before) * counts.tp[i] / (counts.tp[i] + counts.fp[i]);
            before = counts.tp[i];
        }
        return before == 0 ? Double.NaN : sum / before;
    }
}
