package org.jacobi.app;

import java.nio.file.Path;

import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.OneCycleSchedule;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.Schedule;

/**
 * What all trainings have to choose.
 *
 * @param data    where the examples are, an absolute path
 * @param epochs  how often the training examples are gone through
 * @param batch   how many of them a step has
 * @param lr      the highest learning rate
 * @param seed    what all random numbers follow from
 * @param workers threads that prepare batches; they change no result
 * @param precision what products compute in
 */
record TrainSettings(String data, int epochs, int batch, double lr, long seed, int workers, Precision precision) {

    private static final int MAX_WORKERS = 256;
    private static final double WEIGHT_DECAY = 0.01;

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
        Problems.require(data != null, "data is null");
        Problems.require(precision != null, "precision is null");
        path(); // or says what is no path
        Problems.require(epochs >= 1, "epochs " + epochs + ": expected 1 or more");
        Problems.require(batch >= 1, "batch " + batch + ": expected 1 or more");
        Problems.require(lr > 0 && Double.isFinite(lr), "lr " + lr + ": expected a number above 0");
        Problems.require(workers >= 0 && workers <= MAX_WORKERS,
                "workers " + workers + ": expected 0 to " + MAX_WORKERS);
        return this;
    }

    /** Returns an optimizer whose weight decay leaves biases and the weights of normalizations alone. */
    AdamW adamW(Layer model) {
        return new AdamW(ParamGroup.decayMatrices(model.parameters(), lr, WEIGHT_DECAY));
    }

    /** Returns a learning rate that rises once, up to {@link #lr}, and falls (Smith and Topin, 2018). */
    Schedule oneCycle(long batchesPerEpoch) {
        return new OneCycleSchedule(lr, Math.max(2, batchesPerEpoch * epochs));
    }
}
