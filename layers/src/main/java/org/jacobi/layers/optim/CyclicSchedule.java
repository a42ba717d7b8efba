package org.jacobi.layers.optim;

import java.util.function.DoubleUnaryOperator;

/**
 * A learning rate that goes up and down in straight lines (Smith, "Cyclical Learning Rates for Training Neural Networks", 2017), as
 * torch.optim.lr_scheduler.CyclicLR.
 */
public final class CyclicSchedule implements Schedule {
    private final double baseLr;
    private final double maxLr;
    private final long up;
    private final long down;
    /** The height of a cycle, numbered from 1. */
    private final DoubleUnaryOperator heightOfCycle;
    private final DoubleUnaryOperator heightOfStep;

    private CyclicSchedule(double baseLr, double maxLr, long up, long down, DoubleUnaryOperator heightOfCycle,
            DoubleUnaryOperator heightOfStep) {
        this.baseLr = Optimizer.requireNotNegative("baseLr", baseLr);
        this.maxLr = Optimizer.requireNotNegative("maxLr", maxLr);
        this.up = Schedule.requirePositive("up", up);
        this.down = Schedule.requirePositive("down", down);
        this.heightOfCycle = heightOfCycle;
        this.heightOfStep = heightOfStep;
    }

    /** Returns a schedule that goes from baseLr to maxLr in {@code up} steps and back in {@code down} steps: PyTorch's mode triangular. */
    public static CyclicSchedule triangular(double baseLr, double maxLr, long up, long down) {
        return new CyclicSchedule(baseLr, maxLr, up, down, _ -> 1, _ -> 1);
    }

    /** Returns a schedule each of whose cycles is half as high as the one before: PyTorch's mode triangular2. */
    public static CyclicSchedule triangular2(double baseLr, double maxLr, long up, long down) {
        return new CyclicSchedule(baseLr, maxLr, up, down, cycle -> StrictMath.pow(2, 1 - cycle), _ -> 1);
    }

    /** Returns a schedule whose height is multiplied with gamma after every step: PyTorch's mode exp_range. */
    public static CyclicSchedule expRange(double baseLr, double maxLr, long up, long down, double gamma) {
        Optimizer.requireNotNegative("gamma", gamma);
        return new CyclicSchedule(baseLr, maxLr, up, down, _ -> 1, step -> StrictMath.pow(gamma, step));
    }

    @Override
    public double at(long step) {
        long within = step % (up + down);
        double share = within <= up ? (double) within / up : (double) (up + down - within) / down;
        long cycle = 1 + step / (up + down);
        return baseLr
                + (maxLr - baseLr) * share * heightOfCycle.applyAsDouble(cycle) * heightOfStep.applyAsDouble(step);
    }
}
