package org.jacobi.layers.data;

/**
 * Where a loader is in its data: what a checkpoint saves to go on from exactly there.
 *
 * @param seed     the loader's seed
 * @param epoch    the epoch's number, from 0
 * @param position how many examples of the epoch were taken
 */
public record LoaderState(long seed, long epoch, long position) {
    /** Checks that numbers are not negative. */
    public LoaderState {
        if (epoch < 0 || position < 0) {
            throw new IllegalArgumentException(
                    "LoaderState: epoch " + epoch + " and position " + position + " must not be negative");
        }
    }

    /** Returns the state after so many more batches of an epoch that has so many examples. */
    LoaderState after(long batches, int batchSize, long examples) {
        return new LoaderState(seed, epoch, Math.min(examples, position + batches * batchSize));
    }
}
