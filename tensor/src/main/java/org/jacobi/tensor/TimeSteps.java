package org.jacobi.tensor;

import java.util.Arrays;

/**
 * How sequences of several lengths lie in one matrix of rows: time step after time step, the longest sequence first.
 *
 * <p>Step t has a row of each of the first {@link #size} sequences, those that are longer than t, so that sizes never grow.
 * A recurrence runs through the steps from the first or, reversed, from the last on.
 */
public final class TimeSteps {
    private final long[] sizes;
    private final long[] starts;
    private final boolean reversed;

    private TimeSteps(long[] sizes, boolean reversed) {
        this.sizes = sizes;
        this.reversed = reversed;
        starts = new long[sizes.length + 1];
        for (int t = 0; t < sizes.length; t++) {
            starts[t + 1] = starts[t] + sizes[t];
        }
    }

    /**
     * Makes the steps of packed sequences.
     *
     * @param batchSizes how many sequences have each step, at least 1 and never more than the step before
     */
    public static TimeSteps of(long... batchSizes) {
        if (batchSizes.length == 0) {
            throw new IllegalArgumentException("TimeSteps: there is no step; sequences need one at least");
        }
        for (int t = 0; t < batchSizes.length; t++) {
            if (batchSizes[t] < 1 || t > 0 && batchSizes[t] > batchSizes[t - 1]) {
                throw new IllegalArgumentException("TimeSteps: " + batchSizes[t] + " sequences have step " + t
                        + (t == 0 ? "; there must be one at least"
                                : ", after " + batchSizes[t - 1] + " had the step before; there must be one at least"
                                        + " and no more than before: sort the sequences by length"));
            }
        }
        return new TimeSteps(batchSizes.clone(), false);
    }

    /** Makes the steps of a batch of sequences of one length. */
    public static TimeSteps uniform(long steps, long batch) {
        long[] sizes = new long[Math.toIntExact(steps)];
        Arrays.fill(sizes, batch);
        return of(sizes);
    }

    /** Returns the same rows, to be run through from the other end. */
    public TimeSteps reversed() {
        return new TimeSteps(sizes, !reversed);
    }

    /** Returns whether the last step comes first. */
    public boolean isReversed() {
        return reversed;
    }

    /** Returns the number of steps. */
    public int count() {
        return sizes.length;
    }

    /** Returns the step that comes in a given place, from 0 on. */
    public int at(int place) {
        return reversed ? sizes.length - 1 - place : place;
    }

    /** Returns how many sequences have step t. */
    public long size(int t) {
        return sizes[t];
    }

    /** Returns the first row of step t. */
    public long start(int t) {
        return starts[t];
    }

    /** Returns the number of rows. */
    public long rows() {
        return starts[sizes.length];
    }

    /** Returns the number of sequences. */
    public long batch() {
        return sizes[0];
    }

    /** Returns how many sequences of step t go on from the step before it; the others begin there. */
    public long continuing(int t) {
        if (reversed) {
            return t + 1 < sizes.length ? sizes[t + 1] : 0;
        }
        return t == 0 ? 0 : sizes[t];
    }

    /** Returns the first row of the step that comes before step t. */
    public long startBefore(int t) {
        return starts[reversed ? t + 1 : t - 1];
    }

    /** Returns the row in which each sequence ends. */
    public long[] lastRows() {
        long[] rows = new long[Math.toIntExact(batch())];
        for (int t = 0; t < (reversed ? 1 : sizes.length); t++) {
            for (int b = 0; b < sizes[t]; b++) {
                rows[b] = starts[t] + b;
            }
        }
        return rows;
    }

    /** Returns how many sequences have each step. */
    public long[] sizes() {
        return sizes.clone();
    }
}
