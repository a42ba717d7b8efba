package org.jacobi.layers.metrics;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * A number that tells how well scores order examples, for two classes or for each class against the rest.
 *
 * <p>A class for which it is not defined, because it is never or always the target, is left out of averages; where none is left,
 * the result is NaN. It keeps all scores.
 */
public abstract class RankingMetric implements Metric<Double> {
    private final Ranking[] rankings;
    private final Average average;

    /**
     * Makes the metric.
     *
     * @param classes 1 for the score of class 1 of two
     */
    RankingMetric(int classes, Average average) {
        if (classes < 1) {
            throw new IllegalArgumentException(
                    name() + ": there are " + classes + " classes; there must be at least 2");
        }
        if (average == Average.MICRO) {
            throw new IllegalArgumentException(name() + ": classes are ranked one by one; take MACRO or WEIGHTED");
        }
        rankings = new Ranking[classes];
        Arrays.setAll(rankings, _ -> new Ranking());
        this.average = average;
    }

    abstract double of(Ranking.Counts counts);

    private String name() {
        return getClass().getSimpleName();
    }

    /**
     * Takes in one more batch.
     *
     * @param prediction with two classes, probabilities of class 1, or logits if one of them is outside of [0, 1]; with several,
     *                   probabilities (N, classes), or scores of which the softmax is taken if one is outside of [0, 1]
     * @param target     with two classes 0 or 1, of the prediction's shape; with several, class numbers (N)
     */
    @Override
    public final void update(Tensor prediction, Tensor target) {
        if (rankings.length == 1) {
            double[] scores = Inputs.probabilities(name(), prediction, target);
            long[] labels = Inputs.zerosAndOnes(name(), target, null);
            for (int i = 0; i < labels.length; i++) {
                rankings[0].add(scores[i], labels[i] == 1);
            }
            return;
        }
        Inputs.requireIntegers(name(), target);
        Inputs.requireScores(name(), prediction, target);
        if (prediction.rank() != 2 || prediction.size(1) != rankings.length) {
            throw new IllegalArgumentException(name() + ": scores of shape " + prediction.shape() + " must be (N, "
                    + rankings.length + ")");
        }
        double[] scores = Inputs.numbers(name(), prediction);
        if (Arrays.stream(scores).anyMatch(score -> score < 0 || score > 1)) {
            try (var _ = TensorScope.open()) {
                scores = prediction.to(DType.F64).softmax(1).toDoubleArray();
            }
        }
        long[] labels = Inputs.longs(target);
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= rankings.length) {
                throw new IllegalArgumentException(name() + ": target " + i + " is class " + labels[i]
                        + "; there are classes 0 to " + (rankings.length - 1));
            }
            for (int c = 0; c < rankings.length; c++) {
                rankings[c].add(scores[i * rankings.length + c], labels[i] == c);
            }
        }
    }

    /** Returns each class's number, NaN where it is not defined. */
    public final double[] perClass() {
        return Arrays.stream(rankings).mapToDouble(ranking -> of(ranking.counts(name()))).toArray();
    }

    @Override
    public final Double compute() {
        double[] values = perClass();
        double sum = 0;
        double weights = 0;
        for (int c = 0; c < values.length; c++) {
            if (!Double.isNaN(values[c])) {
                double weight = average == Average.WEIGHTED ? rankings[c].counts(name()).positives() : 1;
                sum += weight * values[c];
                weights += weight;
            }
        }
        return weights == 0 ? Double.NaN : sum / weights;
    }

    @Override
    public final void reset() {
        Arrays.stream(rankings).forEach(Ranking::clear);
    }
}
