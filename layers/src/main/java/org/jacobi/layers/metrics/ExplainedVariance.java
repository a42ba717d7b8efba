package org.jacobi.layers.metrics;

/**
 * The share of the targets' variance that predictions explain, 1 - Var(target - prediction) / Var(target).
 *
 * <p>If all targets are equal, it is 1 for errors that are all equal and 0 otherwise, as in scikit-learn.
 */
public final class ExplainedVariance extends RegressionMetric {
    /** Of the errors, and of the targets. */
    private Moments moments = new Moments();

    /** Makes the metric. */
    public ExplainedVariance() {
        super(2);
    }

    @Override
    void add(double prediction, double target) {
        double error = target - prediction;
        moments.add(error, target);
    }

    @Override
    double value() {
        double left = moments.squaresX();
        return moments.squaresY() == 0 ? left == 0 ? 1 : 0 : 1 - left / moments.squaresY();
    }

    @Override
    void clear() {
        moments = new Moments();
    }
}
