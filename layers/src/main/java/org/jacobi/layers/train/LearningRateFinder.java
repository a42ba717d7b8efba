package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

import org.jacobi.layers.data.LoaderState;
import org.jacobi.layers.data.Resumable;
import org.jacobi.tensor.TensorScope;

/**
 * Trains for a few steps with a learning rate that grows, until the loss does (Smith, "Cyclical Learning Rates for Training
 * Neural Networks", 2017).
 */
final class LearningRateFinder {
    private static final double SMOOTHING = 0.9;
    /** How much above the best loss is too much. */
    private static final double TOO_MUCH = 4;

    private LearningRateFinder() {
    }

    /** Trains, looks, and puts everything back. */
    static <B> LearningRateCurve find(TrainerParts parts, Stepper<B> stepper, Iterable<? extends B> training,
            double from,
            double to, int steps) {
        if (!(from > 0 && from < to && to < Double.POSITIVE_INFINITY) || steps < 10) {
            throw new IllegalArgumentException("Trainer.findLearningRate: from " + from + " to " + to + " in " + steps
                    + " steps; rates must be positive and rise, in at least 10 steps");
        }
        boolean wasTraining = parts.model.isTraining();
        LoaderState position = training instanceof Resumable loader ? loader.state() : null;
        try (var _ = TensorScope.open()) {
            Runnable restoring = parts.snapshot();
            try (var batches = new Endless<B>(training)) {
                parts.model.train();
                stepper.zeroGrad();
                return curve(from, to, steps, lr -> stepper.probe(batches, lr));
            } finally {
                stepper.zeroGrad();
                restoring.run();
                if (!wasTraining) {
                    parts.model.eval();
                }
                if (training instanceof Resumable loader) {
                    loader.seek(position);
                }
            }
        }
    }

    /** Returns the losses of steps at rates that grow, until one is far too large or there is no next step. */
    private static LearningRateCurve curve(double from, double to, int steps, DoubleUnaryOperator step) {
        List<Double> rates = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        List<Double> smoothed = new ArrayList<>();
        double mean = 0;
        double best = Double.POSITIVE_INFINITY;
        try {
            for (int i = 0; i < steps; i++) {
                double lr = from * Math.pow(to / from, i / (steps - 1.0));
                double loss = step.applyAsDouble(lr);
                mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
                // The mean starts at 0, which is taken out again.
                double current = mean / (1 - Math.pow(SMOOTHING, i + 1));
                if (i > 0 && current > TOO_MUCH * best) {
                    break;
                }
                best = Math.min(best, current);
                rates.add(lr);
                losses.add(loss);
                smoothed.add(current);
            }
        } catch (DivergedException e) {
            if (rates.isEmpty()) {
                throw e;
            }
        }
        double[] curve = array(smoothed);
        double[] all = array(rates);
        return new LearningRateCurve(all, array(losses), curve, steepest(all, curve));
    }

    /**
     * Looks on the way down to the lowest loss, behind which rates are too high and the loss jumps, also down. The first tenth is left
     * out, where the mean still settles.
     */
    private static double steepest(double[] rates, double[] smoothed) {
        int lowest = 0;
        for (int i = 1; i < smoothed.length; i++) {
            lowest = smoothed[i] < smoothed[lowest] ? i : lowest;
        }
        double fastest = 0;
        double rate = Double.NaN;
        for (int i = Math.max(1, rates.length / 10); i < Math.min(lowest, rates.length - 1); i++) {
            double slope = smoothed[i + 1] - smoothed[i - 1];
            if (slope < fastest) {
                fastest = slope;
                rate = rates[i];
            }
        }
        return rate;
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
