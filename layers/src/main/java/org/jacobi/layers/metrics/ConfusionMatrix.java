package org.jacobi.layers.metrics;

import java.util.Arrays;

import org.jacobi.tensor.Tensor;

/** How often each class was predicted for each class, as torchmetrics.ConfusionMatrix. */
public final class ConfusionMatrix extends ClassCounts implements Metric<long[][]> {
    private static final double HALF = 0.5;

    private final String name;
    private final long[][] counts;
    private final boolean binary;
    private final double threshold;
    private Long ignored;

    private ConfusionMatrix(String name, int classes, boolean binary, double threshold) {
        if (classes < 2) {
            throw new IllegalArgumentException(name + ": there are " + classes + " classes; there must be at least 2");
        }
        this.name = name;
        this.counts = new long[classes][classes];
        this.binary = binary;
        this.threshold = threshold;
    }

    /**
     * Makes the matrix of two classes. Predictions are probabilities of class 1, or logits if one of a batch's is outside of
     * [0, 1]: class 1 is predicted where the probability is above a half. Targets are 0 or 1.
     */
    public static ConfusionMatrix binary() {
        return binary("ConfusionMatrix", HALF);
    }

    /** Makes the matrix of two classes; class 1 is predicted where the probability is above the threshold. */
    public static ConfusionMatrix binary(double threshold) {
        return binary("ConfusionMatrix", threshold);
    }

    /**
     * Makes the matrix of several classes. Predictions are scores (N, classes, …), the largest of which counts, or class
     * numbers (N, …); targets are class numbers (N, …).
     */
    public static ConfusionMatrix multiclass(int classes) {
        return multiclass("ConfusionMatrix", classes);
    }

    static ConfusionMatrix binary(String name) {
        return binary(name, HALF);
    }

    private static ConfusionMatrix binary(String name, double threshold) {
        Inputs.requireThreshold(name, threshold);
        return new ConfusionMatrix(name, 2, true, threshold);
    }

    static ConfusionMatrix multiclass(String name, int classes) {
        return new ConfusionMatrix(name, classes, false, HALF);
    }

    @Override
    public ConfusionMatrix ignoreIndex(long target) {
        ignored = target;
        return this;
    }

    int classes() {
        return counts.length;
    }

    @Override
    public void update(Tensor prediction, Tensor target) {
        long[][] classes = binary && prediction.dtype().isFloating()
                ? new long[][] {positive(prediction, target), Inputs.longs(target)}
                : Inputs.classes(name, prediction, target);
        if (!binary && prediction.dtype().isFloating() && prediction.size(1) != counts.length) {
            throw new IllegalArgumentException(name + ": scores of shape " + prediction.shape() + " have "
                    + prediction.size(1) + " classes; expected " + counts.length);
        }
        for (int i = 0; i < classes[1].length; i++) {
            require("prediction", classes[0][i], classes[1][i]);
            require("target", classes[1][i], classes[1][i]);
        }
        for (int i = 0; i < classes[1].length; i++) {
            if (ignored == null || classes[1][i] != ignored) {
                counts[(int) classes[1][i]][(int) classes[0][i]]++;
            }
        }
    }

    private long[] positive(Tensor prediction, Tensor target) {
        return Arrays.stream(Inputs.probabilities(name, prediction, target)).mapToLong(p -> p > threshold ? 1 : 0)
                .toArray();
    }

    private void require(String what, long label, long target) {
        if ((ignored == null || target != ignored) && (label < 0 || label >= counts.length)) {
            throw new IllegalArgumentException(name + ": a " + what + " is class " + label + "; there are classes 0 to "
                    + (counts.length - 1));
        }
    }

    /** Returns the counts: those of target t are row t, by what was predicted. */
    @Override
    public long[][] compute() {
        if (total() == 0) {
            throw Inputs.empty(name);
        }
        return Arrays.stream(counts).map(long[]::clone).toArray(long[][]::new);
    }

    @Override
    double[][] counts() {
        long[][] all = compute();
        double[][] found = new double[all.length][3];
        for (int target = 0; target < all.length; target++) {
            for (int predicted = 0; predicted < all.length; predicted++) {
                long count = all[target][predicted];
                if (target == predicted) {
                    found[target][0] += count;
                } else {
                    found[predicted][1] += count;
                    found[target][2] += count;
                }
            }
        }
        return found;
    }

    @Override
    boolean countsAbsent() {
        return false;
    }

    private long total() {
        return Arrays.stream(counts).flatMapToLong(Arrays::stream).sum();
    }

    /** Returns the counts as shares of each target's: rows add up to 1, or are 0 where a target does not occur. */
    public double[][] normalized() {
        return Arrays.stream(compute()).map(row -> {
            long sum = Arrays.stream(row).sum();
            return Arrays.stream(row).mapToDouble(count -> sum == 0 ? 0 : (double) count / sum).toArray();
        }).toArray(double[][]::new);
    }

    @Override
    public void reset() {
        for (long[] row : counts) {
            Arrays.fill(row, 0);
        }
    }
}
