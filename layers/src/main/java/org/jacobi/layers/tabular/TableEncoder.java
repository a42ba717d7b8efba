package org.jacobi.layers.tabular;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.TensorDataset;
import org.jacobi.layers.tabular.CategoryEncoder.Missing;
import org.jacobi.layers.tabular.CategoryEncoder.Unknown;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;

/**
 * Makes tensors of tables, by what it has learned from the training rows alone; records of names and numbers, to be saved with a
 * model.
 *
 * <pre>{@code
 * TableEncoder encoder = TableEncoder.target("income").impute(Impute.MEDIAN).fit(train);
 * TensorDataset trainSet = encoder.dataset(train);
 * TensorDataset testSet = encoder.dataset(test);
 * }</pre>
 *
 * @param numbers    how columns of numbers become features
 * @param categories how columns of texts become numbers
 * @param label      how the target's classes are numbered; null if the target is a number, or there is none
 * @param target     the target if it is a number; null else
 */
public record TableEncoder(List<NumberEncoder> numbers, List<CategoryEncoder> categories, CategoryEncoder label,
        NumberEncoder target) {
    /** Copies the lists. */
    public TableEncoder {
        numbers = List.copyOf(numbers);
        categories = List.copyOf(categories);
    }

    /** Begins an encoder for tables with a column that is to be predicted; null for tables without one. */
    public static Builder target(String column) {
        return new Builder(column);
    }

    /** Returns the names of the features: a column's own, or column=category where it is one-hot. */
    public List<String> names() {
        List<String> names = new ArrayList<>();
        numbers.forEach(encoder -> names.add(encoder.column()));
        for (CategoryEncoder encoder : categories) {
            encoder.categories().forEach(category -> names.add(encoder.column() + "=" + category));
        }
        return names;
    }

    /**
     * Returns the features (N, F), f32: numbers first, then categories, one-hot.
     *
     * @throws DataException if a value is missing or unknown and nothing was chosen for that, with file, line and column
     */
    public Tensor features(Table table) {
        int width = names().size();
        float[] features = new float[Math.multiplyExact(table.rows(), width)];
        int at = fillNumbers(features, width, table);
        for (CategoryEncoder encoder : categories) {
            long[] codes = encoder.encode(table);
            for (int i = 0; i < codes.length; i++) {
                if (codes[i] >= 0) {
                    features[i * width + at + (int) codes[i]] = 1;
                }
            }
            at += encoder.categories().size();
        }
        return Tensor.of(features, table.rows(), width);
    }

    /** Returns the features that are numbers (N, number of such columns), f32, for models that embed categories. */
    public Tensor numberFeatures(Table table) {
        float[] features = new float[table.rows() * numbers.size()];
        fillNumbers(features, numbers.size(), table);
        return Tensor.of(features, table.rows(), numbers.size());
    }

    private int fillNumbers(float[] features, int width, Table table) {
        for (int column = 0; column < numbers.size(); column++) {
            double[] values = numbers.get(column).encode(table);
            for (int i = 0; i < values.length; i++) {
                features[i * width + column] = (float) values[i];
            }
        }
        return numbers.size();
    }

    /** Returns the categories' numbers (N, number of such columns), i64; -1 for unknown ones. */
    public Tensor categoryCodes(Table table) {
        long[] codes = new long[table.rows() * categories.size()];
        for (int column = 0; column < categories.size(); column++) {
            long[] values = categories.get(column).encode(table);
            for (int i = 0; i < values.length; i++) {
                codes[i * categories.size() + column] = values[i];
            }
        }
        return Tensor.of(codes, table.rows(), categories.size());
    }

    /** Returns what is to be predicted (N): numbers of classes, i64, or numbers, f32, scaled as was chosen. */
    public Tensor targets(Table table) {
        if (label != null) {
            return Tensor.of(label.encode(table), table.rows());
        }
        if (target == null) {
            throw new IllegalStateException("targets: the encoder was fitted without a target");
        }
        return Tensor.of(target.encode(table), table.rows()).to(DType.F32);
    }

    /** Returns the number of each row's class. */
    public long[] labels(Table table) {
        if (label == null) {
            throw new IllegalStateException("labels: the target is no category");
        }
        return label.encode(table);
    }

    /** Returns the classes of the target. */
    public List<String> classes() {
        return label == null ? List.of() : label.categories();
    }

    /** Returns features and targets as a data set. */
    public TensorDataset dataset(Table table) {
        return new TensorDataset(features(table), targets(table));
    }

    /** The choices of an encoder. */
    public static final class Builder {
        private final String target;
        private final Map<String, Impute> imputes = new HashMap<>();
        private final Map<String, Scaling> scalings = new HashMap<>();
        private final Set<String> categorical = new HashSet<>();
        private Impute impute = Impute.ERROR;
        private Scaling scaling = Scaling.STANDARD;
        private Scaling targetScaling = Scaling.NONE;
        private Missing missing = Missing.ERROR;
        private Unknown unknown = Unknown.ERROR;
        private int leastRows = 1;

        private Builder(String target) {
            this.target = target;
        }

        /** Sets what takes the place of missing numbers in the given columns; in all, if none is given. */
        public Builder impute(Impute choice, String... columns) {
            if (columns.length == 0) {
                impute = choice;
            }
            for (String column : columns) {
                imputes.put(column, choice);
            }
            return this;
        }

        /** Sets the scaling of the given columns; of all features, if none is given. {@link Scaling#STANDARD} if nothing is said. */
        public Builder scale(Scaling choice, String... columns) {
            if (columns.length == 0) {
                scaling = choice;
            }
            for (String column : columns) {
                scalings.put(column, choice);
            }
            return this;
        }

        /** Sets the scaling of a target that is a number; none if nothing is said. */
        public Builder scaleTarget(Scaling choice) {
            targetScaling = choice;
            return this;
        }

        /** Takes columns of numbers as categories, such as codes, or a target whose classes are numbers. */
        public Builder categorical(String... columns) {
            categorical.addAll(List.of(columns));
            return this;
        }

        /** Sets what becomes of missing texts; an error if nothing is said. */
        public Builder missing(Missing choice) {
            missing = choice;
            return this;
        }

        /** Sets what becomes of categories that the training rows do not have; an error if nothing is said. */
        public Builder unknown(Unknown choice) {
            unknown = choice;
            return this;
        }

        /**
         * Sets how many training rows a category must have; rarer ones are unknown, as scikit-learn's min_frequency has it. 1 if nothing
         * is said. More than that goes with {@link Unknown#ZEROS}.
         */
        public Builder minFrequency(int rows) {
            leastRows = rows;
            return this;
        }

        /**
         * Learns from the training rows.
         *
         * @throws IllegalArgumentException if a choice names a column that the table lacks
         * @throws DataException            if a value is missing or not finite and nothing was chosen for that
         */
        public TableEncoder fit(Table train) {
            categorical.forEach(train::column);
            imputes.keySet().forEach(train::numbers);
            scalings.keySet().forEach(train::numbers);
            List<NumberEncoder> numbers = new ArrayList<>();
            List<CategoryEncoder> categories = new ArrayList<>();
            CategoryEncoder label = null;
            NumberEncoder targetNumber = null;
            if (target != null && isCategorical(train.column(target))) {
                label = CategoryEncoder.fit(train, target, Missing.ERROR, Unknown.ERROR);
            } else if (target != null) {
                targetNumber = NumberEncoder.fit(train, target, Impute.ERROR, targetScaling);
            }
            for (Column column : train.columns()) {
                String name = column.name();
                if (Objects.equals(name, target)) {
                    continue;
                }
                if (isCategorical(column)) {
                    CategoryEncoder encoder = CategoryEncoder.fit(train, name, missing, unknown, leastRows);
                    if (!encoder.categories().isEmpty()) { // else nobody need have the column
                        categories.add(encoder);
                    }
                } else {
                    numbers.add(NumberEncoder.fit(train, name, imputes.getOrDefault(name, impute),
                            scalings.getOrDefault(name, scaling)));
                }
            }
            return new TableEncoder(numbers, categories, label, targetNumber);
        }

        private boolean isCategorical(Column column) {
            return column instanceof Column.Texts || categorical.contains(column.name());
        }
    }
}
