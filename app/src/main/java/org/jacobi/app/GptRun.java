package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;

import org.jacobi.tensor.TensorScope;

/** A training and the folder that tells of it: checkpoints, metrics and the picture of the loss. */
final class GptRun {
    private final Path folder;
    private final GptTraining training;
    private final Metrics metrics;
    private final CheckpointStore store;
    private double bestLoss = Double.NaN;
    private int bestStep;
    private int savedStep = -1;
    private double secondsBefore;
    private long startNanos;
    private final Usage usage = new Usage();

    GptRun(Path folder, GptTraining training, Metrics metrics) {
        this.folder = folder;
        this.training = training;
        this.metrics = metrics;
        this.store = new CheckpointStore(folder);
    }

    /** Continues what a checkpoint tells. */
    void restore(RunState state) {
        bestLoss = state.bestLoss();
        bestStep = state.bestStep();
        savedStep = state.step();
        secondsBefore = state.elapsedSeconds();
    }

    Path folder() {
        return folder;
    }

    GptTraining training() {
        return training;
    }

    /** Returns the lowest estimate of the validation loss so far. */
    double bestLoss() {
        return bestLoss;
    }

    /** Returns the step after which it was reached. */
    int bestStep() {
        return bestStep;
    }

    /** Returns what the steps of this process took. */
    Usage usage() {
        return usage;
    }

    /**
     * Trains until all steps are done or stopping is asked for. Evaluates and saves at the beginning of a new run, at
     * every interval and after the last step; saves also when it is stopped.
     *
     * @return whether all steps are done
     * @throws CommandFailure if the loss is not finite; the last checkpoint is kept
     */
    boolean train(Progress progress, BooleanSupplier stopRequested) throws IOException {
        GptRecipe recipe = training.config().training();
        startNanos = System.nanoTime();
        Pictures pictures = new Pictures(progress::warn, stopRequested);
        if (savedStep < 0) {
            metrics.add(new Metrics.Row(0, Double.NaN, evaluate(), Double.NaN, Double.NaN, Double.NaN, elapsed()));
            save(pictures);
        }
        double valLoss = metrics.lastValLoss();
        while (training.step() < recipe.steps()) {
            if (stopRequested.getAsBoolean()) {
                if (savedStep != training.step()) {
                    save(pictures);
                }
                return false;
            }
            long before = System.nanoTime();
            GptTraining.Step step = training.next();
            double seconds = (System.nanoTime() - before) * 1e-9;
            usage.add(seconds, recipe.batch() * recipe.context());
            if (!step.isFinite()) {
                throw diverged("the loss is " + step.loss() + " and the gradient's norm " + step.gradNorm());
            }
            boolean evaluates = training.step() % recipe.evalInterval() == 0 || training.step() == recipe.steps();
            if (evaluates) {
                valLoss = evaluate();
            }
            metrics.add(new Metrics.Row(training.step(), step.loss(), evaluates ? valLoss : Double.NaN, step.lr(),
                    step.gradNorm(), recipe.batch() * recipe.context() / seconds, elapsed()));
            if (evaluates) {
                save(pictures);
            }
            progress.update(training.step(), step.loss(), valLoss);
        }
        return true;
    }

    private double evaluate() {
        double loss = training.estimateValidationLoss();
        if (!Double.isFinite(loss)) {
            throw diverged("the validation loss is " + loss);
        }
        if (Double.isNaN(bestLoss) || loss < bestLoss) {
            bestLoss = loss;
            bestStep = training.step();
        }
        return loss;
    }

    /**
     * Saves a checkpoint. The metrics go first: lines that are ahead of it are dropped on resuming, missing ones stay
     * lost.
     */
    private void save(Pictures pictures) throws IOException {
        if (!training.isFinite()) {
            throw diverged("a parameter is not finite");
        }
        metrics.force();
        try (var _ = TensorScope.open()) {
            store.save(training.checkpoint(bestLoss, bestStep, elapsed()));
        }
        savedStep = training.step();
        pictures.draw(LossChart.FILE, () -> LossChart.draw(folder, metrics.rows()));
    }

    private CommandFailure diverged(String what) {
        return CommandFailure
                .failed("after step " + training.step() + " " + what + "; try a smaller lr. The checkpoint of step "
                        + savedStep + " in " + folder + " is kept", null);
    }

    private double elapsed() {
        return secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
    }
}
