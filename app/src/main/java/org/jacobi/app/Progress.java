package org.jacobi.app;

import java.io.PrintWriter;
import java.util.Locale;

import org.jacobi.layers.train.ProgressDisplay;

/** Shows how the training of a language model gets on. */
final class Progress implements AutoCloseable {
    /** The share that a new step has in the mean time of a step, once there were enough: old steps are forgotten. */
    private static final double NEWEST_SHARE = 0.05;

    private final PrintWriter err;
    private final ProgressDisplay display;
    private final int first;
    private final int total;
    private final int tokensPerStep;
    private long lastStepNanos = System.nanoTime();
    private double secondsPerStep;

    /**
     * Begins to show progress: a bar where standard error is a terminal, else a line every few seconds.
     *
     * @param first         steps that were done before
     * @param total         steps to be done in all
     * @param tokensPerStep tokens that a step trains on
     */
    Progress(PrintWriter err, boolean terminal, int first, int total, int tokensPerStep) {
        this.err = err;
        this.first = first;
        this.total = total;
        this.tokensPerStep = tokensPerStep;
        display = terminal ? ProgressDisplay.bar(err, Terminal.width(), "training", first, total)
                : ProgressDisplay.lines(err, "step", total);
    }

    /**
     * Tells that one more step is done.
     *
     * @param step    steps done in all
     * @param loss    the loss of this step
     * @param valLoss the last validation loss
     */
    void update(int step, double loss, double valLoss) {
        long now = System.nanoTime();
        double seconds = (now - lastStepNanos) * 1e-9;
        lastStepNanos = now;
        secondsPerStep += (seconds - secondsPerStep) * Math.max(NEWEST_SHARE, 1.0 / (step - first));
        display.show(step, String.format(Locale.ROOT, "loss %.3f (val %.3f), %,.0f tokens/s, %s left", loss, valLoss,
                tokensPerStep / secondsPerStep, ProgressDisplay.clock(secondsPerStep * (total - step))));
    }

    /** Tells of something that went wrong and does not stop the training. */
    void warn(String message) {
        err.println("jacobi: " + message);
        err.flush();
    }

    @Override
    public void close() {
        display.close();
    }
}
