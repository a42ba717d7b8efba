package org.jacobi.layers.train;

import java.util.Arrays;

/** How long the steps of a training took. */
public final class StepTimes {
    private double[] seconds = new double[64];
    private int count;

    /** Takes in one more step. */
    public void add(double stepSeconds) {
        if (count == seconds.length) {
            seconds = Arrays.copyOf(seconds, 2 * count);
        }
        seconds[count++] = stepSeconds;
    }

    /** Returns how many steps there were. */
    public int count() {
        return count;
    }

    /** Returns the time of all steps together, in seconds. */
    public double total() {
        return Arrays.stream(seconds, 0, count).sum();
    }

    /** Returns the shortest time that a share of all steps did not exceed, in seconds; NaN before the first step. */
    public double quantile(double share) {
        double[] sorted = Arrays.copyOf(seconds, count);
        Arrays.sort(sorted);
        return count == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(share * count) - 1)];
    }
}
