package org.jacobi.app;

import java.math.BigDecimal;
import java.math.MathContext;
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
import org.jacobi.layers.loss.MSELoss;
import org.jacobi.layers.metrics.AUROC;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.metrics.MeanAbsoluteError;
import org.jacobi.layers.metrics.Metric;
import org.jacobi.layers.metrics.R2Score;
import org.jacobi.layers.metrics.RootMeanSquaredError;
import org.jacobi.layers.tabular.CategoryEncoder;
import org.jacobi.layers.tabular.CsvFormat;
import org.jacobi.layers.tabular.NumberEncoder;
import org.jacobi.layers.tabular.Table;
import org.jacobi.layers.tabular.TableEncoder;
import org.jacobi.layers.train.Outcome;
import org.jacobi.layers.train.TrainStep;
import org.jacobi.tensor.Tensor;

/**
 * Telling the class of a table's rows, or a number.
 *
 * @param columns of the file that was learned from, which files without a header must have, too
 * @param encoder how columns become features, and the target's classes, or its mean and deviation
 * @param widths  of the hidden layers
 * @param dropout which share of each hidden layer is dropped in training
 */
record TabularTask(List<String> columns, TableEncoder encoder, List<Integer> widths, double dropout)
        implements Task<Batch> {

    private static final int BATCH = 1024;
    private static final int MAX_WIDTH = 1 << 16;
    /** What is predicted has no more digits than f32. */
    private static final MathContext DIGITS = new MathContext(7);

    /** A row of hidden layers with ReLU and dropout, and a score for each class, or a number. */
    @Override
    public Layer model() {
        List<Layer> layers = new ArrayList<>();
        int in = encoder.names().size();
        for (int width : widths) {
            layers.addAll(List.of(new Linear(in, width), new ReLU(), new Dropout(dropout)));
            in = width;
        }
        layers.add(new Linear(in, isRegression() ? 1 : classes().size()));
        return new Sequential(layers.toArray(Layer[]::new));
    }

    private boolean isRegression() {
        return encoder.label() == null;
    }

    /**
     * The loss of classes is the log loss: the mean of minus the logarithm of the true class's probability. That of numbers is the mean
     * squared error as a share of the variance that they have in the training rows.
     */
    @Override
    public TrainStep<Batch> measurement(Layer model) {
        return batch -> {
            Variable out = model.forward(batch.input());
            if (isRegression()) {
                Variable numbers = out.squeeze(1);
                return Outcome.of(new MSELoss().of(numbers, batch.target()), numbers, batch.target());
            }
            // Ranks compare examples of all batches, so that they need probabilities.
            return Outcome.of(out.crossEntropy(batch.target()), out.detach().softmax(-1), batch.target());
        };
    }

    /** Errors of numbers are in their own unit. */
    @Override
    public SequencedMap<String, Supplier<? extends Metric<Double>>> metrics() {
        SequencedMap<String, Supplier<? extends Metric<Double>>> metrics = new LinkedHashMap<>();
        if (encoder.target() instanceof NumberEncoder.Affine target) {
            metrics.put("rmse", () -> new Scaled(new RootMeanSquaredError(), target.scale()));
            metrics.put("mae", () -> new Scaled(new MeanAbsoluteError(), target.scale()));
            metrics.put("r2", R2Score::new);
        } else {
            metrics.put("accuracy", () -> Accuracy.multiclass(classes().size()));
            // Of two classes it is the same from either's side.
            metrics.put("auc", () -> AUROC.multiclass(classes().size()));
        }
        return metrics;
    }

    /** An error of standardized numbers, as one of the numbers themselves. */
    private record Scaled(Metric<Double> error, double scale) implements Metric<Double> {
        @Override
        public void update(Tensor prediction, Tensor target) {
            error.update(prediction, target);
        }

        @Override
        public Double compute() {
            return error.compute() * scale;
        }

        @Override
        public void reset() {
            error.reset();
        }
    }

    @Override
    public List<String> classes() {
        return encoder.classes();
    }

    /** Which columns have numbers, and which texts: one field that is no number makes texts of a column. */
    @Override
    public List<String> notes() {
        return List.of("columns of numbers: " + named(encoder.numbers().stream().map(NumberEncoder::column)),
                "columns of texts: " + named(encoder.categories().stream()
                        .map(each -> each.column() + " (" + each.categories().size() + ")")));
    }

    private static String named(Stream<String> columns) {
        List<String> names = columns.toList();
        return names.isEmpty() ? "none" : Problems.abridged(names);
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
        Tensor answers = model.forward(encoder.features(table).to(model.device())).value();
        Tensor probabilities = isRegression() ? null : answers.softmax(-1);
        List<String> lines = new ArrayList<>();
        for (int row = 0; row < table.rows(); row++) {
            String place = table.place(row);
            lines.add(isRegression() ? place + "\t" + number(answers.select(0, row).item())
                    : Answers.likeliest(place, probabilities.select(0, row).toDoubleArray(), classes(), top));
        }
        return lines;
    }

    private String number(double answer) {
        return new BigDecimal(encoder.target().decode(answer)).round(DIGITS).stripTrailingZeros().toPlainString();
    }

    /** Reads a table with the columns that the network knows, each of the kind that it had in training. */
    private Table table(Path file, boolean labelled) {
        List<String> texts = new ArrayList<>(encoder.categories().stream().map(CategoryEncoder::column).toList());
        List<String> numbers = new ArrayList<>(encoder.numbers().stream().map(NumberEncoder::column).toList());
        if (labelled) {
            (isRegression() ? numbers : texts).add(target());
        }
        Table table = Table.read(file, format(file, labelled).texts(texts.toArray(String[]::new))
                .numbers(numbers.toArray(String[]::new)));
        return labelled && !isRegression() ? table.mapTexts(encoder.label().column(), this::withoutDot) : table;
    }

    /** A file that has few names of columns in its first line has no header: its columns are those that were learned from. */
    private CsvFormat format(Path file, boolean labelled) {
        CsvFormat format = CsvFormat.detect(file);
        List<String> first = format.firstRecord(file);
        List<String> unlabelled = columns.stream().filter(name -> !name.equals(target())).toList();
        for (List<String> names : labelled ? List.of(columns) : List.of(columns, unlabelled)) {
            if (first.size() == names.size() && 2 * first.stream().filter(names::contains).count() < names.size()) {
                return format.names(names);
            }
        }
        return format;
    }

    private String target() {
        return isRegression() ? encoder.target().column() : encoder.label().column();
    }

    /** The test part of the Adult set writes its classes with a dot behind, which its training part does not. */
    private String withoutDot(String label) {
        String shorter = label.endsWith(".") ? label.substring(0, label.length() - 1) : label;
        return classes().contains(label) || !classes().contains(shorter) ? label : shorter;
    }

    @Override
    public TabularTask checked() {
        Problems.require(columns != null && encoder != null && widths != null, "an entry of the task is null");
        if (isRegression()) {
            Problems.require(encoder.target() instanceof NumberEncoder.Affine, "the encoder has no target");
        } else {
            Problems.requireClasses(encoder.classes());
        }
        Problems.require(!encoder.names().isEmpty(), "the encoder has no features");
        Problems.require(widths.stream().allMatch(width -> width != null && width >= 1 && width <= MAX_WIDTH),
                "widths " + widths + ": expected 1 to " + MAX_WIDTH);
        Problems.require(dropout >= 0 && dropout < 1, "dropout " + dropout + ": expected at least 0 and below 1");
        return this;
    }
}
