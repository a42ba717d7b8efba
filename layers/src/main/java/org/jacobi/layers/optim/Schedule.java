package org.jacobi.layers.optim;

/**
 * A learning rate that changes with the step; {@link Optimizer#setLearningRate} takes its value before each step.
 *
 * <p>Any function of the step is one, as {@code step -> 0.1 / (1 + step)}, which is PyTorch's LambdaLR. Groups that learn at rates of
 * their own have schedules of their own: {@code group.setLr(schedule.at(step))}.
 */
@FunctionalInterface
public interface Schedule {
    /** Returns the learning rate of a step, counted from 0. */
    double at(long step);

    /** Returns a schedule that never changes. */
    static Schedule constant(double lr) {
        Optimizer.requireNotNegative("lr", lr);
        return _ -> lr;
    }

    /** Returns the product of this and another schedule, whose rates are shares of 1: PyTorch's ChainedScheduler. */
    default Schedule times(Schedule other) {
        return step -> at(step) * other.at(step);
    }

    /** Returns this schedule after a rise in a straight line: step s of the warm-up has (s + 1) / (steps + 1) of the first rate. */
    default Schedule afterWarmup(long steps) {
        Optimizer.requireNotNegative("steps", steps);
        return step -> step < steps ? at(0) * (step + 1) / (steps + 1) : at(step - steps);
    }

    /** Returns the number at a share of the way from one to another, along half a cosine. */
    static double cosine(double from, double to, double share) {
        // StrictMath: a run gives the same bits on every machine.
        return to + 0.5 * (1 + StrictMath.cos(Math.PI * share)) * (from - to);
    }

    /** Returns a count, once it is clear that it is at least 1. */
    static long requirePositive(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + "; it must be at least 1");
        }
        return value;
    }
}
