package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

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

    /** What a training changes, to be put back. Its tensors belong to the scope in which it is made. */
    static final class Snapshot {
        private final Layer model;
        private final Map<String, Tensor> weights;
        private final Map<Optimizer, Map<String, Tensor>> memories = new LinkedHashMap<>();
        private final Map<ParamGroup, Double> rates = new LinkedHashMap<>();
        private final Map<Generator, GeneratorState> states = new LinkedHashMap<>();

        Snapshot(Layer model, Collection<Optimizer> optimizers, Collection<Generator> generators) {
            this.model = model;
            weights = copies(model.stateDict());
            for (Optimizer optimizer : optimizers) {
                memories.put(optimizer, copies(optimizer.stateDict()));
                optimizer.groups().forEach(group -> rates.put(group, group.lr()));
            }
            generators.forEach(generator -> states.put(generator, GeneratorState.of(generator)));
        }

        private static Map<String, Tensor> copies(Map<String, Tensor> live) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            live.forEach((name, tensor) -> copies.put(name, tensor.copy()));
            return copies;
        }

        void restore() {
            model.loadStateDict(weights);
            memories.forEach(Optimizer::loadStateDict);
            rates.forEach(ParamGroup::setLr);
            states.forEach((generator, state) -> state.restore(generator));
        }
    }

    /** Takes a step with a learning rate and returns its loss. */
    @FunctionalInterface
    interface Step {
        /** Throws a DivergedException where there is no next step. */
        double take(double lr);
    }

    static LearningRateCurve find(double from, double to, int steps, Step step) {
        List<Double> rates = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        List<Double> smoothed = new ArrayList<>();
        double mean = 0;
        double best = Double.POSITIVE_INFINITY;
        try {
            for (int i = 0; i < steps; i++) {
                double lr = from * Math.pow(to / from, i / (steps - 1.0));
                double loss = step.take(lr);
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

    /** The first tenth is left out, where the mean still settles. */
    private static double steepest(double[] rates, double[] smoothed) {
        double fastest = 0;
        double rate = Double.NaN;
        for (int i = Math.max(1, rates.length / 10); i < rates.length - 1; i++) {
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
