package org.jacobi.app;

import org.jacobi.layers.train.GeneratorState;

/**
 * How far a run has come, as {@code state.json} holds it.
 *
 * @param step           training steps done
 * @param dropout        the generator that dropout draws from
 * @param batches        the generator that batches are drawn with
 * @param bestLoss       the lowest estimate of the validation loss so far
 * @param bestStep       the step at which it was reached
 * @param elapsedSeconds time spent on training, of all processes together
 */
record RunState(int step, GeneratorState dropout, GeneratorState batches, double bestLoss, int bestStep,
        double elapsedSeconds) {
    /**
     * Checks what was read from a file.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    RunState checked() {
        if (dropout == null || batches == null) {
            throw new IllegalArgumentException("a generator is null");
        }
        if (step < 0 || bestStep < 0 || dropout.calls() < 0 || batches.calls() < 0) {
            throw new IllegalArgumentException("step, bestStep and calls must not be negative");
        }
        if (!(elapsedSeconds >= 0 && elapsedSeconds < Double.POSITIVE_INFINITY) || Double.isInfinite(bestLoss)) {
            throw new IllegalArgumentException("elapsedSeconds and bestLoss must be finite");
        }
        return this;
    }
}
