package org.jacobi.layers.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.LoaderState;
import org.jacobi.layers.data.Resumable;
import org.jacobi.layers.loss.Loss;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;

/**
 * Trains a model, epoch by epoch, and evaluates it.
 *
 * <pre>{@code
 * Trainer<Batch> trainer = Trainer.supervised(model, new AdamW(model.parameters(), 1e-3), new CrossEntropyLoss())
 *         .metric("accuracy", () -> Accuracy.multiclass(10))
 *         .monitor(Monitor.max("accuracy")).patience(5)
 *         .callback(new ConsoleProgress(System.err));
 * History history = trainer.fit(training, validation, 20);
 * Map<String, Double> result = trainer.evaluate(test);
 * }</pre>
 *
 * <p>Batches are walked once an epoch; a walk that is an AutoCloseable is closed at its end, however it ends. Each step has a
 * scope of its own in which its batches are asked for, so that whatever a batch or a model makes is freed after the step.
 *
 * <p>A trainer says nothing by itself: see {@link ConsoleProgress}. It serves one thread; only {@link #stop} may be called
 * from another.
 *
 * @param <B> a batch
 */
public final class Trainer<B> {
    private static final String OPTIMIZER = "optimizer";
    private static final double HIGH = 0.9;

    private final Layer model;
    private final Optimizer optimizer;
    private final TrainStep<? super B> trainingStep;
    private TrainStep<? super B> evaluationStep;

    private final SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
    private final SequencedMap<String, Optimizer> optimizers = new LinkedHashMap<>();
    private final SequencedMap<String, Generator> generators = new LinkedHashMap<>();
    private final List<Callback> callbacks = new ArrayList<>();
    private Schedule stepSchedule;
    private Schedule epochSchedule;
    private double maxNorm = Double.MAX_VALUE;
    private int accumulate = 1;
    private Monitor monitor;
    private int patience = Integer.MAX_VALUE;
    private Path folder;

    private int epoch;
    private long step;
    private int bestEpoch;
    private double bestValue = Double.NaN;
    private final List<EpochRecord> history = new ArrayList<>();
    /** The best epoch's parameters and buffers, where there is no folder to keep them in. */
    private final SequencedMap<String, Tensor> bestWeights = new LinkedHashMap<>();
    private LoaderState resumeAt;
    private long stepsPerEpoch = -1;
    private int epochs;
    private volatile boolean stopRequested;

    private Trainer(Layer model, Optimizer optimizer, TrainStep<? super B> step) {
        this.model = model;
        this.optimizer = optimizer;
        this.trainingStep = step;
        this.evaluationStep = step;
        optimizers.put(OPTIMIZER, optimizer);
        generators.put("global", Generator.global());
    }

    // ---- making one ------------------------------------------------------------------------------------------------

    /** Makes a trainer of a model that predicts a batch's target from its input. */
    public static Trainer<Batch> supervised(Layer model, Optimizer optimizer, Loss loss) {
        return new Trainer<>(model, optimizer, batch -> {
            Variable prediction = model.forward(batch.input());
            return Outcome.of(loss.of(prediction, batch.target()), prediction, batch.target());
        });
    }

    /**
     * Makes a trainer of whatever a step does with its batch: models with several inputs, or with losses that need more than
     * a prediction.
     *
     * @param model     holds all that is to be saved, and is switched between training and evaluation
     * @param optimizer changes parameters after each step; others may be stepped inside the step, see {@link #optimizer}
     */
    public static <B> Trainer<B> of(Layer model, Optimizer optimizer, TrainStep<? super B> step) {
        return new Trainer<>(model, optimizer, step);
    }

    /** Evaluates with another step than it trains with, such as one that decodes. */
    public Trainer<B> evaluationStep(TrainStep<? super B> next) {
        evaluationStep = next;
        return this;
    }

    /**
     * Measures a metric in every epoch, on the training batches and on the validation batches.
     *
     * @param metric makes a new one
     */
    public Trainer<B> metric(String name, Supplier<? extends Metric<Double>> metric) {
        if (name.equals(Pass.LOSS) || metrics.putIfAbsent(name, metric) != null) {
            throw new IllegalArgumentException("Trainer: there is a number with the name '" + name + "' already");
        }
        return this;
    }

    /** Sets the learning rate before each step, by the number of steps done. */
    public Trainer<B> schedule(Schedule schedule) {
        stepSchedule = schedule;
        return this;
    }

    /** Sets the learning rate before each epoch, by the number of epochs done. */
    public Trainer<B> scheduleByEpoch(Schedule schedule) {
        epochSchedule = schedule;
        return this;
    }

    /** Clips the gradient's norm before each step, as {@code GradClip.byGlobalNorm}. */
    public Trainer<B> clipGradNorm(double norm) {
        maxNorm = positive("clipGradNorm", norm);
        return this;
    }

    /** Makes each step of so many batches: their gradients are those of one large batch. The last step may have fewer. */
    public Trainer<B> accumulate(int batches) {
        accumulate = (int) positive("accumulate", batches);
        return this;
    }

    /** Keeps the weights of the epoch that is best by a number, and has the model end with them. */
    public Trainer<B> monitor(Monitor number) {
        monitor = number;
        return this;
    }

    /** Stops after so many epochs in a row that are not better than the best before; needs a monitor. */
    public Trainer<B> patience(int epochs) {
        patience = (int) positive("patience", epochs);
        return this;
    }

    /**
     * Saves a checkpoint after each epoch: in the folder {@code last}, and, where there is a monitor, that of the best epoch in
     * the folder {@code best}. Both hold {@code model.safetensors}, {@code optimizer.safetensors} and {@code trainer.json}, and
     * are replaced so that a kill at any moment leaves a whole checkpoint.
     */
    public Trainer<B> checkpoints(Path newFolder) {
        folder = newFolder;
        return this;
    }

    /** Adds somebody who is told of the training, after those that were added before. */
    public Trainer<B> callback(Callback callback) {
        callbacks.add(callback);
        return this;
    }

    /** Names a random generator, other than the global one, that the step draws from: checkpoints hold its state. */
    public Trainer<B> generator(String name, Generator generator) {
        generators.put(name, generator);
        return this;
    }

    /** Names a further optimizer that the step itself steps, as a GAN's second one: checkpoints hold its state. */
    public Trainer<B> optimizer(String name, Optimizer further) {
        optimizers.put(OPTIMIZER + "-" + name, further);
        return this;
    }

    private static double positive(String name, double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException("Trainer: " + name + " is " + value + "; it must be above 0");
        }
        return value;
    }

    // ---- what it is at ---------------------------------------------------------------------------------------------

    /** Returns the model. */
    public Layer model() {
        return model;
    }

    /** Returns the optimizer. */
    public Optimizer optimizer() {
        return optimizer;
    }

    /** Returns after how many epochs the running or last {@link #fit} ends by itself. */
    public int epochs() {
        return epochs;
    }

    /** Returns how many steps are done. */
    public long step() {
        return step;
    }

    /** Returns how many steps an epoch has, if that is known: of a collection of batches, or after the first epoch. */
    public OptionalLong stepsPerEpoch() {
        return stepsPerEpoch < 0 ? OptionalLong.empty() : OptionalLong.of(stepsPerEpoch);
    }

    /** Returns the epochs that are finished. */
    public History history() {
        return new History(history, bestEpoch);
    }

    /**
     * Ends the training after the step that is running. An epoch that is cut short counts only if it can be gone on with: if
     * its batches are {@link Resumable}, a checkpoint is saved in its middle.
     */
    public void stop() {
        stopRequested = true;
    }

    // ---- training --------------------------------------------------------------------------------------------------

    /** Trains without validation: see {@link #fit(Iterable, Iterable, int)}. */
    public History fit(Iterable<? extends B> training, int epochs) {
        return fit(training, null, epochs);
    }

    /**
     * Trains until so many epochs are done, those before a resumption included, or until {@link #patience} or {@link #stop}
     * ends it. The model is left in evaluation mode.
     *
     * @param validation batches that are evaluated after each epoch; null for none
     * @throws DivergedException    if a loss or a gradient is not finite; the parameters are those before that step
     * @throws java.io.UncheckedIOException if a checkpoint cannot be saved
     */
    public History fit(Iterable<? extends B> training, Iterable<? extends B> validation, int newEpochs) {
        epochs = (int) positive("epochs", newEpochs);
        if (patience < Integer.MAX_VALUE && monitor == null) {
            throw new IllegalArgumentException("Trainer: patience needs a monitor, such as Monitor.min(\"loss\")");
        }
        stopRequested = false;
        long batches = training instanceof Resumable loader ? loader.batches()
                : training instanceof Collection<?> all ? all.size() : -1;
        stepsPerEpoch = batches < 0 ? -1 : Math.ceilDiv(batches, accumulate);
        if (resumeAt != null) {
            seek(training);
        }
        Stepper<B> stepper = stepper();
        Throwable failure = null;
        try {
            stepper.zeroGrad();
            callbacks.forEach(callback -> callback.onFitStart(this));
            while (!stopRequested && epoch < epochs && epoch - bestEpoch < patience) {
                epoch(stepper, training, validation);
            }
            if (!stopRequested && bestEpoch > 0) {
                restoreBest();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            stepper.zeroGrad();
            model.eval();
            end(failure);
        }
        return history();
    }

    private Stepper<B> stepper() {
        return new Stepper<>(model, optimizer, trainingStep, List.copyOf(generators.values()), accumulate, maxNorm);
    }

    private void end(Throwable failure) {
        Throwable first = failure;
        for (Callback callback : callbacks) {
            try {
                callback.onFitEnd(this, failure);
            } catch (RuntimeException | Error e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (failure == null && first instanceof RuntimeException e) {
            throw e;
        }
        if (failure == null && first instanceof Error e) {
            throw e;
        }
    }

    private void epoch(Stepper<B> stepper, Iterable<? extends B> training, Iterable<? extends B> validation) {
        long start = System.nanoTime();
        MemoryReport.takePeakBytes();
        int number = epoch + 1;
        model.train();
        if (epochSchedule != null) {
            optimizer.setLearningRate(epochSchedule.at(epoch));
        }
        callbacks.forEach(callback -> callback.onEpochStart(this, number));
        Pass pass = new Pass(metrics);
        StepTimes times = new StepTimes();
        double[] norm = {0};
        boolean whole = walk(training, batches -> {
            long before = step;
            for (StepRecord record = step(stepper, batches, pass); record != null; record =
                    stopRequested ? null : step(stepper, batches, pass)) {
                times.add(record.seconds());
                norm[0] = Math.max(norm[0], record.gradNorm());
            }
            if (step == before) {
                throw new IllegalArgumentException("Trainer: epoch " + number + " has no batch to train on");
            }
        });
        if (!whole) {
            if (folder != null && training instanceof Resumable resumable) {
                store("last").save(state(resumable.state()));
            }
            return;
        }
        stepsPerEpoch = stepsPerEpoch < 0 ? times.count() : stepsPerEpoch;
        SequencedMap<String, Double> result = pass.results();
        SequencedMap<String, Double> validated = validation == null ? new LinkedHashMap<>() : evaluate(validation);
        epoch = number;
        boolean best = monitor != null
                && monitor.improves(monitor.of(validation == null ? result : validated), bestValue);
        EpochRecord record = new EpochRecord(number, step, result, validated, optimizer.groups().getFirst().lr(), norm[0],
                times.quantile(0.5), times.quantile(HIGH), (System.nanoTime() - start) * 1e-9,
                MemoryReport.takePeakBytes(), best);
        history.add(record);
        if (best) {
            bestEpoch = number;
            bestValue = monitor.of(validation == null ? result : validated);
        }
        save(best, training instanceof Resumable resumable ? resumable.state() : null);
        callbacks.forEach(callback -> callback.onEpochEnd(this, record));
    }

    private StepRecord step(Stepper<B> stepper, Iterator<? extends B> batches, Pass pass) {
        if (stepSchedule != null) {
            optimizer.setLearningRate(stepSchedule.at(step));
        }
        return stepper.next(batches, step + 1, epoch + 1, pass, record -> {
            step++;
            callbacks.forEach(callback -> callback.onStepEnd(this, record));
        });
    }

    /** Has somebody walk over batches, and ends the walk; returns whether it came to its end by itself. */
    private static <B> boolean walk(Iterable<? extends B> batches, Consumer<Iterator<? extends B>> walker) {
        Iterator<? extends B> iterator = batches.iterator();
        try (var _ = TensorScope.open()) {
            walker.accept(iterator);
            return !iterator.hasNext();
        } finally {
            Endless.close(iterator);
        }
    }

    /**
     * Trains for a few steps with a learning rate that grows from step to step, to see which is a good one (Smith, 2017); a
     * common choice is the suggestion, or a tenth of the rate at which the loss is lowest. Afterwards the model, its optimizers
     * and the random generators are as they were.
     *
     * @param training batches, walked as often as it takes
     * @param from     the first learning rate, such as 1e-7
     * @param to       the last one, such as 10; earlier it ends where the loss is four times its lowest value, or not finite
     * @param steps    how many steps there are on this way, at least 10
     */
    public LearningRateCurve findLearningRate(Iterable<? extends B> training, double from, double to, int steps) {
        if (!(from > 0 && from < to && to < Double.POSITIVE_INFINITY) || steps < 10) {
            throw new IllegalArgumentException("Trainer.findLearningRate: from " + from + " to " + to + " in " + steps
                    + " steps; rates must be positive and rise, in at least 10 steps");
        }
        boolean wasTraining = model.isTraining();
        LoaderState position = training instanceof Resumable loader ? loader.state() : null;
        Stepper<B> stepper = stepper();
        try (var _ = TensorScope.open()) {
            var before = new LearningRateFinder.Snapshot(model, optimizers.values(), generators.values());
            try (var batches = new Endless<B>(training)) {
                model.train();
                stepper.zeroGrad();
                return LearningRateFinder.find(from, to, steps, lr -> {
                    optimizer.setLearningRate(lr);
                    return stepper.next(batches, 1, 1, new Pass(Map.of()), _ -> {
                    }).loss();
                });
            } finally {
                stepper.zeroGrad();
                before.restore();
                if (!wasTraining) {
                    model.eval();
                }
                if (training instanceof Resumable loader) {
                    loader.seek(position);
                }
            }
        }
    }

    // ---- using the model -------------------------------------------------------------------------------------------

    /**
     * Returns the mean loss, as {@code loss}, and the trainer's metrics of batches, with the model in evaluation mode.
     *
     * @param further metrics that take in the batches, too, such as a confusion matrix: they are not reset before
     */
    public SequencedMap<String, Double> evaluate(Iterable<? extends B> batches, Metric<?>... further) {
        Pass pass = new Pass(metrics, further);
        evaluating(() -> walk(batches, each -> {
            while (evaluateNext(each, pass)) {
                // one scope a batch
            }
        }));
        if (pass.isEmpty()) {
            throw new IllegalArgumentException("Trainer: there is no batch to evaluate");
        }
        return pass.results();
    }

    private boolean evaluateNext(Iterator<? extends B> batches, Pass pass) {
        try (var _ = TensorScope.open()) {
            if (!batches.hasNext()) {
                return false;
            }
            Outcome outcome = evaluationStep.apply(batches.next());
            pass.add(outcome, outcome.loss().item());
            return true;
        }
    }

    /** Returns the model's outputs for inputs, joined along their first axis, in evaluation mode. */
    public Tensor predict(Iterable<Tensor> inputs) {
        return predict(inputs, model::forward);
    }

    /**
     * Returns what the model makes of batches, joined along the first axis, in evaluation mode.
     *
     * @param forward runs the model on one batch
     */
    public <T> Tensor predict(Iterable<? extends T> batches, Function<? super T, Variable> forward) {
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

    private static <T> Tensor predictNext(Iterator<? extends T> batches, Function<? super T, Variable> forward) {
        try (var scope = TensorScope.open()) {
            return batches.hasNext() ? scope.keep(forward.apply(batches.next()).value()) : null;
        }
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

    // ---- checkpoints -----------------------------------------------------------------------------------------------

    /**
     * Continues from the last checkpoint in the folder: {@link #fit} goes on to the same bits as if it had never stopped.
     *
     * @return whether there is a checkpoint; if not, nothing was changed
     * @throws java.io.UncheckedIOException if it cannot be read
     * @throws IllegalArgumentException     if it is one of another model or optimizer
     */
    public boolean resume() {
        if (folder == null) {
            throw new IllegalStateException("Trainer.resume: there is no folder; name it with checkpoints(folder)");
        }
        TrainerStore last = store("last");
        if (!last.exists()) {
            return false;
        }
        TrainerState state = last.load();
        generators.forEach((name, generator) -> {
            GeneratorState saved = state.generators().get(name);
            if (saved == null) {
                throw new IllegalArgumentException("Trainer.resume: the checkpoint knows no generator '" + name + "'");
            }
            saved.restore(generator);
        });
        optimizers.forEach((name, each) -> {
            List<Double> rates = state.learningRates().getOrDefault(name, List.of());
            if (rates.size() != each.groups().size()) {
                throw new IllegalArgumentException("Trainer.resume: " + name + " has " + each.groups().size()
                        + " groups, the checkpoint's has " + rates.size());
            }
            for (int i = 0; i < rates.size(); i++) {
                each.groups().get(i).setLr(rates.get(i));
            }
        });
        epoch = state.epoch();
        step = state.step();
        bestEpoch = state.bestEpoch();
        bestValue = bestEpoch == 0 ? Double.NaN : state.bestValue();
        history.clear();
        history.addAll(state.history());
        resumeAt = state.position();
        return true;
    }

    private void seek(Iterable<? extends B> training) {
        if (!(training instanceof Resumable resumable)) {
            throw new IllegalArgumentException("Trainer.fit: the checkpoint has a position in its batches, "
                    + "but these cannot go on from one; give batches that are Resumable, as they were");
        }
        resumable.seek(resumeAt);
        resumeAt = null;
    }

    private TrainerStore store(String name) {
        return new TrainerStore(folder.resolve(name), model, optimizers);
    }

    private TrainerState state(LoaderState position) {
        Map<String, GeneratorState> states = new LinkedHashMap<>();
        generators.forEach((name, generator) -> states.put(name, GeneratorState.of(generator)));
        Map<String, List<Double>> rates = new LinkedHashMap<>();
        optimizers.forEach((name, each) -> rates.put(name, each.groups().stream().map(group -> group.lr()).toList()));
        return new TrainerState(epoch, step, states, position, rates, bestEpoch, bestEpoch == 0 ? 0 : bestValue,
                history);
    }

    private void save(boolean best, LoaderState position) {
        if (folder != null) {
            store("last").save(state(position));
            if (best) {
                store("best").save(state(position));
            }
        } else if (best) {
            model.stateDict().forEach((name, tensor) -> bestWeights
                    .computeIfAbsent(name, _ -> Tensor.empty(tensor.dtype(), tensor.shape()).unscope()).copy_(tensor));
        }
    }

    private void restoreBest() {
        if (folder != null) {
            store("best").loadModel();
        } else {
            model.loadStateDict(bestWeights);
        }
    }
}
