package org.jacobi.layers.optim;

/**
 * A learning rate that falls along half a cosine (Loshchilov and Hutter, "SGDR", 2017), after a linear rise if asked
 * for.
 *
 * <p>While it warms up, step s has rate maxLr (s + 1) / (warmupSteps + 1); then it falls from maxLr to minLr, which it
 * reaches at step totalSteps and keeps. This is nanoGPT's schedule; without warm-up it is, up to totalSteps,
 * torch.optim.lr_scheduler.CosineAnnealingLR, which would rise again.
 */
public final class CosineSchedule implements Schedule {
    private final double maxLr;
    private final double minLr;
    private final long warmupSteps;
    private final long totalSteps;

    private CosineSchedule(double maxLr, double minLr, long warmupSteps, long totalSteps) {
        this.maxLr = Optimizer.requireNotNegative("maxLr", maxLr);
        this.minLr = Optimizer.requireNotNegative("minLr", minLr);
        if (warmupSteps < 0 || totalSteps < warmupSteps) {
            throw new IllegalArgumentException("CosineSchedule: " + warmupSteps + " warm-up steps do not fit into "
                    + totalSteps + " steps; there must be at least 0, and not more than steps in all");
        }
        this.warmupSteps = warmupSteps;
        this.totalSteps = totalSteps;
    }

    /** Returns a schedule that falls from maxLr at step 0 to minLr at step totalSteps. */
    public static CosineSchedule of(double maxLr, double minLr, long totalSteps) {
        return new CosineSchedule(maxLr, minLr, 0, totalSteps);
    }

    /** Returns a schedule that rises to maxLr at step warmupSteps, then falls to minLr at step totalSteps. */
    public static CosineSchedule withWarmup(double maxLr, double minLr, long warmupSteps, long totalSteps) {
        return new CosineSchedule(maxLr, minLr, warmupSteps, totalSteps);
    }

    @Override
    public double at(long step) {
        if (step < warmupSteps) {
            return maxLr * (step + 1) / (warmupSteps + 1);
        }
        if (step >= totalSteps) {
            return minLr;
        }
        double done = (double) (step - warmupSteps) / (totalSteps - warmupSteps);
        return Schedule.cosine(maxLr, minLr, done);
    }
}
