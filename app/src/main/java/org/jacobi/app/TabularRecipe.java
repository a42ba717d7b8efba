package org.jacobi.app;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataException;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.data.Splits;
import org.jacobi.layers.tabular.CategoryEncoder;
import org.jacobi.layers.tabular.CategoryEncoder.Missing;
import org.jacobi.layers.tabular.CategoryEncoder.Unknown;
import org.jacobi.layers.tabular.Impute;
import org.jacobi.layers.tabular.Table;
import org.jacobi.layers.tabular.TableEncoder;
import org.jacobi.layers.train.Monitor;
import org.jacobi.layers.train.Trainer;

/**
 * A network for the rows of a CSV file. Every class is cut: a fifth is held out, a tenth compares epochs. All that features are made by
 * is learned from the rest: missing numbers are their column's median, missing texts a category of their own, numbers are standardized,
 * texts one-hot.
 *
 * @param target  the column with the classes
 * @param dropped columns that the network must not see
 * @param widths  of the hidden layers
 * @param dropout which share of each hidden layer is dropped in training
 */
record TabularRecipe(String target, List<String> dropped, List<Integer> widths, double dropout)
        implements Recipe<Batch> {

    private static final double VALIDATION = 0.1;
    private static final double HELD_OUT = 0.2;
    /** A target of more different numbers is a quantity, not a class. */
    private static final int MOST_NUMBERED_CLASSES = 100;
    /** One feature for each text: more of them are names or keys, which tell nothing of other rows. */
    private static final int MOST_FEATURES = 20_000;

    @Override
    public Defaults defaults() {
        return new Defaults(10, 256, 1e-3);
    }

    @Override
    public Lesson<Batch> prepare(TrainSettings settings) {
        Table table = table(settings.path());
        CategoryEncoder label = CategoryEncoder.fit(table, target, Missing.ERROR, Unknown.ERROR);
        long[] labels = label.encode(table);
        if (label.categories().size() < 2) {
            throw new DataException(settings.data() + ": column " + target + " has one class only, "
                    + label.categories() + "; there is nothing to tell apart");
        }
        Problems.requireEachClass(label.categories(), labels, 3,
                "in column " + target + " of " + settings.data());
        List<long[]> parts =
                Splits.stratified(labels, settings.seed(), 1 - VALIDATION - HELD_OUT, VALIDATION, HELD_OUT);
        Table train = table.rows(parts.get(0));
        TabularTask task = new TabularTask(TableEncoder.target(target).impute(Impute.MEDIAN)
                .missing(Missing.CATEGORY).unknown(Unknown.ZEROS).fit(train), widths, dropout).checked();
        if (task.encoder().names().size() > MOST_FEATURES) {
            throw new DataException(settings.data() + ": " + task.encoder().names().size()
                    + " features come of its columns, expected at most " + MOST_FEATURES
                    + "; leave out columns of names or keys with --drop:\n" + table);
        }
        DataLoader<Batch> batches = DataLoader.of(task.encoder().dataset(train)).batchSize(settings.batch())
                .shuffle(settings.seed()).workers(settings.workers()).build();
        return new Lesson<>(task, batches, task.batches(table.rows(parts.get(1))),
                task.batches(table.rows(parts.get(2))),
                model -> Trainer.of(model, settings.adamW(model), task.measurement(model))
                        .schedule(settings.oneCycle(batches.batches())).monitor(Monitor.max("auc")));
    }

    private Table table(Path file) {
        // Classes are texts even where they look like numbers.
        Table table = Table.read(file, TabularTask.format(file).texts(target));
        Set<String> named = Set.copyOf(dropped);
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
        requireClasses(table);
        return table.drop(named.toArray(String[]::new));
    }

    private void requireClasses(Table table) {
        Set<String> different = new HashSet<>(Arrays.asList(table.texts(target).values()));
        if (different.size() > MOST_NUMBERED_CLASSES && different.stream().allMatch(TabularRecipe::isNumber)) {
            throw new DataException(table.place(0) + ", column " + target + ": has " + different.size()
                    + " different numbers, expected at most " + MOST_NUMBERED_CLASSES
                    + " classes; quantities are not predicted");
        }
    }

    private static boolean isNumber(String text) {
        try {
            return text == null || Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException _) {
            return false;
        }
    }
}
