package org.jacobi.layers.optim;

/**
 * A learning rate that is multiplied with gamma after every stepSize steps, as torch.optim.lr_scheduler.StepLR:
 * lr gamma^⌊step / stepSize⌋.
 *
 * @param lr       the rate of step 0
 * @param stepSize how many steps each rate is kept, at least 1
 * @param gamma    the factor, not negative
 */
public record StepSchedule(double lr, long stepSize, double gamma) implements Schedule {
    /** Checks every value; messages name it. */
    public StepSchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("gamma", gamma);
        Schedule.requirePositive("stepSize", stepSize);
    }

    @Override
    public double at(long step) {
        return lr * StrictMath.pow(gamma, step / stepSize);
    }
}
