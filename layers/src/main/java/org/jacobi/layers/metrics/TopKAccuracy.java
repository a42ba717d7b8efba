package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * The share of examples whose target is among the k classes with the highest scores, as torchmetrics' Accuracy with top_k and
 * micro average. Of classes with equal scores, those with the lower numbers come first.
 */
public final class TopKAccuracy implements Metric<Double> {
    private final int k;
    private long found;
    private long total;

    /** Makes the metric; k is at least 1. */
    public TopKAccuracy(int k) {
        if (k < 1) {
            throw new IllegalArgumentException("TopKAccuracy: k is " + k + "; it must be at least 1");
        }
        this.k = k;
    }

    /**
     * Takes in one more batch.
     *
     * @param prediction scores (N, classes)
     * @param target     class numbers (N)
     */
    @Override
    public void update(Tensor prediction, Tensor target) {
        Inputs.requireIntegers("TopKAccuracy", target);
        Inputs.requireScores("TopKAccuracy", prediction, target);
        if (prediction.rank() != 2 || prediction.size(1) < k) {
            throw new IllegalArgumentException("TopKAccuracy: scores of shape " + prediction.shape()
                    + " must be (N, classes) with at least " + k + " classes");
        }
        int classes = (int) prediction.size(1);
        double[] scores;
        try (var _ = TensorScope.open()) {
            scores = Inputs.numbers("TopKAccuracy", prediction);
        }
        long[] labels = Inputs.longs(target);
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException("TopKAccuracy: target " + i + " is class " + labels[i]
                        + "; there are classes 0 to " + (classes - 1));
            }
            double own = scores[i * classes + (int) labels[i]];
            int before = 0;
            for (int c = 0; c < classes; c++) {
                double other = scores[i * classes + c];
                before += other > own || other == own && c < labels[i] ? 1 : 0;
            }
            found += before < k ? 1 : 0;
        }
        total += labels.length;
    }

    @Override
    public Double compute() {
        if (total == 0) {
            throw Inputs.empty("TopKAccuracy");
        }
        return (double) found / total;
    }

    @Override
    public void reset() {
        found = 0;
        total = 0;
    }
}
