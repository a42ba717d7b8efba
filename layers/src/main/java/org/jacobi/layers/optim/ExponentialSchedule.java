package org.jacobi.layers.optim;

/**
 * A learning rate that is multiplied with gamma after every step, as torch.optim.lr_scheduler.ExponentialLR: lr gamma^step.
 *
 * @param lr    the rate of step 0
 * @param gamma the factor, not negative
 */
public record ExponentialSchedule(double lr, double gamma) implements Schedule {
    /** Checks every value; messages name it. */
    public ExponentialSchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("gamma", gamma);
    }

    @Override
    public double at(long step) {
        return lr * StrictMath.pow(gamma, step);
    }
}
