package org.jacobi.layers.tabular;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Bounds of what is usual in columns of numbers, fitted on training rows, and what to do with numbers beyond them.
 *
 * @param bounds of each column
 */
public record Outliers(List<Bounds> bounds) {
    /**
     * What is usual in a column.
     *
     * @param low  the least usual number
     * @param high the greatest
     */
    public record Bounds(String column, double low, double high) {
        boolean holds(double value) {
            return !(value < low || value > high);
        }

        double clip(double value) {
            return Double.isNaN(value) ? value : Math.max(low, Math.min(high, value));
        }
    }

    /** Copies the list. */
    public Outliers {
        bounds = List.copyOf(bounds);
    }

    /**
     * Finds bounds by quartiles: from the first less factor times their distance to the third more as much (Tukey, 1977; his factor is
     * 1.5).
     */
    public static Outliers iqr(Table train, double factor, String... columns) {
        return fit(train, columns, (name, values) -> {
            double first = Figures.quantile(values, 0.25);
            double third = Figures.quantile(values, 0.75);
            double reach = factor * (third - first);
            return new Bounds(name, first - reach, third + reach);
        });
    }

    /** Finds bounds by standard deviations: as many as said to either side of the mean. */
    public static Outliers zScore(Table train, double deviations, String... columns) {
        return fit(train, columns, (name, values) -> {
            double reach = deviations * Figures.deviation(values);
            return new Bounds(name, Figures.mean(values) - reach, Figures.mean(values) + reach);
        });
    }

    private interface Rule {
        Bounds of(String name, double[] values);
    }

    private static Outliers fit(Table train, String[] columns, Rule rule) {
        List<Bounds> bounds = new ArrayList<>();
        for (String name : columns) {
            double[] present = train.numbers(name).present();
            if (present.length == 0) {
                throw new IllegalArgumentException("Outliers: column " + name + " has no numbers to learn bounds from");
            }
            bounds.add(rule.of(name, present));
        }
        return new Outliers(bounds);
    }

    /** Returns the table with numbers beyond the bounds brought to the nearest bound. */
    public Table clip(Table table) {
        Table clipped = table;
        for (Bounds bound : bounds) {
            clipped = clipped.with(new Column.Numbers(bound.column,
                    Arrays.stream(table.numbers(bound.column).values()).map(bound::clip).toArray()));
        }
        return clipped;
    }

    /** Returns the rows that have no number beyond the bounds. */
    public Table drop(Table table) {
        return table.filter(row -> bounds.stream()
                .allMatch(bound -> bound.holds(table.numbers(bound.column).values()[row])));
    }
}
