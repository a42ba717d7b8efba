package org.jacobi.layers.tabular;

import java.util.Arrays;

/** Figures that describe the numbers of a column. */
final class Figures {
    private Figures() {
    }

    static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    /** The standard deviation of what is there: divided by n, as scikit-learn's StandardScaler does. */
    static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum() / values.length);
    }

    /** A quantile, by linear interpolation between neighbours: numpy's default. */
    static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return ofSorted(sorted, q);
    }

    /** The same of values that rise. */
    static double ofSorted(double[] sorted, double q) {
        double at = q * (sorted.length - 1);
        int below = (int) Math.floor(at);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    /** The most frequent value; of equally frequent ones the least, as in scikit-learn. */
    static double mode(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double mode = sorted[0];
        int most = 0;
        for (int i = 0, run = 0; i < sorted.length; i++) {
            run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
            if (run > most) {
                most = run;
                mode = sorted[i];
            }
        }
        return mode;
    }
}
