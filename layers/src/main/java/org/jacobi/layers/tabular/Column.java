package org.jacobi.layers.tabular;

import java.util.Arrays;

/** A named column of a {@link Table}: numbers or texts, some of which may be missing. */
public sealed interface Column {
    /** Returns the name. */
    String name();

    /** Returns the number of rows. */
    int size();

    /** Returns whether a row has no value. */
    boolean isMissing(int row);

    /** Returns a row's value as text, or null where it is missing. */
    String text(int row);

    /** Returns the column of the given rows, in that order. */
    Column rows(int[] rows);

    /**
     * Numbers.
     *
     * @param values finite, or NaN where they are missing; not to be changed
     */
    record Numbers(String name, double[] values) implements Column {
        /** Checks that no value is infinite. */
        public Numbers {
            for (int i = 0; i < values.length; i++) {
                if (Double.isInfinite(values[i])) {
                    throw new IllegalArgumentException(
                            "column " + name + ": row " + i + " is " + values[i]
                                    + ", expected a finite number or NaN for missing");
                }
            }
        }

        @Override
        public int size() {
            return values.length;
        }

        @Override
        public boolean isMissing(int row) {
            return Double.isNaN(values[row]);
        }

        @Override
        public String text(int row) {
            double value = values[row];
            if (isMissing(row)) {
                return null;
            }
            return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value)
                    : Double.toString(value);
        }

        @Override
        public Numbers rows(int[] rows) {
            return new Numbers(name, Arrays.stream(rows).mapToDouble(row -> values[row]).toArray());
        }

        /** Returns the values that are there. */
        double[] present() {
            return Arrays.stream(values).filter(value -> !Double.isNaN(value)).toArray();
        }
    }

    /**
     * Texts, such as the names of categories.
     *
     * @param values null where they are missing; not to be changed
     */
    record Texts(String name, String[] values) implements Column {
        @Override
        public int size() {
            return values.length;
        }

        @Override
        public boolean isMissing(int row) {
            return values[row] == null;
        }

        @Override
        public String text(int row) {
            return values[row];
        }

        @Override
        public Texts rows(int[] rows) {
            return new Texts(name, Arrays.stream(rows).mapToObj(row -> values[row]).toArray(String[]::new));
        }
    }
}
