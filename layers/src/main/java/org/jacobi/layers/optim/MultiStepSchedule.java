package org.jacobi.layers.optim;

import java.util.Arrays;

/** A learning rate that is multiplied with gamma at each milestone, as torch.optim.lr_scheduler.MultiStepLR. */
public final class MultiStepSchedule implements Schedule {
    private final double lr;
    private final double gamma;
    private final long[] milestones;

    /**
     * Makes a schedule.
     *
     * @param lr         the rate of step 0
     * @param gamma      the factor, not negative
     * @param milestones the steps that begin with a new rate, rising; one named twice counts twice
     */
    public MultiStepSchedule(double lr, double gamma, long... milestones) {
        this.lr = Optimizer.requireNotNegative("lr", lr);
        this.gamma = Optimizer.requireNotNegative("gamma", gamma);
        this.milestones = milestones.clone();
        requireRising("MultiStepSchedule", milestones);
    }

    static void requireRising(String owner, long... milestones) {
        for (int i = 0; i < milestones.length; i++) {
            if (milestones[i] < (i == 0 ? 0 : milestones[i - 1])) {
                throw new IllegalArgumentException(owner + ": the milestones " + Arrays.toString(milestones)
                        + " must be steps from 0 on, in rising order");
            }
        }
    }

    @Override
    public double at(long step) {
        return lr * StrictMath.pow(gamma, Arrays.stream(milestones).filter(milestone -> milestone <= step).count());
    }
}
