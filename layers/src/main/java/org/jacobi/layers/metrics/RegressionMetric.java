package org.jacobi.layers.metrics;

import org.jacobi.tensor.Tensor;

/**
 * How far predicted numbers are from their targets. All numbers of a batch count alike, whatever its axes; prediction and target
 * have one shape, but for axes of length 1.
 */
public abstract class RegressionMetric implements Metric<Double> {
    private final int least;
    private long count;

    /**
     * Makes the metric.
     *
     * @param least how many numbers it needs
     */
    RegressionMetric(int least) {
        this.least = least;
    }

    @Override
    public final void update(Tensor prediction, Tensor target) {
        String name = getClass().getSimpleName();
        Inputs.requireSameCount(name, prediction, target);
        double[] predictions = Inputs.numbers(name, prediction);
        double[] targets = Inputs.numbers(name, target);
        for (int i = 0; i < targets.length; i++) {
            add(predictions[i], targets[i]);
        }
        count += targets.length;
    }

    @Override
    public final Double compute() {
        if (count < least) {
            throw new IllegalStateException(getClass().getSimpleName() + ": there are " + count
                    + " numbers to compute from; it needs at least " + least);
        }
        return value();
    }

    @Override
    public final void reset() {
        count = 0;
        clear();
    }

    abstract void add(double prediction, double target);

    abstract double value();

    abstract void clear();
}
