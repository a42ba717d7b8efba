package org.jacobi.layers.data;

/**
 * Batches that know how far their walk has come, so that a checkpoint can go on from there: what a loader is to a trainer.
 */
public interface Resumable {
    /** Returns how many batches an epoch has. */
    long batches();

    /** Returns where the walk is that was begun last. Batches that were loaded in advance do not count. */
    LoaderState state();

    /**
     * Makes the next walk go on from a state; if no batch of its epoch is left, it is that of the next epoch.
     *
     * @throws IllegalArgumentException if the state is not one of such batches
     */
    void seek(LoaderState state);
}
