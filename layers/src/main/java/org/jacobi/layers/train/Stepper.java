package org.jacobi.layers.train;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import org.jacobi.autograd.Anomaly;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/** Takes steps of an optimizer, and finds out where NaN comes from before it reaches a parameter. */
final class Stepper<B> {
    private final Layer model;
    private final Optimizer optimizer;
    private final TrainStep<? super B> step;
    private final List<Generator> generators;
    private final List<Param> params;
    private final int accumulate;
    private final double maxNorm;
    private final double maxValue;

    /**
     * Makes a stepper.
     *
     * @param generators what the step may draw from
     * @param accumulate how many batches a step is made of
     * @param maxNorm    to which length gradients are clipped
     * @param maxValue   to which size each number of a gradient is clipped before; infinite for none
     */
    Stepper(Layer model, Optimizer optimizer, TrainStep<? super B> step, List<Generator> generators, int accumulate,
            double maxNorm, double maxValue) {
        this.model = model;
        this.optimizer = optimizer;
        this.step = step;
        this.generators = generators;
        this.params = optimizer.groups().stream().flatMap(group -> group.params().stream()).toList();
        this.accumulate = accumulate;
        this.maxNorm = maxNorm;
        this.maxValue = maxValue;
    }

    /** What a batch changes before the optimizer does: random numbers are drawn, running means move. */
    private final class Before {
        private final List<GeneratorState> states = generators.stream().map(GeneratorState::of).toList();
        private final Map<String, Tensor> buffers = new LinkedHashMap<>();

        Before() {
            model.namedBuffers().forEach((name, buffer) -> buffers.put(name, buffer.copy()));
        }

        void restore() {
            for (int i = 0; i < generators.size(); i++) {
                states.get(i).restore(generators.get(i));
            }
            model.namedBuffers().forEach((name, buffer) -> buffer.copy_(buffers.get(name)));
            zeroGrad();
        }
    }

    /** Forgets all gradients, those of parameters that another optimizer changes included. */
    void zeroGrad() {
        optimizer.zeroGrad();
        model.zeroGrad();
    }

    /**
     * Takes one step. Its gradient is that of the mean loss of its batches by their weights, as of one large batch.
     *
     * @param number   the step's number, from 1
     * @param pass     takes in what the batches gave
     * @param watching sees the step while its gradients are there
     * @return the step, or null if no batch is left
     * @throws DivergedException if its loss or its gradient is not finite; then nothing was changed
     */
    StepRecord next(Iterator<? extends B> batches, long number, int epoch, Pass pass, Consumer<StepRecord> watching) {
        long start = System.nanoTime();
        try (var _ = TensorScope.open()) {
            List<B> taken = new ArrayList<>();
            while (taken.size() < accumulate && batches.hasNext()) {
                taken.add(batches.next());
            }
            if (taken.isEmpty()) {
                return null;
            }
            Before before = new Before();
            double loss = forwardBackward(taken, pass);
            double norm = Double.isFinite(loss) ? clippedNorm() : Double.NaN;
            if (Double.isFinite(norm)) {
                optimizer.step();
            }
            StepRecord record = new StepRecord(number, epoch, loss, norm, optimizer.groups().getFirst().lr(),
                    taken.size(), (System.nanoTime() - start) * 1e-9);
            if (!Double.isFinite(norm)) {
                throw diverged(taken, before, record);
            }
            watching.accept(record);
            zeroGrad();
            return record;
        }
    }

    private double clippedNorm() {
        double norm = GradClip.byGlobalNorm(params, maxValue < Double.POSITIVE_INFINITY ? Double.MAX_VALUE : maxNorm);
        if (maxValue == Double.POSITIVE_INFINITY || !Double.isFinite(norm)) {
            return norm; // clipping would make something finite of an infinity
        }
        GradClip.byValue(params, maxValue);
        GradClip.byGlobalNorm(params, maxNorm);
        return norm;
    }

    /** Takes one step with a learning rate, and returns its loss. */
    double probe(Iterator<? extends B> batches, double lr) {
        optimizer.setLearningRate(lr);
        StepRecord record = next(batches, 1, 1, new Pass(Map.of()), _ -> {
        });
        if (record == null) {
            throw new IllegalArgumentException("Trainer: there is no batch to train on");
        }
        return record.loss();
    }

    /** Adds up the gradients of batches and returns their mean loss; stops at the first that is not finite. */
    private double forwardBackward(List<B> batches, Pass pass) {
        double losses = 0;
        double weights = 0;
        double unit = 0;
        for (B batch : batches) {
            try (var _ = TensorScope.open()) {
                Outcome outcome = step.apply(batch);
                double loss = outcome.loss().item();
                if (!Double.isFinite(loss)) {
                    return loss;
                }
                unit = unit == 0 ? outcome.weight() : unit;
                double share = outcome.weight() / unit;
                (share == 1 ? outcome.loss() : outcome.loss().mul(share)).backward();
                pass.add(outcome, loss);
                losses += loss * share;
                weights += share;
            }
        }
        if (weights != 1) {
            for (Param param : params) {
                if (param.grad() != null) {
                    param.grad().value().mul_(1 / weights);
                }
            }
        }
        return losses / weights;
    }

    /** Runs the batches once more, op by op, and tells what was found; afterwards all is as before the step. */
    private DivergedException diverged(List<B> batches, Before before, StepRecord record) {
        String where = "no op gave a NaN or an infinity by itself: the gradient is too long for its type";
        Throwable cause = null;
        before.restore();
        try (var _ = Anomaly.detect()) {
            for (B batch : batches) {
                try (var _ = TensorScope.open()) {
                    step.apply(batch).loss().backward();
                }
            }
        } catch (ArithmeticException e) {
            where = e.getMessage();
            cause = e;
        } finally {
            before.restore();
        }
        return new DivergedException("step " + record.step() + " of epoch " + record.epoch()
                + " was not taken, because " + (Double.isFinite(record.loss())
                        ? "the gradient's norm is " + record.gradNorm()
                        : "the loss is " + record.loss())
                + ": " + where
                + ". Parameters are as they were before it; look for bad data, or try a smaller learning rate than "
                + record.lr() + " or clipGradNorm", record, cause);
    }
}
