package org.jacobi.layers.metrics;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Predictions and targets as numbers that metrics can add up, checked. */
final class Inputs {
    private Inputs() {
    }

    /** Returns the targets, and the prediction's classes along axis 1 by their largest score, or as they are given. */
    static long[][] classes(String metric, Tensor prediction, Tensor target) {
        requireIntegers(metric, target);
        try (var _ = TensorScope.open()) {
            if (prediction.dtype().isFloating()) {
                requireScores(metric, prediction, target);
                return new long[][] {longs(prediction.argmax(1)), longs(target)};
            }
            requireSameCount(metric, prediction, target);
            return new long[][] {longs(prediction), longs(target)};
        }
    }

    /** Refuses scores of another shape than (N, C, …) for targets (N, …). */
    static void requireScores(String metric, Tensor prediction, Tensor target) {
        long[] scores = prediction.shape().toArray();
        long[] expected = new long[Math.max(0, scores.length - 1)];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = scores[i == 0 ? 0 : i + 1];
        }
        if (scores.length < 2 || !Arrays.equals(expected, target.shape().toArray())) {
            throw new IllegalArgumentException(metric + ": scores of shape " + prediction.shape()
                    + " and targets of shape " + target.shape()
                    + " do not fit; expected (N, classes, ...) and (N, ...), or predicted classes of the target's shape");
        }
    }

    /** Returns probabilities as they are, and other scores by the logistic function, as torchmetrics takes them. */
    static double[] probabilities(String metric, Tensor prediction, Tensor target) {
        if (!prediction.dtype().isFloating()) {
            throw new IllegalArgumentException(metric + ": the prediction is of type " + prediction.dtype()
                    + "; it must be probabilities or logits of the positive class");
        }
        requireSameCount(metric, prediction, target);
        double[] scores = numbers(metric, prediction);
        if (Arrays.stream(scores).anyMatch(score -> score < 0 || score > 1)) {
            for (int i = 0; i < scores.length; i++) {
                scores[i] = 1 / (1 + Math.exp(-scores[i]));
            }
        }
        return scores;
    }

    /** Returns a tensor's elements in row-major order. */
    static double[] numbers(String metric, Tensor x) {
        try (var _ = TensorScope.open()) {
            double[] numbers = x.to(DType.F64).toDoubleArray();
            for (double number : numbers) {
                if (Double.isNaN(number)) {
                    throw new IllegalArgumentException(metric + ": there is a NaN among the numbers of shape "
                            + x.shape() + "; the model has diverged, or its data is damaged");
                }
            }
            return numbers;
        }
    }

    static long[] longs(Tensor x) {
        try (var _ = TensorScope.open()) {
            return x.to(DType.I64).toLongArray();
        }
    }

    /**
     * Returns targets that are 0 or 1.
     *
     * @param ignored another number that they may be; null for none
     */
    static long[] zerosAndOnes(String metric, Tensor target, Long ignored) {
        long[] labels;
        try (var _ = TensorScope.open()) {
            double[] numbers = numbers(metric, target);
            labels = Arrays.stream(numbers).mapToLong(number -> (long) number).toArray();
            for (int i = 0; i < labels.length; i++) {
                if (numbers[i] != 0 && numbers[i] != 1 && (ignored == null || numbers[i] != ignored)) {
                    throw new IllegalArgumentException(metric + ": target " + i + " is " + numbers[i]
                            + "; targets of two classes are 0 or 1");
                }
            }
        }
        return labels;
    }

    static void requireIntegers(String metric, Tensor target) {
        if (target.dtype().isFloating()) {
            throw new IllegalArgumentException(metric + ": the target is of type " + target.dtype()
                    + "; it must be class numbers, such as i64");
        }
    }

    /** Refuses shapes that differ in more than axes of length 1. */
    static void requireSameCount(String metric, Tensor prediction, Tensor target) {
        if (!Arrays.equals(squeezed(prediction), squeezed(target))) {
            throw new IllegalArgumentException(metric + ": a prediction of shape " + prediction.shape()
                    + " does not fit a target of shape " + target.shape() + "; both must have one shape");
        }
    }

    private static long[] squeezed(Tensor x) {
        return Arrays.stream(x.shape().toArray()).filter(size -> size != 1).toArray();
    }

    static void requireThreshold(String metric, double threshold) {
        if (!(threshold >= 0 && threshold <= 1)) {
            throw new IllegalArgumentException(metric + ": the threshold is " + threshold + "; it must be from 0 to 1");
        }
    }

    static IllegalStateException empty(String metric) {
        return new IllegalStateException(metric + ": there is nothing to compute from yet; call update first");
    }
}
