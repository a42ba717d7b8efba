package org.jacobi.layers.metrics;

import java.util.Arrays;

import org.jacobi.tensor.Tensor;

/**
 * What several labels' predictions are to their targets, where an example may have any of them: scores (N, labels), and
 * targets of the same shape, bool or 0 and 1.
 */
final class LabelCounts extends ClassCounts {
    static final double HALF = 0.5;
    private static final int TP = 0;
    private static final int FP = 1;
    private static final int FN = 2;
    private static final int TN = 3;

    private final String name;
    private final double threshold;
    /** Of each label: tp, fp, fn, tn. */
    private final long[][] counts;
    private long examples;
    private long exact;
    private Long ignored;

    /**
     * Makes counts of 0.
     *
     * @param threshold a label is predicted where its probability is above
     */
    LabelCounts(String name, int labels, double threshold) {
        if (labels < 1) {
            throw new IllegalArgumentException(name + ": there are " + labels + " labels; there must be at least 1");
        }
        Inputs.requireThreshold(name, threshold);
        this.name = name;
        this.threshold = threshold;
        counts = new long[labels][4];
    }

    @Override
    public LabelCounts ignoreIndex(long target) {
        ignored = target;
        return this;
    }

    @Override
    public void update(Tensor prediction, Tensor target) {
        if (prediction.rank() != 2 || prediction.size(1) != counts.length
                || !prediction.shape().equals(target.shape())) {
            throw new IllegalArgumentException(name + ": a prediction of shape " + prediction.shape()
                    + " and a target of shape " + target.shape() + "; both must be (N, " + counts.length + ")");
        }
        double[] probabilities = Inputs.probabilities(name, prediction, target);
        long[] targets = Inputs.zerosAndOnes(name, target, ignored);
        for (int first = 0; first < targets.length; first += counts.length) {
            boolean right = true;
            for (int label = 0; label < counts.length; label++) {
                long wanted = targets[first + label];
                if (ignored == null || wanted != ignored) {
                    boolean found = probabilities[first + label] > threshold;
                    counts[label][wanted == 1 ? found ? TP : FN : found ? FP : TN]++;
                    right &= found == (wanted == 1);
                }
            }
            examples++;
            exact += right ? 1 : 0;
        }
    }

    @Override
    double[][] counts() {
        requireSome();
        return Arrays.stream(counts).map(label -> new double[] {label[TP], label[FP], label[FN]})
                .toArray(double[][]::new);
    }

    @Override
    boolean countsAbsent() {
        return true;
    }

    /** Returns the share of examples all of whose labels are right. */
    double exact() {
        requireSome();
        return (double) exact / examples;
    }

    /** Returns each label's share of wrong predictions. */
    double[] wrong() {
        requireSome();
        return Arrays.stream(counts).mapToDouble(label -> ClassMetric.share(label[FP] + label[FN],
                label[TP] + label[FP] + label[FN] + label[TN])).toArray();
    }

    private void requireSome() {
        if (Arrays.stream(counts).flatMapToLong(Arrays::stream).sum() == 0) {
            throw Inputs.empty(name);
        }
    }

    @Override
    public void reset() {
        for (long[] label : counts) {
            Arrays.fill(label, 0);
        }
        examples = 0;
        exact = 0;
    }
}
