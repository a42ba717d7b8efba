package org.jacobi.layers.train;

/**
 * Somebody who is told how a training gets on, in the thread that trains.
 *
 * <p>An exception that a callback throws ends the training; everybody's {@link #onFitEnd} is called all the same.
 */
public interface Callback {
    /** Is called before the first step. */
    default void onFitStart(Trainer<?> trainer) {
    }

    /**
     * Is called before the first step of an epoch, or before it goes on with an interrupted one.
     *
     * @param epoch counted from 1
     */
    default void onEpochStart(Trainer<?> trainer, int epoch) {
    }

    /** Is called after each step; the gradients are still there. */
    default void onStepEnd(Trainer<?> trainer, StepRecord step) {
    }

    /** Is called after each epoch and its validation, before its checkpoint, which holds what is changed here. */
    default void onEpochEnd(Trainer<?> trainer, EpochRecord epoch) {
    }

    /**
     * Is called at the very end.
     *
     * @param failure what ended the training; null if it came to its end
     */
    default void onFitEnd(Trainer<?> trainer, Throwable failure) {
    }
}
