package org.jacobi.layers.train;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how many steps are done: a bar on a terminal, else a line every few seconds. */
public abstract class ProgressDisplay implements AutoCloseable {
    private static final int BAR_UPDATE_MILLIS = 200;
    private static final long LINE_NANOS = 5_000_000_000L;

    final PrintWriter out;
    final String task;
    final long total;

    private ProgressDisplay(PrintWriter out, String task, long total) {
        this.out = out;
        this.task = task;
        this.total = total;
    }

    /**
     * Begins to show a bar that is drawn again and again.
     *
     * @param width how many characters a line of the terminal has
     * @param task  what is done
     * @param first steps that were done before
     * @param total steps to be done in all; -1 if that is not known
     */
    public static ProgressDisplay bar(PrintWriter out, int width, String task, long first, long total) {
        return new Bar(out, width, task, first, total);
    }

    /**
     * Begins to show a line every five seconds, and one for the last step.
     *
     * @param task  what a line begins with
     * @param total steps to be done in all; -1 if that is not known
     */
    public static ProgressDisplay lines(PrintWriter out, String task, long total) {
        return new Lines(out, task, total);
    }

    /** Tells how many steps are done in all, and what else there is to say. */
    public abstract void show(long done, String message);

    @Override
    public abstract void close();

    /** Returns a time as hours, minutes and seconds. */
    public static String clock(double seconds) {
        Duration left = Duration.ofSeconds(Math.round(seconds));
        return left.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
    }

    private static final class Bar extends ProgressDisplay {
        private final ProgressBar bar;

        Bar(PrintWriter out, int width, String task, long first, long total) {
            super(out, task, total);
            bar = new ProgressBarBuilder().setTaskName(task).setInitialMax(total).startsFrom(first, Duration.ZERO)
                    .setStyle(ProgressBarStyle.ASCII).setUpdateIntervalMillis(BAR_UPDATE_MILLIS).hideEta()
                    .setConsumer(new DelegatingProgressBarConsumer(this::draw, width - 1)).build();
        }

        private void draw(String line) {
            out.print("\r" + line);
            out.flush();
        }

        @Override
        public void show(long done, String message) {
            bar.setExtraMessage(message);
            bar.stepTo(done);
        }

        @Override
        public void close() {
            bar.close();
            out.println();
            out.flush();
        }
    }

    private static final class Lines extends ProgressDisplay {
        private long lastNanos = System.nanoTime();

        Lines(PrintWriter out, String task, long total) {
            super(out, task, total);
        }

        @Override
        public void show(long done, String message) {
            long now = System.nanoTime();
            if (now - lastNanos > LINE_NANOS || done == total) {
                lastNanos = now;
                out.println(task + " " + done + (total < 0 ? "" : "/" + total) + "  " + message);
                out.flush();
            }
        }

        @Override
        public void close() {
            out.flush();
        }
    }
}
