package org.jacobi.layers.tabular;

import org.jacobi.layers.data.DataException;

/**
 * How a column of numbers becomes a feature: missing ones are filled, then (x - offset) / scale.
 *
 * @param column the column
 * @param fill   what takes the place of missing numbers, NaN if they are an error
 * @param offset what is subtracted
 * @param scale  what is divided by
 */
public record NumberEncoder(String column, double fill, double offset, double scale) {
    /** Learns from the rows of a training table. */
    public static NumberEncoder fit(Table train, String column, Impute impute, Scaling scaling) {
        double[] present = train.numbers(column).present();
        if (present.length == 0) {
            throw new DataException(train.place(0) + ": column " + column + " has no numbers at all; drop it");
        }
        return new NumberEncoder(column, impute.of(present), scaling.offset(present), scaling.scale(present));
    }

    /** Returns the column's features. */
    double[] encode(Table table) {
        double[] values = table.numbers(column).values().clone();
        for (int i = 0; i < values.length; i++) {
            double value = Double.isNaN(values[i]) ? fill : values[i];
            if (Double.isNaN(value)) {
                throw new DataException(table.place(i) + ", column " + column
                        + ": the value is missing; drop such rows (Table.dropMissing) or choose what takes its place (Impute)");
            }
            values[i] = (value - offset) / scale;
        }
        return values;
    }

    /** Returns the number that a feature stands for. */
    public double decode(double feature) {
        return feature * scale + offset;
    }
}
