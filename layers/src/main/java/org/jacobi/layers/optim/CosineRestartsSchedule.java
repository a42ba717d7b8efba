package org.jacobi.layers.optim;

/**
 * A learning rate that falls along half a cosine again and again (Loshchilov and Hutter, "SGDR", 2017), as
 * torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.
 *
 * @param maxLr      the rate that each cycle begins with
 * @param minLr      the rate that each cycle ends near, not negative
 * @param firstSteps the length of the first cycle, at least 1
 * @param growth     how many times as long as the one before each further cycle is, at least 1
 */
public record CosineRestartsSchedule(double maxLr, double minLr, long firstSteps, int growth) implements Schedule {
    /** Checks every value; messages name it. */
    public CosineRestartsSchedule {
        Optimizer.requireNotNegative("maxLr", maxLr);
        Optimizer.requireNotNegative("minLr", minLr);
        Schedule.requirePositive("firstSteps", firstSteps);
        Schedule.requirePositive("growth", growth);
    }

    @Override
    public double at(long step) {
        long length = firstSteps;
        long done = step;
        if (growth == 1) {
            done %= length;
        }
        while (done >= length) {
            done -= length;
            length *= growth;
        }
        return Schedule.cosine(maxLr, minLr, (double) done / length);
    }
}
