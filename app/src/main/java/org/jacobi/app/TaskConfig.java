package org.jacobi.app;

/**
 * What a run is that is no GPT's, as {@code config.json} holds it.
 *
 * @param version  the version of jacobi that wrote it
 * @param task     what the network is for
 * @param recipe   how it is made
 * @param training what all trainings have to choose
 */
record TaskConfig(String version, Task<?> task, Recipe<?> recipe, TrainSettings training) {
    /**
     * Checks what was read from a file.
     *
     * @throws IllegalArgumentException saying what does not fit
     */
    TaskConfig checked() {
        if (task == null || recipe == null || training == null) {
            throw new IllegalArgumentException("an entry is null");
        }
        return new TaskConfig(version, task.checked(), recipe, training.checked());
    }
}
