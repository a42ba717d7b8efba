package org.jacobi.layers.metrics;

/**
 * A curve of two classes' predictions as the threshold changes.
 *
 * @param x          of a ROC the false positive rates, of a precision-recall curve the recalls
 * @param y          of a ROC the true positive rates, of a precision-recall curve the precisions
 * @param thresholds what a score must reach to count as class 1, point by point
 */
public record Curve(double[] x, double[] y, double[] thresholds) {
}
