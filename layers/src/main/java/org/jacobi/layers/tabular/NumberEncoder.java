package org.jacobi.layers.tabular;

import org.jacobi.layers.data.DataException;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonSubTypes.Type;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * How a column of numbers becomes a feature: missing ones are filled, then all are scaled.
 *
 * <p>JSON tells the kinds apart by their entries.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({@Type(NumberEncoder.Affine.class), @Type(NumberEncoder.Quantile.class)})
public sealed interface NumberEncoder {
    /** Returns the column's name. */
    String column();

    /** Returns what takes the place of missing numbers, NaN if they are an error. */
    double fill();

    /** Returns the feature of a number. */
    double encode(double number);

    /** Returns the number that a feature stands for. */
    double decode(double feature);

    /** Learns from the rows of a training table. */
    static NumberEncoder fit(Table train, String column, Impute impute, Scaling scaling) {
        double[] present = train.numbers(column).present();
        if (present.length == 0) {
            throw new DataException(train.place(0) + ": column " + column + " has no numbers at all; drop it");
        }
        double fill = impute.of(present);
        return switch (scaling) {
            case QUANTILE_UNIFORM, QUANTILE_NORMAL ->
                    new Quantile(column, fill, Quantiles.of(present), scaling == Scaling.QUANTILE_NORMAL);
            case NONE, STANDARD, MIN_MAX, ROBUST ->
                    new Affine(column, fill, scaling.offset(present), scaling.scale(present));
        };
    }

    /** Returns the column's features. */
    default double[] encode(Table table) {
        double[] values = table.numbers(column()).values().clone();
        for (int i = 0; i < values.length; i++) {
            double value = Double.isNaN(values[i]) ? fill() : values[i];
            if (Double.isNaN(value)) {
                throw new DataException(table.place(i) + ", column " + column()
                        + ": the value is missing; drop such rows (Table.dropMissing) or choose what takes its place (Impute)");
            }
            values[i] = encode(value);
        }
        return values;
    }

    /**
     * Scales by (x - offset) / scale.
     *
     * @param column the column
     * @param fill   what takes the place of missing numbers, NaN if they are an error
     * @param offset what is subtracted
     * @param scale  what is divided by
     */
    record Affine(String column, double fill, double offset, double scale) implements NumberEncoder {
        @Override
        public double encode(double number) {
            return (number - offset) / scale;
        }

        @Override
        public double decode(double feature) {
            return feature * scale + offset;
        }
    }

    /**
     * Takes the share of the training rows that a number exceeds, as scikit-learn's QuantileTransformer: see {@link Scaling}.
     *
     * @param column    the column
     * @param fill      what takes the place of missing numbers, NaN if they are an error
     * @param quantiles numbers at equal steps of that share, from the least to the largest, rising
     * @param normal    whether the share is then taken for that of a normal distribution
     */
    record Quantile(String column, double fill, Quantiles quantiles, boolean normal) implements NumberEncoder {
        @Override
        public double encode(double number) {
            double share = quantiles.share(number);
            return normal ? Quantiles.normal(share) : share;
        }

        @Override
        public double decode(double feature) {
            return quantiles.number(normal ? Quantiles.shareOfNormal(feature) : feature);
        }
    }
}
