package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * A score of each class, from how often it was found, missed and wrongly claimed, and their average.
 *
 * <p>With two classes, predictions are probabilities or logits of class 1; with several, scores (N, classes, …) or class
 * numbers (N, …): see {@link ConfusionMatrix}. With labels of which an example may have several, they are probabilities
 * (N, labels), or logits if one of them is outside of [0, 1], and targets have the same shape and are bool or 0 and 1; macro
 * averages count each label, as torchmetrics' do.
 */
public abstract class ClassMetric implements Metric<Double> {
    private final ClassCounts counts;
    /** Null for the score of class 1. */
    private final Average average;

    ClassMetric(ClassCounts counts, Average average) {
        this.counts = counts;
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
        counts.ignoreIndex(target);
        return this;
    }

    @Override
    public final void update(Tensor prediction, Tensor target) {
        counts.update(prediction, target);
    }

    @Override
    public final void reset() {
        counts.reset();
    }

    /** Returns each class's or label's score. */
    public final double[] perClass() {
        double[][] all = counts.counts();
        double[] scores = new double[all.length];
        for (int c = 0; c < scores.length; c++) {
            scores[c] = score(all[c][0], all[c][1], all[c][2]);
        }
        return scores;
    }

    @Override
    public final Double compute() {
        double[] scores = perClass();
        if (average == null) {
            return scores[1];
        }
        double[][] all = counts.counts();
        double[] sums = new double[3];
        double weighted = 0;
        double weights = 0;
        for (int c = 0; c < scores.length; c++) {
            for (int i = 0; i < sums.length; i++) {
                sums[i] += all[c][i];
            }
            boolean occurs = all[c][0] + all[c][1] + all[c][2] > 0;
            double weight = average == Average.WEIGHTED ? all[c][0] + all[c][2]
                    : occurs || counts.countsAbsent() ? 1 : 0;
            weighted += weight * scores[c];
            weights += weight;
        }
        return average == Average.MICRO ? score(sums[0], sums[1], sums[2]) : share(weighted, weights);
    }
}
