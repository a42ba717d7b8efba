package org.jacobi.layers.train;

/**
 * How the loss behaves as the learning rate grows.
 *
 * @param rates      the learning rates, rising by one factor
 * @param losses     the loss of the step before each rate was used
 * @param smoothed   a running mean of the losses, in which one before counts 0.9 of one
 * @param suggestion the rate at which the smoothed loss falls fastest; NaN if it never falls
 */
public record LearningRateCurve(double[] rates, double[] losses, double[] smoothed, double suggestion) {
}
