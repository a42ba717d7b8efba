package org.jacobi.app;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.DoubleStream;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.tabular.CategoryEncoder;
import org.jacobi.layers.tabular.CategoryEncoder.Missing;
import org.jacobi.layers.tabular.CategoryEncoder.Unknown;
import org.jacobi.layers.tabular.Column;
import org.jacobi.layers.tabular.CsvFormat;
import org.jacobi.layers.tabular.Impute;
import org.jacobi.layers.tabular.Scaling;
import org.jacobi.layers.tabular.Table;
import org.jacobi.layers.tabular.TableEncoder;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;

/**
 * A network for the rows of a CSV file. A fifth is held out, a tenth compares epochs, of every class as much. All that features are made
 * by is learned from the rest: missing numbers are their column's median, missing texts a category of their own, numbers are standardized,
 * texts one-hot. A text that only one of these rows has, such as a name, says nothing of other rows and is left out.
 *
 * @param target  the column that is to be predicted
 * @param kind    what its values are; null for what they look like
 * @param header  whether the file's first line has the columns' names
 * @param dropped columns that the network must not see
 * @param widths  of the hidden layers
 * @param dropout which share of each hidden layer is dropped in training
 */
record TabularRecipe(String target, Kind kind, boolean header, List<String> dropped, List<Integer> widths,
        double dropout) implements Recipe<Batch> {

    /** What is predicted. */
    enum Kind {
        /** The class of a row. */
        CLASSIFICATION,
        /** A number. */
        REGRESSION;

        /** Returns the name as it is on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final double VALIDATION = 0.1;
    private static final double HELD_OUT = 0.2;
    /** A target of more different numbers is a quantity, not a class. */
    private static final int MOST_NUMBERED_CLASSES = 100;
    private static final int LEAST_ROWS = 10;
    private static final int LEAST_FREQUENCY = 2;
    /** One feature for each text: more of them are names or keys, which tell nothing of other rows. */
    private static final int MOST_FEATURES = 20_000;
    /** Of the table of features: 2 GB. */
    private static final long MOST_NUMBERS = 1L << 29;

    @Override
    public Defaults defaults() {
        return new Defaults(10, 256, 1e-3);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Table file = table(settings.path());
        Table table = withoutDropped(settings.path(), file);
        List<long[]> parts = table.column(target) instanceof Column.Texts ? ofEachClass(table, settings)
                : ofAllRows(table, settings);
        Table train = table.rows(parts.get(0));
        TabularTask task = new TabularTask(file.names(), TableEncoder.target(target).impute(Impute.MEDIAN)
                .scaleTarget(Scaling.STANDARD).missing(Missing.CATEGORY).unknown(Unknown.ZEROS)
                .minFrequency(LEAST_FREQUENCY).fit(train), widths, dropout);
        requireFeatures(task.encoder().names().size(), table);
        task.checked();
        DataLoader<Batch> batches = DataLoader.of(task.encoder().dataset(train)).batchSize(settings.batch())
                .shuffle(settings.seed()).workers(settings.workers()).build();
        return new Lesson<>(task, batches, task.batches(table.rows(parts.get(1))),
                task.batches(table.rows(parts.get(2))),
                model -> Trainer.of(model, settings.adamW(model), task.measurement(model))
                        .schedule(settings.oneCycle(batches.batches()))
                        .monitor(Monitor.min("loss")));
    }

    private static void requireFeatures(int features, Table table) {
        String which = "; leave out columns of names, dates or keys with --drop:\n" + table;
        if (features == 0) {
            throw new DataException(table.place(0) + ": no feature comes of its columns, for no text occurs twice"
                    + which);
        }
        if (features > MOST_FEATURES || (long) features * table.rows() > MOST_NUMBERS) {
            throw new DataException(table.place(0) + ": " + features + " features of " + table.rows()
                    + " rows come of its columns, expected at most " + MOST_FEATURES + ", and " + MOST_NUMBERS
                    + " numbers in all" + which);
        }
    }

    // ---- the target ------------------------------------------------------------------------------------------------

    private List<long[]> ofEachClass(Table table, TrainSettings settings) {
        CategoryEncoder label = CategoryEncoder.fit(table, target, Missing.ERROR, Unknown.ERROR);
        if (label.categories().size() < 2) {
            throw new DataException(settings.data() + ": column " + target + " has one class only, "
                    + label.categories() + "; there is nothing to tell apart");
        }
        long[] labels = label.encode(table);
        Problems.requireEachClass(label.categories(), labels, 3, "in column " + target + " of " + settings.data()
                + (kind == null ? " (quantities are learned with --task " + Kind.REGRESSION + ")" : ""));
        return Splits.stratified(labels, settings.seed(), 1 - VALIDATION - HELD_OUT, VALIDATION, HELD_OUT);
    }

    private List<long[]> ofAllRows(Table table, TrainSettings settings) {
        if (table.rows() < LEAST_ROWS) {
            throw new DataException(settings.data() + ": has " + table.rows() + " rows; " + LEAST_ROWS
                    + " at least are needed, to learn from, to compare epochs and to be held out");
        }
        return Splits.random(table.rows(), settings.seed(), 1 - VALIDATION - HELD_OUT, VALIDATION, HELD_OUT);
    }

    /** Reads a table whose target has texts if they are classes, and numbers else. */
    private Table table(Path file) {
        CsvFormat format = CsvFormat.detect(file).header(header);
        List<String> first = format.firstRecord(file);
        if (header && !first.contains(target)) {
            throw new DataException(file + ": has no column " + target + ", which --target names; its first line has "
                    + first + "; if these are no names of columns, say --no-header");
        }
        Table table = Table.read(file, kind == Kind.CLASSIFICATION ? format.texts(target)
                : kind == Kind.REGRESSION ? format.numbers(target) : format);
        if (!table.names().contains(target)) {
            throw new DataException(file + ": has no column " + target + ", which --target names; without a header"
                    + " there are " + table.names());
        }
        if (table.column(target) instanceof Column.Numbers numbers && kind == null && !areQuantities(numbers)) {
            table = Table.read(file, format.texts(target)); // as they are written
        }
        Column values = table.column(target);
        for (int row = 0; row < table.rows(); row++) {
            if (values.isMissing(row)) {
                throw new DataException(table.place(row) + ", column " + target
                        + ": the value is missing, but it is what is to be learned; remove the row");
            }
        }
        return table;
    }

    /** Returns whether numbers are too many for classes, or have fractions. */
    private static boolean areQuantities(Column.Numbers numbers) {
        double[] different =
                DoubleStream.of(numbers.values()).filter(number -> !Double.isNaN(number)).distinct().toArray();
        return different.length > MOST_NUMBERED_CLASSES
                || DoubleStream.of(different).anyMatch(number -> number != Math.rint(number));
    }

    private Table withoutDropped(Path file, Table table) {
        Set<String> named = new HashSet<>(dropped);
        for (String column : named) {
            if (!table.names().contains(column)) {
                throw new DataException(file + ": has no column " + column + ", which --drop names; there are "
                        + table.names());
            }
        }
        if (named.contains(target)) {
            throw new IllegalArgumentException("--drop " + target + ": is the target");
        }
        if (table.names().size() - named.size() < 2) {
            throw new DataException(file + ": has no column left besides " + target);
        }
        return table.drop(named.toArray(String[]::new));
    }
}
