package org.jacobi.layers.train;

import java.nio.file.Path;

/**
 * Writes a training's numbers for TensorBoard: loss, gradient norm and learning rate by step, losses and metrics by epoch, and, if
 * asked for, how parameters and their gradients are distributed.
 */
public final class TensorBoard implements Callback {
    private final Path folder;
    private final int everySteps;
    private final int histogramEpochs;
    private EventFile events;
    private boolean gradientsDue;

    /** Writes every step, and no histograms. */
    public TensorBoard(Path folder) {
        this(folder, 1, 0);
    }

    /**
     * Writes less or more.
     *
     * @param everySteps      how many steps pass from one that is written to the next
     * @param histogramEpochs how many epochs pass from one with histograms to the next; 0 for none
     */
    public TensorBoard(Path folder, int everySteps, int histogramEpochs) {
        if (everySteps < 1 || histogramEpochs < 0) {
            throw new IllegalArgumentException("TensorBoard: everySteps " + everySteps + " must be at least 1, and "
                    + "histogramEpochs " + histogramEpochs + " not negative");
        }
        this.folder = folder;
        this.everySteps = everySteps;
        this.histogramEpochs = histogramEpochs;
    }

    @Override
    public void onFitStart(Trainer<?> trainer) {
        events = new EventFile(folder);
    }

    @Override
    public void onEpochStart(Trainer<?> trainer, int epoch) {
        gradientsDue = histogramEpochs > 0 && epoch % histogramEpochs == 0;
    }

    @Override
    public void onStepEnd(Trainer<?> trainer, StepRecord step) {
        if (step.step() % everySteps == 0) {
            events.scalar("step/loss", step.loss(), step.step());
            events.scalar("step/gradient norm", step.gradNorm(), step.step());
            events.scalar("step/learning rate", step.lr(), step.step());
            events.scalar("step/seconds", step.seconds(), step.step());
        }
        if (gradientsDue) {
            gradientsDue = false;
            trainer.model().namedParameters().forEach((name, param) -> {
                if (param.grad() != null) {
                    events.histogram("gradients/" + name, param.grad().value(), step.step());
                }
            });
        }
    }

    @Override
    public void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
        epoch.training().forEach((name, value) -> events.scalar("training/" + name, value, epoch.epoch()));
        epoch.validation().forEach((name, value) -> events.scalar("validation/" + name, value, epoch.epoch()));
        events.scalar("memory/peak MiB", epoch.peakBytes() / (double) (1 << 20), epoch.epoch());
        if (histogramEpochs > 0 && epoch.epoch() % histogramEpochs == 0) {
            trainer.model().namedParameters()
                    .forEach((name, param) -> events.histogram("parameters/" + name, param.value(), epoch.epoch()));
        }
    }

    @Override
    public void onFitEnd(Trainer<?> trainer, Throwable failure) {
        if (events != null) {
            events.close();
            events = null;
        }
    }
}
