package org.jacobi.layers.tabular;

import java.util.Arrays;

/** How numbers are brought to a common scale, by figures of the training rows. */
public enum Scaling {
    /** Not at all. */
    NONE,
    /** To mean 0 and standard deviation 1: (x - mean) / deviation. */
    STANDARD,
    /** To the range 0 to 1: (x - min) / (max - min). */
    MIN_MAX,
    /** By what outliers do not move: (x - median) / (third quartile - first quartile). */
    ROBUST,
    /**
     * To the share of the training rows that are smaller, 0 to 1, whatever their distribution was: scikit-learn's QuantileTransformer
     * with all rows and 1000 quantiles, between which lines are drawn. Numbers beyond the training rows' become 0 and 1; of a number
     * that occurs often it is the middle of the shares that it spans; a column of equal numbers becomes 0.
     */
    QUANTILE_UNIFORM,
    /** To a standard normal distribution by the same shares, from -5.2 to 5.2; a column of equal numbers becomes -5.2, as there. */
    QUANTILE_NORMAL;

    /** Returns what to subtract, where scaling is a straight line. */
    double offset(double[] present) {
        return switch (this) {
            case NONE, QUANTILE_UNIFORM, QUANTILE_NORMAL -> 0;
            case STANDARD -> Figures.mean(present);
            case MIN_MAX -> Arrays.stream(present).min().getAsDouble();
            case ROBUST -> Figures.quantile(present, 0.5);
        };
    }

    /** Returns what to divide by: 1 for numbers that are all equal, as in scikit-learn. */
    double scale(double[] present) {
        double scale = switch (this) {
            case NONE, QUANTILE_UNIFORM, QUANTILE_NORMAL -> 1;
            case STANDARD -> Figures.deviation(present);
            case MIN_MAX -> Arrays.stream(present).max().getAsDouble() - offset(present);
            case ROBUST -> Figures.quantile(present, 0.75) - Figures.quantile(present, 0.25);
        };
        return scale == 0 ? 1 : scale;
    }
}
