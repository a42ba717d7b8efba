package org.jacobi.layers.metrics;

/** A weighted mean of numbers, such as losses of batches by their sizes: torchmetrics.MeanMetric. */
public final class Mean {
    private double sum;
    private double weights;

    /** Takes in a number. */
    public void update(double value, double weight) {
        sum += value * weight;
        weights += weight;
    }

    /** Returns whether nothing was taken in. */
    public boolean isEmpty() {
        return weights == 0;
    }

    /**
     * Returns the mean.
     *
     * @throws IllegalStateException if nothing was taken in
     */
    public double compute() {
        if (weights == 0) {
            throw Inputs.empty("Mean");
        }
        return sum / weights;
    }

    /** Forgets what was taken in. */
    public void reset() {
        sum = 0;
        weights = 0;
    }
}
