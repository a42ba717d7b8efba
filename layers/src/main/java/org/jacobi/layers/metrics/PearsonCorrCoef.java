package org.jacobi.layers.metrics;

/** Pearson's correlation of predictions and targets; NaN if one of them never changes. */
public final class PearsonCorrCoef extends RegressionMetric {
    private Moments moments = new Moments();

    /** Makes the metric. */
    public PearsonCorrCoef() {
        super(2);
    }

    @Override
    void add(double prediction, double target) {
        moments.add(prediction, target);
    }

    @Override
    double value() {
        return moments.correlation();
    }

    @Override
    void clear() {
        moments = new Moments();
    }
}
