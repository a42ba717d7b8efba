package org.jacobi.layers.data;

import java.util.Map;

/**
 * Batches that know how far their walk has come, so that a checkpoint can go on from there: what a loader is to a trainer.
 */
public interface Resumable {
    /**
     * Returns the position of the walk that was started last: which epoch's order it is in, and how many batches it has
     * given out. Batches that were loaded in advance do not count.
     */
    Map<String, Long> position();

    /**
     * Makes the next walk go on from a position; after the last batch of an epoch, it is the next epoch's.
     *
     * @throws IllegalArgumentException if the position is not one of such batches
     */
    void seek(Map<String, Long> position);
}
