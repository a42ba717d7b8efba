package org.jacobi.layers.metrics;

/** The mean of |prediction - target| / |target|, as a share; a target that is almost 0 counts as 1.17e-6, as in torchmetrics. */
public final class MeanAbsolutePercentageError extends RegressionMetric {
    private static final double EPS = 1.17e-6;
    private final Mean mean = new Mean();

    /** Makes the metric. */
    public MeanAbsolutePercentageError() {
        super(1);
    }

    @Override
    void add(double prediction, double target) {
        mean.update(Math.abs(prediction - target) / Math.max(Math.abs(target), EPS), 1);
    }

    @Override
    double value() {
        return mean.compute();
    }

    @Override
    void clear() {
        mean.reset();
    }
}
