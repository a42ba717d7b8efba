package org.jacobi.app;

import java.nio.file.Path;

/**
 * What all trainings have to choose.
 *
 * @param data    where the examples are, an absolute path
 * @param epochs  how often the training examples are gone through
 * @param batch   how many of them a step has
 * @param lr      the highest learning rate
 * @param seed    what all random numbers follow from
 * @param workers threads that prepare batches; they change no result
 */
record TrainSettings(String data, int epochs, int batch, double lr, long seed, int workers) {

    private static final int MAX_WORKERS = 256;

    /** Returns where the examples are. */
    Path path() {
        return Path.of(data);
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    TrainSettings checked() {
        if (data == null) {
            throw new IllegalArgumentException("data is null");
        }
        path(); // or says what is no path
        require(epochs >= 1, "epochs " + epochs + ": expected 1 or more");
        require(batch >= 1, "batch " + batch + ": expected 1 or more");
        require(lr > 0 && Double.isFinite(lr), "lr " + lr + ": expected a number above 0");
        require(workers >= 0 && workers <= MAX_WORKERS, "workers " + workers + ": expected 0 to " + MAX_WORKERS);
        return this;
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem);
        }
    }
}
