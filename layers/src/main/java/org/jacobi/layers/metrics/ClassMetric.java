package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * A score of each class, from how often it was found, missed and wrongly claimed, and their average.
 *
 * <p>With two classes, predictions are probabilities or logits of class 1; with several, scores (N, classes, …) or class
 * numbers (N, …): see {@link ConfusionMatrix}.
 */
public abstract class ClassMetric implements Metric<Double> {
    private final ConfusionMatrix matrix;
    /** Null for the score of class 1. */
    private final Average average;

    ClassMetric(ConfusionMatrix matrix, Average average) {
        this.matrix = matrix;
        this.average = average;
    }

    /**
     * Returns a score.
     *
     * @param tp how often the class was predicted where it is the target
     * @param fp how often it was predicted where it is not
     * @param fn how often another was predicted where it is the target
     */
    abstract double score(double tp, double fp, double fn);

    /** Returns a share, and 0 of nothing, as scikit-learn and torchmetrics do. */
    static double share(double part, double whole) {
        return whole == 0 ? 0 : part / whole;
    }

    /** Leaves out what has this target, such as padding. */
    public final ClassMetric ignoreIndex(long target) {
        matrix.ignoreIndex(target);
        return this;
    }

    @Override
    public final void update(Tensor prediction, Tensor target) {
        matrix.update(prediction, target);
    }

    @Override
    public final void reset() {
        matrix.reset();
    }

    /** Returns each class's score. */
    public final double[] perClass() {
        double[][] counts = counts();
        double[] scores = new double[counts.length];
        for (int c = 0; c < scores.length; c++) {
            scores[c] = score(counts[c][0], counts[c][1], counts[c][2]);
        }
        return scores;
    }

    @Override
    public final Double compute() {
        double[] scores = perClass();
        if (average == null) {
            return scores[1];
        }
        double[][] counts = counts();
        double[] sums = new double[3];
        double weighted = 0;
        double weights = 0;
        for (int c = 0; c < scores.length; c++) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += counts[c][i];
            }
            boolean occurs = counts[c][0] + counts[c][1] + counts[c][2] > 0;
            double weight = average == Average.WEIGHTED ? counts[c][0] + counts[c][2] : occurs ? 1 : 0;
            weighted += weight * scores[c];
            weights += weight;
        }
        return average == Average.MICRO ? score(sums[0], sums[1], sums[2]) : weighted / weights;
    }

    /** Returns, for each class, what was found, wrongly claimed and missed. */
    private double[][] counts() {
        long[][] all = matrix.compute();
        double[][] counts = new double[all.length][3];
        for (int target = 0; target < all.length; target++) {
            for (int predicted = 0; predicted < all.length; predicted++) {
                long count = all[target][predicted];
                if (target == predicted) {
                    counts[target][0] += count;
                } else {
                    counts[predicted][1] += count;
                    counts[target][2] += count;
                }
            }
        }
        return counts;
    }
}
