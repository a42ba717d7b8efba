package org.jacobi.layers.metrics;

/** The mean of |prediction - target|. */
public final class MeanAbsoluteError extends RegressionMetric {
    private final Mean mean = new Mean();

    /** Makes the metric. */
    public MeanAbsoluteError() {
        super(1);
    }

    @Override
    void add(double prediction, double target) {
        mean.update(Math.abs(prediction - target), 1);
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
