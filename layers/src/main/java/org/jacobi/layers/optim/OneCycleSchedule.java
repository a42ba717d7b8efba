package org.jacobi.layers.optim;

/**
 * A learning rate that rises to maxLr and then falls far below where it began (Smith and Topin, "Super-Convergence", 2018), as
 * torch.optim.lr_scheduler.OneCycleLR; {@link #momentum} gives the momentum that falls and rises against it.
 *
 * <p>It begins with maxLr / divFactor, reaches maxLr after pctStart of the steps, and ends, at step totalSteps - 1, with
 * maxLr / (divFactor finalDivFactor).
 */
public final class OneCycleSchedule implements Schedule {
    private final double maxLr;
    private final long totalSteps;
    private double pctStart = 0.3;
    private double divFactor = 25;
    private double finalDivFactor = 1e4;
    private boolean linear;
    private boolean threePhase;

    /** Makes a schedule of at least 2 steps with PyTorch's settings. */
    public OneCycleSchedule(double maxLr, long totalSteps) {
        this.maxLr = Optimizer.requireNotNegative("maxLr", maxLr);
        if (totalSteps < 2) {
            throw new IllegalArgumentException("totalSteps is " + totalSteps + "; it must be at least 2");
        }
        this.totalSteps = totalSteps;
    }

    /** Sets the share of the steps in which the rate rises, between 0 and 1; 0.3 at first. */
    public OneCycleSchedule pctStart(double share) {
        if (!(share > 0 && share < 1)) {
            throw new IllegalArgumentException("pctStart is " + share + "; it must lie between 0 and 1");
        }
        pctStart = share;
        return this;
    }

    /** Sets what maxLr is divided by for the first rate, and the first rate for the last; 25 and 1e4 at first. */
    public OneCycleSchedule divFactors(double first, double last) {
        if (!(first > 0 && last > 0)) {
            throw new IllegalArgumentException("divFactors are " + first + " and " + last + "; they must be above 0");
        }
        divFactor = first;
        finalDivFactor = last;
        return this;
    }

    /** Sets whether the rate moves in straight lines, instead of along cosines: PyTorch's anneal_strategy. */
    public OneCycleSchedule linear(boolean on) {
        linear = on;
        return this;
    }

    /** Sets whether the rate falls back to the first one as fast as it rose, before it falls to the last. */
    public OneCycleSchedule threePhase(boolean on) {
        threePhase = on;
        return this;
    }

    @Override
    public double at(long step) {
        double first = maxLr / divFactor;
        return at(step, first, maxLr, first / finalDivFactor);
    }

    /**
     * Returns the momentum's schedule: from max to base while the rate rises, and back while it falls. PyTorch's numbers are 0.85
     * and 0.95; use as in {@code optimizer.momentum(momentum.at(step))}, or as the first of Adam's betas.
     */
    public Schedule momentum(double base, double max) {
        Optimizer.requireNotNegative("base", base);
        Optimizer.requireNotNegative("max", max);
        return step -> at(step, max, base, max);
    }

    private double at(long step, double first, double middle, double last) {
        double top = pctStart * totalSteps - 1;
        double end = totalSteps - 1;
        if (step <= top) {
            return between(first, middle, step / top);
        }
        if (!threePhase) {
            return between(middle, last, (step - top) / (end - top));
        }
        double back = 2 * pctStart * totalSteps - 2;
        return step <= back ? between(middle, first, (step - top) / (back - top))
                : between(first, last, (step - back) / (end - back));
    }

    private double between(double from, double to, double done) {
        double share = Math.min(1, done);
        return linear ? from + (to - from) * share : Schedule.cosine(from, to, share);
    }
}
