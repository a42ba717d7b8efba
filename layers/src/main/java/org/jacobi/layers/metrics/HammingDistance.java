package org.jacobi.layers.metrics;

import java.util.Arrays;

import org.jacobi.tensor.Tensor;

/**
 * The share of labels that are predicted wrongly, where an example may have several: the Hamming loss, torchmetrics'
 * MultilabelHammingDistance.
 */
public final class HammingDistance implements Metric<Double> {
    private final LabelCounts labels;

    private HammingDistance(LabelCounts labels) {
        this.labels = labels;
    }

    /** Makes the metric; a label is predicted where its probability is above a half. */
    public static HammingDistance multilabel(int labels) {
        return multilabel(labels, LabelCounts.HALF);
    }

    /** Makes the metric; a label is predicted where its probability is above the threshold. */
    public static HammingDistance multilabel(int labels, double threshold) {
        return new HammingDistance(new LabelCounts("HammingDistance", labels, threshold));
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

    /** Returns each label's share of wrong predictions. */
    public double[] perLabel() {
        return labels.wrong();
    }

    @Override
    public Double compute() {
        // Every label has as many examples.
        return Arrays.stream(labels.wrong()).average().getAsDouble();
    }

    @Override
    public void reset() {
        labels.reset();
    }
}
