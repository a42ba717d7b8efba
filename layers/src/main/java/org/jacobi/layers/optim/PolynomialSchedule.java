package org.jacobi.layers.optim;

/**
 * A learning rate of lr (1 - step / totalSteps)^power, and 0 from step totalSteps on, as torch.optim.lr_scheduler.PolynomialLR.
 *
 * @param lr         the rate of step 0
 * @param totalSteps the length of the way, at least 1
 * @param power      1 for a straight line, not negative
 */
public record PolynomialSchedule(double lr, long totalSteps, double power) implements Schedule {
    /** Checks every value; messages name it. */
    public PolynomialSchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("power", power);
        Schedule.requirePositive("totalSteps", totalSteps);
    }

    @Override
    public double at(long step) {
        return step >= totalSteps ? 0 : lr * StrictMath.pow(1 - (double) step / totalSteps, power);
    }
}
