package org.jacobi.layers.train.report;

/**
 * A line of a chart.
 *
 * @param name    what the legend calls it
 * @param x       of its points, not decreasing
 * @param y       of its points; NaN leaves a gap
 * @param markers whether the points themselves are drawn
 */
public record Line(String name, double[] x, double[] y, boolean markers) {
}
