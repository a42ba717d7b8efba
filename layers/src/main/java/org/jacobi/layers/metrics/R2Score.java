package org.jacobi.layers.metrics;

/**
 * The coefficient of determination, 1 - Σ (target - prediction)² / Σ (target - mean target)².
 *
 * <p>If all targets are equal, it is 1 for perfect predictions and 0 otherwise, as in scikit-learn.
 */
public final class R2Score extends RegressionMetric {
    /** Of the errors, and of the targets. */
    private Moments moments = new Moments();
    private double squares;

    /** Makes the metric. */
    public R2Score() {
        super(2);
    }

    @Override
    void add(double prediction, double target) {
        double error = target - prediction;
        moments.add(error, target);
        squares += error * error;
    }

    @Override
    double value() {
        double left = squares;
        return moments.squaresY() == 0 ? left == 0 ? 1 : 0 : 1 - left / moments.squaresY();
    }

    @Override
    void clear() {
        moments = new Moments();
        squares = 0;
    }
}
