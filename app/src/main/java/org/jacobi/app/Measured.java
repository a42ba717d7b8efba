package org.jacobi.app;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;

import org.jacobi.layers.Layer;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.layers.metrics.ConfusionMatrix;
import org.jacobi.layers.train.Evaluator;

/**
 * How good a network is on some data.
 *
 * @param values    the loss and the task's metrics
 * @param confusion how many examples of each class, by rows, were taken for each, by columns; null where there are no classes
 * @param classes   their names
 */
record Measured(SequencedMap<String, Double> values, long[][] confusion, List<String> classes) {

    /** With more classes a table tells nothing. */
    private static final int MOST_CLASSES = 20;

    /** Measures a network. */
    static <B> Measured of(Task<B> task, Layer model, Iterable<B> batches) {
        List<String> classes = task.classes();
        ConfusionMatrix[] confusion = classes.isEmpty() ? new ConfusionMatrix[0]
                : new ConfusionMatrix[] {
                    ConfusionMatrix.multiclass(classes.size()).ignoreIndex(CrossEntropyLoss.IGNORE_INDEX)};
        SequencedMap<String, Double> values =
                new Evaluator(model).evaluate(batches, task.measurement(model), task.metrics(), confusion);
        return new Measured(values, classes.isEmpty() ? null : confusion[0].compute(), classes);
    }

    /** Prints a name and a value on each line, and a table of the classes where they are few. */
    void print(PrintWriter out) {
        values.forEach((name, value) -> out.printf(Locale.ROOT, "%s %.6f%n", name, value));
        if (confusion == null || classes.size() > MOST_CLASSES) {
            return;
        }
        int width = Math.max("class".length(), classes.stream().mapToInt(String::length).max().orElseThrow());
        out.printf(Locale.ROOT, "%-" + width + "s  examples  precision  recall%n", "class");
        for (int i = 0; i < classes.size(); i++) {
            long examples = 0;
            long answers = 0;
            for (int j = 0; j < classes.size(); j++) {
                examples += confusion[i][j];
                answers += confusion[j][i];
            }
            out.printf(Locale.ROOT, "%-" + width + "s  %8d  %9s  %6s%n", classes.get(i), examples,
                    share(confusion[i][i], answers), share(confusion[i][i], examples));
        }
    }

    private static String share(long part, long whole) {
        return whole == 0 ? "-" : String.format(Locale.ROOT, "%.4f", (double) part / whole);
    }
}
