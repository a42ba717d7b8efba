package org.jacobi.layers.optim;

/**
 * A learning rate whose share of lr goes in a straight line from startFactor at step 0 to endFactor at step totalSteps,
 * which it keeps; as torch.optim.lr_scheduler.LinearLR. With an endFactor of 1 it is a warm-up.
 *
 * @param lr          the rate that the factors are shares of
 * @param startFactor the share at step 0, not negative
 * @param endFactor   the share from step totalSteps on, not negative
 * @param totalSteps  the length of the way, at least 1
 */
public record LinearSchedule(double lr, double startFactor, double endFactor, long totalSteps) implements Schedule {
    /** Checks every value; messages name it. */
    public LinearSchedule {
        Optimizer.requireNotNegative("lr", lr);
        Optimizer.requireNotNegative("startFactor", startFactor);
        Optimizer.requireNotNegative("endFactor", endFactor);
        Schedule.requirePositive("totalSteps", totalSteps);
    }

    @Override
    public double at(long step) {
        double done = (double) Math.min(step, totalSteps) / totalSteps;
        return lr * (startFactor + (endFactor - startFactor) * done);
    }
}
