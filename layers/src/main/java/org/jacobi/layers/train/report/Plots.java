package org.jacobi.layers.train.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

import org.jacobi.layers.metrics.Curve;
import org.jacobi.layers.train.EpochRecord;
import org.jacobi.layers.train.History;
import org.jacobi.layers.train.LearningRateCurve;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws charts of trainings and of metrics, as the bytes of PNG files. */
public final class Plots {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 560;
    private static final int SQUARE = 640;
    private static final Color[] COLORS = {new Color(0x4C, 0x82, 0xC3), new Color(0xC8, 0x50, 0x2D),
        new Color(0x3F, 0x8F, 0x4F), new Color(0x8A, 0x5F, 0xB0), new Color(0xB0, 0x8A, 0x2E)};
    private static final Color CHANCE = new Color(0xA0, 0xA0, 0xA0);
    /** More points than a line has pixels are not seen. */
    private static final int MOST_POINTS = 1000;
    /** With more classes than this there is no room for numbers. */
    private static final int MOST_LABELLED_CLASSES = 20;

    private Plots() {
    }

    /**
     * Draws lines.
     *
     * @param x what the x axis is
     * @param y what the y axis is
     */
    public static byte[] lines(String title, String x, String y, List<Line> lines) {
        XYChart chart = chart(title, x, y, WIDTH, HEIGHT);
        chart.getStyler().setXAxisDecimalPattern("0").setLegendPosition(LegendPosition.InsideNE);
        add(chart, lines);
        return png(chart);
    }

    /**
     * Draws how a number went, epoch by epoch.
     *
     * @param name {@code loss}, or a metric's name
     */
    public static byte[] learningCurve(History history, String name) {
        List<Line> lines = new ArrayList<>();
        double[] epochs = history.epochs().stream().mapToDouble(EpochRecord::epoch).toArray();
        double[] training = history.epochs().stream()
                .mapToDouble(epoch -> epoch.training().getOrDefault(name, Double.NaN)).toArray();
        double[] validation = history.epochs().stream()
                .mapToDouble(epoch -> epoch.validation().getOrDefault(name, Double.NaN)).toArray();
        if (epochs.length == 0 || !(hasNumber(training) || hasNumber(validation))) {
            throw new IllegalArgumentException("Plots.learningCurve: no epoch has a number '" + name + "'");
        }
        if (hasNumber(training)) {
            lines.add(new Line("training", epochs, training, epochs.length <= 50));
        }
        if (hasNumber(validation)) {
            lines.add(new Line("validation", epochs, validation, epochs.length <= 50));
        }
        XYChart chart = chart(name, "epoch", name, WIDTH, HEIGHT);
        chart.getStyler().setXAxisDecimalPattern("0")
                .setLegendPosition(rises(lines) ? LegendPosition.InsideSE : LegendPosition.InsideNE);
        add(chart, lines);
        return png(chart);
    }

    private static boolean hasNumber(double[] values) {
        return Arrays.stream(values).anyMatch(value -> !Double.isNaN(value));
    }

    private static boolean rises(List<Line> lines) {
        double[] y = lines.getLast().y();
        return y[y.length - 1] > y[0];
    }

    /** Draws a receiver operating characteristic, and what chance would give. */
    public static byte[] roc(Curve curve, double area) {
        XYChart chart = unit(String.format(Locale.ROOT, "ROC, area %.4f", area), "false positive rate",
                "true positive rate", LegendPosition.InsideSE);
        add(chart, List.of(new Line("model", curve.x(), curve.y(), false)));
        dashed(chart.addSeries("chance", new double[] {0, 1}, new double[] {0, 1}));
        return png(chart);
    }

    /**
     * Draws precision over recall.
     *
     * @param averagePrecision the area, as AveragePrecision defines it
     */
    public static byte[] precisionRecall(Curve curve, double averagePrecision) {
        XYChart chart = unit(String.format(Locale.ROOT, "Precision and recall, average precision %.4f",
                averagePrecision), "recall", "precision", LegendPosition.InsideSW);
        chart.getStyler().setLegendVisible(false);
        int n = curve.x().length;
        double[] x = IntStream.range(0, n).mapToDouble(i -> curve.x()[n - 1 - i]).toArray();
        double[] y = IntStream.range(0, n).mapToDouble(i -> curve.y()[n - 1 - i]).toArray();
        add(chart, List.of(new Line("model", x, y, false)));
        return png(chart);
    }

    private static XYChart unit(String title, String x, String y, LegendPosition legend) {
        XYChart chart = chart(title, x, y, SQUARE, SQUARE);
        chart.getStyler().setXAxisMin(0.0).setXAxisMax(1.0).setYAxisMin(0.0).setYAxisMax(1.0)
                .setAxisTickMarksColor(Color.GRAY).setLegendPosition(legend);
        chart.getStyler().setXAxisDecimalPattern("0.0").setYAxisDecimalPattern("0.0");
        return chart;
    }

    /** Draws how the loss behaves as the learning rate grows. */
    public static byte[] learningRate(LearningRateCurve curve) {
        XYChart chart = chart(String.format(Locale.ROOT, "Learning rate, suggested %.2g", curve.suggestion()),
                "learning rate", "loss", WIDTH, HEIGHT);
        chart.getStyler().setXAxisLogarithmic(true).setLegendPosition(LegendPosition.InsideSW);
        add(chart, List.of(new Line("of each step", curve.rates(), curve.losses(), false),
                new Line("smoothed", curve.rates(), curve.smoothed(), false)));
        if (!Double.isNaN(curve.suggestion())) {
            double low = Arrays.stream(curve.smoothed()).min().orElseThrow();
            double high = Arrays.stream(curve.smoothed()).max().orElseThrow();
            dashed(chart.addSeries("suggestion", new double[] {curve.suggestion(), curve.suggestion()},
                    new double[] {low, high}));
        }
        return png(chart);
    }

    /**
     * Draws a confusion matrix: targets from top to bottom, predictions from left to right, shaded by the share of the target.
     *
     * @param counts  rows of targets, by what was predicted
     * @param classes what the classes are called
     */
    public static byte[] confusionMatrix(long[][] counts, List<String> classes) {
        int n = counts.length;
        if (classes.size() != n) {
            throw new IllegalArgumentException(
                    "Plots.confusionMatrix: " + classes.size() + " names for " + n + " classes");
        }
        return new MatrixPicture(counts, classes, n <= MOST_LABELLED_CLASSES).png();
    }

    // ---- style -----------------------------------------------------------------------------------------------------

    private static XYChart chart(String title, String x, String y, int width, int height) {
        XYChart chart =
                new XYChartBuilder().width(width).height(height).title(title).xAxisTitle(x).yAxisTitle(y).build();
        chart.getStyler().setPlotGridLinesColor(new Color(0xE4, 0xE4, 0xE4));
        chart.getStyler().setChartBackgroundColor(Color.WHITE).setPlotBorderColor(new Color(0xC0, 0xC0, 0xC0))
                .setLegendBorderColor(new Color(0xD8, 0xD8, 0xD8));
        return chart;
    }

    private static void add(XYChart chart, List<Line> lines) {
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i);
            int[] points = points(line.x().length);
            XYSeries series =
                    chart.addSeries(line.name(), Arrays.stream(points).mapToDouble(p -> line.x()[p]).toArray(),
                            Arrays.stream(points).mapToDouble(p -> line.y()[p]).toArray());
            Color color = COLORS[i % COLORS.length];
            series.setLineColor(color);
            series.setMarkerColor(color);
            series.setMarker(line.markers() ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
            series.setLineStyle(new BasicStroke(2, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        }
    }

    /** Returns which of many points are drawn, the first and the last among them. */
    private static int[] points(int count) {
        return count <= MOST_POINTS ? IntStream.range(0, count).toArray()
                : IntStream.range(0, MOST_POINTS).map(i -> (int) ((long) i * (count - 1) / (MOST_POINTS - 1)))
                        .toArray();
    }

    private static void dashed(XYSeries series) {
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(CHANCE);
        series.setLineStyle(
                new BasicStroke(1.5f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 5}, 0));
    }

    private static byte[] png(Chart<?, ?> chart) {
        try {
            return ChartEncoder.getBytes(chart, "png");
        } catch (IOException e) {
            throw new UncheckedIOException("the chart cannot be drawn: " + e.getMessage(), e);
        }
    }
}
