package org.jacobi.layers.train;

import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/** Shows on a console how a training gets on: a bar or lines while an epoch runs, and a line with its numbers afterwards. */
public final class ConsoleProgress implements Callback {
    private final PrintWriter out;
    private final int width;
    private ProgressDisplay display;
    private long firstStep;
    private double seconds;

    /** Prints lines, every few seconds and after each epoch. */
    public ConsoleProgress(OutputStream out) {
        this(new PrintWriter(out, true), 0);
    }

    /**
     * Prints lines, or draws a bar.
     *
     * @param width how many characters a line of the terminal has; 0 where there is no terminal
     */
    public ConsoleProgress(PrintWriter out, int width) {
        this.out = out;
        this.width = width;
    }

    @Override
    public void onEpochStart(Trainer<?> trainer, int epoch) {
        String task = "epoch " + epoch + "/" + trainer.epochs();
        long total = trainer.stepsPerEpoch().orElse(-1);
        firstStep = trainer.step();
        seconds = 0;
        display = width > 0 ? ProgressDisplay.bar(out, width, task, 0, total)
                : ProgressDisplay.lines(out, task + ", step", total);
    }

    @Override
    public void onStepEnd(Trainer<?> trainer, StepRecord step) {
        long done = step.step() - firstStep;
        seconds += step.seconds();
        long left = trainer.stepsPerEpoch().orElse(done) - done;
        display.show(done, String.format(Locale.ROOT, "loss %.4f, %.1f ms a step%s", step.loss(),
                1e3 * seconds / done, left <= 0 ? "" : ", " + ProgressDisplay.clock(seconds / done * left) + " left"));
    }

    @Override
    public void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
        closeDisplay();
        var line = new StringBuilder("epoch " + epoch.epoch() + "/" + trainer.epochs());
        append(line, "", epoch.training());
        append(line, "val ", epoch.validation());
        line.append(String.format(Locale.ROOT, "  lr %.3g  %.1f ms a step  %s", epoch.lr(), 1e3 * epoch.medianSeconds(),
                ProgressDisplay.clock(epoch.seconds())));
        out.println(line.append(epoch.best() ? "  best so far" : ""));
        out.flush();
    }

    private static void append(StringBuilder line, String prefix, Map<String, Double> numbers) {
        numbers.forEach((name, value) -> {
            if (!Double.isNaN(value)) { // else it was not measured
                line.append(String.format(Locale.ROOT, "  %s%s %.4f", prefix, name, value));
            }
        });
    }

    @Override
    public void onFitEnd(Trainer<?> trainer, Throwable failure) {
        closeDisplay();
    }

    private void closeDisplay() {
        if (display != null) {
            display.close();
            display = null;
        }
    }
}
