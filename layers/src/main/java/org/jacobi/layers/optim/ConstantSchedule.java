package org.jacobi.layers.optim;

/**
 * A learning rate of lr factor before step totalSteps, and of lr from there on, as torch.optim.lr_scheduler.ConstantLR.
 *
 * @param lr         the rate in the end
 * @param factor     the share of it at first, not negative
 * @param totalSteps how many steps have that share, not negative
 */
public record ConstantSchedule(double lr, double factor, long totalSteps) implements Schedule {
    /** Checks every value; messages name it. */
    public ConstantSchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("factor", factor);
        Optimizer.requireNotNegative("totalSteps", totalSteps);
    }

    @Override
    public double at(long step) {
        return step < totalSteps ? lr * factor : lr;
    }
}
