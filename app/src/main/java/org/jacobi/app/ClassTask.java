package org.jacobi.app;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.metrics.Average;
import org.jacobi.layers.metrics.F1Score;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;

/** Sorting examples into classes, by a network that gives each class a score. */
interface ClassTask extends Task<Batch> {
    @Override
    List<String> classes();

    @Override
    default TrainStep<Batch> measurement(Layer model) {
        return batch -> {
            Variable scores = model.forward(batch.input());
            return Outcome.of(scores.crossEntropy(batch.target()), scores, batch.target());
        };
    }

    @Override
    default SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        int count = classes().size();
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", () -> Accuracy.multiclass(count));
        metrics.put("f1_macro", () -> F1Score.multiclass(count, Average.MACRO));
        return metrics;
    }
}
