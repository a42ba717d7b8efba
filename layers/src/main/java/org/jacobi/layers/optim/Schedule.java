package org.jacobi.layers.optim;

/** A learning rate that changes with the step; {@link Optimizer#setLearningRate} takes its value before each step. */
@FunctionalInterface
public interface Schedule {
    /** Returns the learning rate of a step, counted from 0. */
    double at(long step);

    /** Returns a schedule that never changes. */
    static Schedule constant(double lr) {
        Optimizer.requireNotNegative("lr", lr);
        return _ -> lr;
    }
}
