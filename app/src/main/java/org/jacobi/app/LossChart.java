package org.jacobi.app;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.io.FileErrors;
import org.knowm.xchart.ChartEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws a run's loss curves as a picture. */
final class LossChart {
    static final String FILE = "loss.png";
    /** The training curve has at most this many points, each the mean of as many steps as that takes. */
    private static final int POINTS = 200;

    private LossChart() {
    }

    /** Draws the picture into a run folder, beside its place, and moves it there. */
    static void draw(Path folder, List<Metrics.Row> rows) throws IOException {
        XYChart chart =
                new XYChartBuilder().width(900).height(560).title("Loss of " + folder.toAbsolutePath().getFileName())
                        .xAxisTitle("step").yAxisTitle("cross-entropy, nats a character").build();
        chart.getStyler().setLegendPosition(LegendPosition.InsideNE).setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setXAxisMin(0.0).setXAxisDecimalPattern("0");
        List<Double> steps = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        means(rows.stream().filter(row -> !Double.isNaN(row.trainLoss())).toList(), steps, losses);
        addSeries(chart, "training", steps, losses, new Color(0x7F, 0xA7, 0xD8), 1.5f);
        List<Metrics.Row> evaluated = rows.stream().filter(row -> !Double.isNaN(row.valLoss())).toList();
        XYSeries validation =
                addSeries(chart, "validation", evaluated.stream().map(row -> (double) row.step()).toList(),
                        evaluated.stream().map(Metrics.Row::valLoss).toList(), new Color(0xC8, 0x50, 0x2D), 2.5f);
        if (validation != null) {
            validation.setMarker(SeriesMarkers.CIRCLE);
        }
        Path unfinished = folder.resolve(FILE + ".tmp");
        try {
            Files.write(unfinished, ChartEncoder.getBytes(chart, "png"));
            Files.move(unfinished, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw FileErrors.naming(folder.resolve(FILE), e);
        }
    }

    private static XYSeries addSeries(XYChart chart, String name, List<Double> steps, List<Double> losses, Color color,
            float width) {
        if (steps.isEmpty()) {
            return null;
        }
        XYSeries series = chart.addSeries(name, steps, losses);
        series.setLineColor(color);
        series.setMarkerColor(color);
        series.setMarker(SeriesMarkers.NONE);
        series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
        return series;
    }

    private static void means(List<Metrics.Row> rows, List<Double> steps, List<Double> losses) {
        int each = Math.ceilDiv(Math.max(1, rows.size()), POINTS);
        for (int from = 0; from < rows.size(); from += each) {
            List<Metrics.Row> group = rows.subList(from, Math.min(rows.size(), from + each));
            steps.add(group.stream().mapToInt(Metrics.Row::step).average().orElseThrow());
            losses.add(group.stream().mapToDouble(Metrics.Row::trainLoss).average().orElseThrow());
        }
    }
}
