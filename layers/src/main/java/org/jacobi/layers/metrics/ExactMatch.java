package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * The share of examples all of whose labels are right, where each may have several: the subset accuracy, torchmetrics'
 * MultilabelExactMatch.
 */
public final class ExactMatch implements Metric<Double> {
    private final LabelCounts labels;

    private ExactMatch(LabelCounts labels) {
        this.labels = labels;
    }

    /** Makes the metric; a label is predicted where its probability is above a half. */
    public static ExactMatch multilabel(int labels) {
        return multilabel(labels, LabelCounts.HALF);
    }

    /** Makes the metric; a label is predicted where its probability is above the threshold. */
    public static ExactMatch multilabel(int labels, double threshold) {
        return new ExactMatch(new LabelCounts("ExactMatch", labels, threshold));
    }

    /**
     * Takes in one more batch.
     *
     * @param prediction probabilities (N, labels), or logits if one of them is outside of [0, 1]
     * @param target     of that shape, bool or 0 and 1
     */
    @Override
    public void update(Tensor prediction, Tensor target) {
        labels.update(prediction, target);
    }

    @Override
    public Double compute() {
        return labels.exact();
    }

    @Override
    public void reset() {
        labels.reset();
    }
}
