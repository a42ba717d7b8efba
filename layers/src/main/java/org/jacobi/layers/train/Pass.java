package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Supplier;

import org.jacobi.layers.metrics.Mean;
import org.jacobi.layers.metrics.Metric;

/** Adds up what a walk over batches gives: the mean loss by weight, and metrics. */
final class Pass {
    static final String LOSS = "loss";

    private final SequencedMap<String, Metric<Double>> metrics = new LinkedHashMap<>();
    private final List<Metric<?>> all = new ArrayList<>();
    private final Mean losses = new Mean();

    /**
     * Makes an empty sum.
     *
     * @param further metrics that are fed, but are not among the results
     */
    Pass(Map<String, Supplier<? extends Metric<Double>>> metrics, Metric<?>... further) {
        metrics.forEach((name, metric) -> this.metrics.put(name, metric.get()));
        all.addAll(this.metrics.values());
        all.addAll(List.of(further));
    }

    void add(Outcome outcome, double loss) {
        losses.update(loss, outcome.weight());
        if (all.isEmpty()) {
            return;
        }
        if (outcome.prediction() == null) {
            throw new IllegalArgumentException("Trainer: metrics"
                    + " need a prediction and a target; the step must give them with Outcome.of(loss, prediction, target)");
        }
        all.forEach(metric -> metric.update(outcome.prediction().value(), outcome.target()));
    }

    boolean isEmpty() {
        return losses.isEmpty();
    }

    /** Returns the loss and every metric by its name. */
    SequencedMap<String, Double> results() {
        SequencedMap<String, Double> results = new LinkedHashMap<>();
        results.put(LOSS, losses.compute());
        metrics.forEach((name, metric) -> results.put(name, metric.compute()));
        return results;
    }
}
