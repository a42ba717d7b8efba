package org.jacobi.layers.metrics;

/** The mean of (prediction - target)². */
public final class MeanSquaredError extends RegressionMetric {
    private final Mean mean = new Mean();

    /** Makes the metric. */
    public MeanSquaredError() {
        super(1);
    }

    @Override
    void add(double prediction, double target) {
        mean.update((prediction - target) * (prediction - target), 1);
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
