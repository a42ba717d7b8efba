package org.jacobi.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.data.DataLoader;
import org.jacobi.layers.metrics.AUROC;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.tabular.CategoryEncoder;
import org.jacobi.layers.tabular.CsvFormat;
import org.jacobi.layers.tabular.NumberEncoder;
import org.jacobi.layers.tabular.Table;
import org.jacobi.layers.tabular.TableEncoder;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;
import org.jacobi.tensor.Tensor;

/**
 * Telling the class of a table's rows.
 *
 * @param encoder how columns become features, and the target's classes
 * @param widths  of the hidden layers
 * @param dropout which share of each hidden layer is dropped in training
 */
record TabularTask(TableEncoder encoder, List<Integer> widths, double dropout) implements Task<Batch> {

    private static final int BATCH = 1024;
    private static final int MAX_WIDTH = 1 << 16;

    /** A row of hidden layers with ReLU and dropout, and a score for each class. */
    @Override
    public Layer model() {
        List<Layer> layers = new ArrayList<>();
        int in = encoder.names().size();
        for (int width : widths) {
            layers.addAll(List.of(new Linear(in, width), new ReLU(), new Dropout(dropout)));
            in = width;
        }
        layers.add(new Linear(in, classes().size()));
        return new Sequential(layers.toArray(Layer[]::new));
    }

    /** The loss is the log loss: the mean of minus the logarithm of the true class's probability. */
    @Override
    public TrainStep<Batch> measurement(Layer model) {
        return batch -> {
            Variable scores = model.forward(batch.input());
            // Ranks compare examples of all batches, so that they need probabilities.
            return Outcome.of(scores.crossEntropy(batch.target()), scores.detach().softmax(-1), batch.target());
        };
    }

    @Override
    public SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        metrics.put("accuracy", () -> Accuracy.multiclass(classes().size()));
        // Of two classes it is the same from either's side.
        metrics.put("auc", () -> AUROC.multiclass(classes().size()));
        return metrics;
    }

    @Override
    public List<String> classes() {
        return encoder.classes();
    }

    @Override
    public Iterable<Batch> read(Path data) {
        return batches(table(data, true));
    }

    /** Returns the rows of a table in batches, in order. */
    Iterable<Batch> batches(Table table) {
        return DataLoader.of(encoder.dataset(table)).batchSize(BATCH).build();
    }

    /** The lines name the file and the line of each row. */
    @Override
    public List<String> predict(Layer model, Path file, int top, Path out) {
        Table table = table(file, false);
        Tensor probabilities = model.forward(encoder.features(table).to(model.device())).value().softmax(-1);
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < table.rows(); row++) {
            lines.add(
                    Answers.likeliest(table.place(row), probabilities.select(0, row).toDoubleArray(), classes(), top));
        }
        return lines;
    }

    /** Reads a table with the columns that the network knows, each of the kind that it had in training. */
    private Table table(Path file, boolean labelled) {
        Stream<CategoryEncoder> texts =
                labelled ? Stream.concat(encoder.categories().stream(), Stream.of(encoder.label()))
                        : encoder.categories().stream();
        return Table.read(file, format(file).texts(texts.map(CategoryEncoder::column).toArray(String[]::new))
                .numbers(encoder.numbers().stream().map(NumberEncoder::column).toArray(String[]::new)));
    }

    /** Returns how a file's fields are separated: by what its first line has most of: commas, semicolons or tabs. */
    static CsvFormat format(Path file) {
        char separator = ',';
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            String line = reader.readLine();
            for (char other : new char[] {';', '\t'}) {
                if (line != null && count(line, other) > count(line, separator)) {
                    separator = other;
                }
            }
        } catch (IOException _) {
            // reading the table says what is wrong
        }
        return CsvFormat.DEFAULT.separator(separator);
    }

    private static long count(String line, char wanted) {
        return line.chars().filter(c -> c == wanted).count();
    }

    @Override
    public TabularTask checked() {
        Problems.require(encoder != null && encoder.label() != null && widths != null, "an entry of the task is null");
        Problems.requireClasses(encoder.classes());
        Problems.require(!encoder.names().isEmpty(), "the encoder has no features");
        Problems.require(widths.stream().allMatch(width -> width != null && width >= 1 && width <= MAX_WIDTH),
                "widths " + widths + ": expected 1 to " + MAX_WIDTH);
        Problems.require(dropout >= 0 && dropout < 1, "dropout " + dropout + ": expected at least 0 and below 1");
        return this;
    }
}
