package org.jacobi.layers.metrics;

/** The square root of the mean of (prediction - target)²: torchmetrics' MeanSquaredError(squared=False). */
public final class RootMeanSquaredError extends RegressionMetric {
    private final Mean mean = new Mean();

    /** Makes the metric. */
    public RootMeanSquaredError() {
        super(1);
    }

    @Override
    void add(double prediction, double target) {
        mean.update((prediction - target) * (prediction - target), 1);
    }

    @Override
    double value() {
        return Math.sqrt(mean.compute());
    }

    @Override
    void clear() {
        mean.reset();
    }
}
