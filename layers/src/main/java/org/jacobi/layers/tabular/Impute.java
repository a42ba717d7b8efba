package org.jacobi.layers.tabular;

/** What takes the place of missing numbers; {@link Table#fillMissing} puts a constant there. */
public enum Impute {
    /** Nothing: a missing value is an error. */
    ERROR,
    /** The mean of the training rows. */
    MEAN,
    /** The median of the training rows. */
    MEDIAN,
    /** The most frequent number of the training rows. */
    MODE;

    /** Returns the number, or NaN for none. */
    double of(double[] present) {
        return switch (this) {
            case ERROR -> Double.NaN;
            case MEAN -> Figures.mean(present);
            case MEDIAN -> Figures.quantile(present, 0.5);
            case MODE -> Figures.mode(present);
        };
    }
}
