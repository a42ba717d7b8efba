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

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.LoaderState;
import org.jacobi.layers.data.Resumable;
import org.jacobi.layers.data.TensorBundle;
import org.jacobi.layers.loss.Loss;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.optim.AveragedModel;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.ReduceLROnPlateau;
import org.jacobi.layers.optim.Schedule;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.MemoryReport;
import org.jacobi.tensor.Tensor;

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
 * <p>Batches that are tensors or a {@link TensorBundle} are moved to the model's device.
 *
 * <p>Batches are walked once an epoch; a walk that is an AutoCloseable is closed at its end, however it ends. Each step has a
 * scope of its own in which its batches are asked for, so that whatever a batch or a model makes is freed after the step.
 *
 * <p>It says nothing by itself: see {@link ConsoleProgress}. It serves one thread; only {@link #stop} may be called from others.
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
    private final TrainerParts parts;
    private final Checkpoints checkpoints;
    private final Callbacks callbacks = new Callbacks();
    private Schedule stepSchedule;
    private Schedule epochSchedule;
    private DType precision = DType.F32;
    private double maxNorm = Double.MAX_VALUE;
    private double maxValue = Double.POSITIVE_INFINITY;
    private int accumulate = 1;
    private Monitor monitor;
    private int patience = Integer.MAX_VALUE;
    private Supplier<Runnable> validationWeights = () -> () -> {
    };

    private int epoch;
    private long step;
    private int bestEpoch;
    private double bestValue = Double.NaN;
    private final List<EpochRecord> history = new ArrayList<>();
    private LoaderState resumeAt;
    private long stepsPerEpoch = -1;
    private int epochs;
    private volatile boolean stopRequested;

    private Trainer(Layer model, Optimizer optimizer, TrainStep<? super B> step) {
        this.model = model;
        this.optimizer = optimizer;
        this.trainingStep = batch -> run(step, batch);
        this.evaluationStep = trainingStep;
        this.parts = new TrainerParts(model);
        this.checkpoints = new Checkpoints(parts);
        parts.optimizers.put(OPTIMIZER, optimizer);
        parts.generators.put("global", Generator.global());
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

    private Outcome run(TrainStep<? super B> what, B batch) {
        try (var _ = precision == DType.F32 ? null : Autocast.to(precision)) {
            return what.apply(Evaluator.besideModel(model, batch));
        }
    }

    /** Has each step, also those of evaluation, run under {@link Autocast} in BF16, or, at first and for F32, not. */
    public Trainer<B> precision(DType type) {
        if (type != DType.F32 && type != DType.BF16) {
            throw new IllegalArgumentException("Trainer: the precision is " + type + "; it must be F32 or BF16");
        }
        precision = type;
        return this;
    }

    /** Evaluates with another step than it trains with, such as one that decodes. */
    public Trainer<B> evaluationStep(TrainStep<? super B> next) {
        evaluationStep = batch -> run(next, batch);
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

    /** Clips every number of the gradient before each step, as {@code GradClip.byValue}; the norm is clipped after it. */
    public Trainer<B> clipGradValue(double value) {
        maxValue = positive("clipGradValue", value);
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
        checkpoints.in(newFolder);
        return this;
    }

    /** Adds somebody who is told of the training, after those that were added before. */
    public Trainer<B> callback(Callback callback) {
        callbacks.add(callback);
        return this;
    }

    /** Names a random generator, other than the global one, that the step draws from: checkpoints hold its state. */
    public Trainer<B> generator(String name, Generator generator) {
        parts.generators.put(name, generator);
        return this;
    }

    /** Names a further optimizer that the step itself steps, as a GAN's second one: checkpoints hold its state. */
    public Trainer<B> optimizer(String name, Optimizer further) {
        parts.optimizers.put(OPTIMIZER + "-" + name, further);
        return this;
    }

    /** Names something else that has a state, such as an average of the weights: checkpoints hold it, in a file of its name. */
    public Trainer<B> saved(String name, Supplier<? extends Map<String, Tensor>> stateDict,
            Consumer<Map<String, Tensor>> loadStateDict) {
        parts.further.put(name, new TrainerParts.Part(stateDict, loadStateDict));
        return this;
    }

    /**
     * Validates with other weights than it trains with, such as their running average. The weights of the best epoch are those
     * that were validated.
     *
     * @param swap puts the other weights into the model, and returns what takes them out again
     */
    public Trainer<B> validateWith(Supplier<Runnable> swap) {
        validationWeights = swap;
        return this;
    }

    /** Takes each step's weights into a running average, and validates with that: the best weights are then the average's. */
    public Trainer<B> average(AveragedModel average) {
        callbacks.add(Callbacks.afterStep(average::update));
        return saved("average", average::stateDict, average::loadStateDict)
                .validateWith(() -> average.swapIn()::close);
    }

    /** Lowers the learning rate when a number does not get better from epoch to epoch. */
    public Trainer<B> plateau(ReduceLROnPlateau plateau, Monitor number) {
        callbacks.add(Callbacks.afterEpoch(each -> plateau.step(number.of(each))));
        return saved("plateau", plateau::stateDict, plateau::loadStateDict);
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

    /** Returns after how many epochs the running or last {@link #fit} ends by itself. */
    public int epochs() {
        return epochs;
    }

    /** Returns the optimizer. */
    public Optimizer optimizer() {
        return optimizer;
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
            callbacks.tell(callback -> callback.onFitStart(this));
            while (!stopRequested && epoch < epochs && epoch - bestEpoch < patience) {
                epoch(stepper, training, validation);
            }
            if (bestEpoch > 0) {
                checkpoints.restoreBest();
            }
        } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
        } finally {
            stepper.zeroGrad();
            model.eval();
            callbacks.end(this, failure);
        }
        return history();
    }

    private Stepper<B> stepper() {
        return new Stepper<>(model, optimizer, trainingStep, List.copyOf(parts.generators.values()), accumulate,
                maxNorm, maxValue);
    }

    private void epoch(Stepper<B> stepper, Iterable<? extends B> training, Iterable<? extends B> validation) {
        long start = System.nanoTime();
        MemoryReport.takePeakBytes();
        int number = epoch + 1;
        model.train();
        if (epochSchedule != null) {
            optimizer.setLearningRate(epochSchedule.at(epoch));
        }
        callbacks.tell(callback -> callback.onEpochStart(this, number));
        Pass pass = new Pass(metrics);
        StepTimes times = new StepTimes();
        double[] norm = {0};
        boolean whole = Evaluator.walk(training, batches -> {
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
            if (training instanceof Resumable resumable) {
                checkpoints.saveLast(state(resumable.state()));
            }
            return;
        }
        stepsPerEpoch = stepsPerEpoch < 0 ? times.count() : stepsPerEpoch;
        SequencedMap<String, Double> result = pass.results();
        LoaderState position = training instanceof Resumable resumable ? resumable.state() : null;
        EpochRecord record;
        Runnable swapBack = validationWeights.get();
        try {
            SequencedMap<String, Double> validated = validation == null ? new LinkedHashMap<>() : evaluate(validation);
            double value = monitor == null ? Double.NaN : monitor.of(result, validated);
            boolean best = monitor != null && monitor.improves(value, bestValue);
            record = new EpochRecord(number, step, result, validated, optimizer.groups().getFirst().lr(), norm[0],
                    times.quantile(0.5), times.quantile(HIGH), (System.nanoTime() - start) * 1e-9,
                    MemoryReport.takePeakBytes(), best);
            epoch = number;
            history.add(record);
            if (best) {
                bestEpoch = number;
                bestValue = value;
                checkpoints.keepBest(state(position));
            }
        } finally {
            swapBack.run();
        }
        callbacks.tell(callback -> callback.onEpochEnd(this, record));
        // Last of all, so that it holds what callbacks have changed, such as the learning rate.
        checkpoints.saveLast(state(position));
    }

    private StepRecord step(Stepper<B> stepper, Iterator<? extends B> batches, Pass pass) {
        if (stepSchedule != null) {
            optimizer.setLearningRate(stepSchedule.at(step));
        }
        return stepper.next(batches, step + 1, epoch + 1, pass, record -> {
            step++;
            callbacks.tell(callback -> callback.onStepEnd(this, record));
        });
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
        return LearningRateFinder.find(parts, stepper(), training, from, to, steps);
    }

    // ---- using the model -------------------------------------------------------------------------------------------

    /**
     * Returns the mean loss, as {@code loss}, and the trainer's metrics of batches, with the model in evaluation mode.
     *
     * @param further metrics that take in the batches, too, such as a confusion matrix: they are not reset before
     */
    public SequencedMap<String, Double> evaluate(Iterable<? extends B> batches, Metric<?>... further) {
        return new Evaluator(model).evaluate(batches, evaluationStep, metrics, further);
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
        return new Evaluator(model).predict(batches, forward);
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
        TrainerState state = checkpoints.loadLast();
        if (state == null) {
            return false;
        }
        parts.restore(state.generators(), state.learningRates());
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
            throw new IllegalArgumentException("Trainer.fit: the checkpoint was made in the middle of batches that are "
                    + "Resumable, which these are not; give the same as then");
        }
        resumable.seek(resumeAt);
        resumeAt = null;
    }

    private TrainerState state(LoaderState position) {
        return new TrainerState(epoch, step, parts.generatorStates(), position, parts.learningRates(), bestEpoch,
                bestEpoch == 0 ? 0 : bestValue, history);
    }
}
