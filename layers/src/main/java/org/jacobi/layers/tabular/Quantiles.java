package org.jacobi.layers.tabular;

import java.util.Arrays;

import org.jacobi.tensor.backend.SpecialFunctions;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/** The numbers of a column at equal steps from its least to its largest: its distribution, between which lines are drawn. */
public final class Quantiles {
    /** As many steps as scikit-learn takes. */
    private static final int MOST = 1000;
    private static final double NEAR = 1e-7;
    /** The least share of a normal distribution: 0 would be infinitely far from its middle. */
    private static final double LEAST = NEAR - Math.ulp(1.0);

    private final double[] values;

    /**
     * Takes over quantiles.
     *
     * @throws IllegalArgumentException if there are none, or they fall
     */
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Quantiles(double[] values) {
        this.values = values.clone();
        boolean rising = values.length > 0 && Double.isFinite(values[0]);
        for (int i = 1; i < values.length; i++) {
            rising &= values[i] >= values[i - 1] && Double.isFinite(values[i]);
        }
        if (!rising) {
            throw new IllegalArgumentException("quantiles: expected at least one number, none below the one before");
        }
    }

    /** Returns the quantiles of a column: all its numbers, or 1000 if there are more. */
    static Quantiles of(double[] present) {
        double[] sorted = present.clone();
        Arrays.sort(sorted);
        double[] values = new double[Math.min(MOST, sorted.length)];
        for (int i = 0; i < values.length; i++) {
            values[i] = Figures.ofSorted(sorted, values.length == 1 ? 0 : i / (values.length - 1.0));
        }
        return new Quantiles(values);
    }

    /** Returns the numbers. */
    @JsonValue
    public double[] values() {
        return values.clone();
    }

    /** Returns the share of the column that a number exceeds, 0 to 1; of a number that occurs often, the middle of what it spans. */
    double share(double number) {
        int last = values.length - 1;
        // The least comes first: a column of equal numbers is 0.
        if (number <= values[0]) {
            return 0;
        }
        if (number >= values[last]) {
            return 1;
        }
        int first = firstFrom(number);
        if (values[first] > number) {
            return (first - 1 + (number - values[first - 1]) / (values[first] - values[first - 1])) / last;
        }
        int end = first;
        while (values[end + 1] == number) {
            end++;
        }
        return 0.5 * (first + end) / last;
    }

    /** Returns the index of the first value that is not below a number. */
    private int firstFrom(double number) {
        int low = 0;
        int high = values.length - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (values[middle] < number) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Returns the number that exceeds a share of the column. */
    double number(double share) {
        return Figures.ofSorted(values, Math.clamp(share, 0, 1));
    }

    /** Returns the number of the standard normal distribution that exceeds a share of it, within about 5.2 of 0. */
    static double normal(double share) {
        return Math.sqrt(2) * SpecialFunctions.erfinv(2 * Math.clamp(share, LEAST, 1 - LEAST) - 1);
    }

    /** Returns the share of the standard normal distribution that a number exceeds; 0 and 1 for the ends of {@link #normal}. */
    static double shareOfNormal(double number) {
        double share = 0.5 * SpecialFunctions.erfc(-number / Math.sqrt(2));
        return share < NEAR ? 0 : share > 1 - NEAR ? 1 : share;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Quantiles quantiles && Arrays.equals(values, quantiles.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }

    @Override
    public String toString() {
        return "Quantiles" + Arrays.toString(values);
    }
}
