package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.TensorBundle;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Runs a model in evaluation mode and without gradients, a scope a batch. Batches that are tensors or a bundle of them are moved to
 * the model's device.
 *
 * @param model the model, which is left in the mode it was in
 */
public record Evaluator(Layer model) {
    /**
     * Returns the mean loss, as {@code loss}, and metrics of batches.
     *
     * @param step    what is done with a batch
     * @param metrics makes the metrics that are returned, by their names
     * @param further metrics that take in the batches, too, such as a confusion matrix: they are not reset before
     * @throws IllegalArgumentException if there is no batch
     */
    public <B> SequencedMap<String, Double> evaluate(Iterable<? extends B> batches, TrainStep<? super B> step,
            Map<String, Supplier<? extends Metric<Double>>> metrics, Metric<?>... further) {
        Pass pass = new Pass(metrics, further);
        evaluate(batches, step, pass);
        return pass.results();
    }

    private <B> void evaluate(Iterable<? extends B> batches, TrainStep<? super B> step, Pass pass) {
        evaluating(() -> walk(batches, each -> {
            while (evaluateNext(each, step, pass)) {
                // one scope a batch
            }
        }));
        if (pass.isEmpty()) {
            throw new IllegalArgumentException("Trainer: there is no batch to evaluate");
        }
    }

    private <B> boolean evaluateNext(Iterator<? extends B> batches, TrainStep<? super B> step, Pass pass) {
        try (var _ = TensorScope.open()) {
            if (!batches.hasNext()) {
                return false;
            }
            Outcome outcome = step.apply(besideModel(model, batches.next()));
            pass.add(outcome, outcome.loss().item());
            return true;
        }
    }

    <T> Tensor predict(Iterable<? extends T> batches, Function<? super T, Variable> forward) {
        try (var all = TensorScope.open()) {
            List<Tensor> parts = new ArrayList<>();
            evaluating(() -> walk(batches, each -> {
                for (Tensor part = predictNext(each, forward); part != null; part = predictNext(each, forward)) {
                    parts.add(part.keep());
                }
            }));
            if (parts.isEmpty()) {
                throw new IllegalArgumentException("Trainer: there is no batch to predict");
            }
            return all.keep(parts.size() == 1 ? parts.getFirst() : Tensor.cat(0, parts.toArray(Tensor[]::new)));
        }
    }

    private <T> Tensor predictNext(Iterator<? extends T> batches, Function<? super T, Variable> forward) {
        try (var scope = TensorScope.open()) {
            return batches.hasNext() ? scope.keep(forward.apply(besideModel(model, batches.next())).value())
                    : null;
        }
    }

    /** Returns a batch on the model's device, if it is made of tensors. */
    @SuppressWarnings("unchecked") // a bundle's copy has the bundle's type
    public static <B> B besideModel(Layer model, B batch) {
        if (batch instanceof Tensor tensor) {
            return (B) tensor.to(model.device());
        }
        return batch instanceof TensorBundle<?> bundle ? (B) bundle.to(model.device()) : batch;
    }

    private void evaluating(Runnable work) {
        boolean training = model.isTraining();
        model.eval();
        try (var _ = NoGrad.open()) {
            work.run();
        } finally {
            if (training) {
                model.train();
            }
        }
    }

    /** Has somebody walk over batches, and ends the walk; returns whether it came to its end by itself. */
    static <B> boolean walk(Iterable<? extends B> batches, Consumer<Iterator<? extends B>> walker) {
        Iterator<? extends B> iterator = batches.iterator();
        try (var _ = TensorScope.open()) {
            walker.accept(iterator);
            return !iterator.hasNext();
        } finally {
            Endless.close(iterator);
        }
    }
}
