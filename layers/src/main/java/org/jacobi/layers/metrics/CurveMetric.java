package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/** A curve of two classes, at every score that occurs. */
abstract class CurveMetric implements Metric<Curve> {
    private final Ranking ranking = new Ranking();

    /**
     * Takes in one more batch.
     *
     * @param prediction probabilities of class 1, or logits if one of them is outside of [0, 1]
     * @param target     0 or 1, of the same shape
     */
    @Override
    public final void update(Tensor prediction, Tensor target) {
        double[] scores = Inputs.probabilities(name(), prediction, target);
        long[] labels = Inputs.zerosAndOnes(name(), target, null);
        for (int i = 0; i < labels.length; i++) {
            ranking.add(scores[i], labels[i] == 1);
        }
    }

    @Override
    public final Curve compute() {
        Ranking.Counts counts = ranking.counts(name());
        if (counts.positives() == 0 || counts.negatives() == 0) {
            throw new IllegalStateException(name() + ": all targets are " + (counts.positives() == 0 ? 0 : 1)
                    + "; the curve needs both classes");
        }
        return curve(counts);
    }

    abstract Curve curve(Ranking.Counts counts);

    private String name() {
        return getClass().getSimpleName();
    }

    @Override
    public final void reset() {
        ranking.clear();
    }
}
