package org.jacobi.app;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how training gets on: a bar where standard error is a terminal, else a line every few seconds. */
abstract class Progress implements AutoCloseable {
    private static final int BAR_UPDATE_MILLIS = 200;
    private static final long LINE_NANOS = 5_000_000_000L;
    /** The share that a new step has in the mean time of a step, once there were enough: old steps are forgotten. */
    private static final double NEWEST_SHARE = 0.05;

    final PrintWriter err;
    final int total;
    private final int first;
    private final int tokensPerStep;
    private long lastStepNanos = System.nanoTime();
    private double secondsPerStep;

    private Progress(PrintWriter err, int first, int total, int tokensPerStep) {
        this.err = err;
        this.first = first;
        this.total = total;
        this.tokensPerStep = tokensPerStep;
    }

    /**
     * Begins to show progress.
     *
     * @param first         steps that were done before
     * @param total         steps to be done in all
     * @param tokensPerStep tokens that a step trains on
     */
    static Progress show(PrintWriter err, boolean terminal, int first, int total, int tokensPerStep) {
        return terminal ? new Bar(err, first, total, tokensPerStep) : new Lines(err, first, total, tokensPerStep);
    }

    /**
     * Tells that one more step is done.
     *
     * @param step    steps done in all
     * @param loss    the loss of this step
     * @param valLoss the last validation loss
     */
    final void update(int step, double loss, double valLoss) {
        long now = System.nanoTime();
        double seconds = (now - lastStepNanos) * 1e-9;
        lastStepNanos = now;
        secondsPerStep += (seconds - secondsPerStep) * Math.max(NEWEST_SHARE, 1.0 / (step - first));
        show(step, String.format(Locale.ROOT, "loss %.3f (val %.3f), %,.0f tokens/s, %s left", loss, valLoss,
                tokensPerStep / secondsPerStep, clock(secondsPerStep * (total - step))));
    }

    /** Tells of something that went wrong and does not stop the training. */
    final void warn(String message) {
        err.println("jacobi: " + message);
        err.flush();
    }

    abstract void show(int step, String message);

    @Override
    public abstract void close();

    private static String clock(double seconds) {
        Duration left = Duration.ofSeconds(Math.round(seconds));
        return left.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
    }

    private static final class Bar extends Progress {
        private final ProgressBar bar;

        Bar(PrintWriter err, int first, int total, int tokensPerStep) {
            super(err, first, total, tokensPerStep);
            bar = new ProgressBarBuilder().setTaskName("training").setInitialMax(total).startsFrom(first, Duration.ZERO)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_UPDATE_MILLIS).hideEta()
                    .setConsumer(new DelegatingProgressBarConsumer(this::draw, Terminal.width() - 1)).build();
        }

        private void draw(String line) {
            err.print("\r" + line);
            err.flush();
        }

        @Override
        void show(int step, String message) {
            bar.setExtraMessage(message);
            bar.stepTo(step);
        }

        @Override
        public void close() {
            bar.close();
            err.println();
            err.flush();
        }
    }

    private static final class Lines extends Progress {
        private long lastNanos = System.nanoTime();

        Lines(PrintWriter err, int first, int total, int tokensPerStep) {
            super(err, first, total, tokensPerStep);
        }

        @Override
        void show(int step, String message) {
            long now = System.nanoTime();
            if (now - lastNanos > LINE_NANOS || step == total) {
                lastNanos = now;
                err.println("step " + step + "/" + total + "  " + message);
                err.flush();
            }
        }

        @Override
        public void close() {
            err.flush();
        }
    }
}
