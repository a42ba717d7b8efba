package org.jacobi.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.layers.train.report.Line;
import org.jacobi.layers.train.report.Plots;
import org.jacobi.tensor.io.WholeFile;

/** Draws a run's loss curves as a picture. */
final class LossChart {
    static final String FILE = "loss.png";
    /** The training curve has at most this many points, each the mean of as many steps as that takes. */
    private static final int POINTS = 200;

    private LossChart() {
    }

    /** Draws the picture into a run folder, beside its place, and moves it there. */
    static void draw(Path folder, List<Metrics.Row> rows) throws IOException {
        List<Line> lines = new ArrayList<>();
        List<Metrics.Row> trained = rows.stream().filter(row -> !Double.isNaN(row.trainLoss())).toList();
        if (!trained.isEmpty()) {
            lines.add(means(trained));
        }
        List<Metrics.Row> evaluated = rows.stream().filter(row -> !Double.isNaN(row.valLoss())).toList();
        if (!evaluated.isEmpty()) {
            lines.add(new Line("validation", evaluated.stream().mapToDouble(Metrics.Row::step).toArray(),
                    evaluated.stream().mapToDouble(Metrics.Row::valLoss).toArray(), true));
        }
        WholeFile.write(folder.resolve(FILE), Plots.lines("Loss of " + folder.toAbsolutePath().getFileName(), "step",
                "cross-entropy, nats a character", lines));
    }

    private static Line means(List<Metrics.Row> rows) {
        int each = Math.ceilDiv(rows.size(), POINTS);
        int points = Math.ceilDiv(rows.size(), each);
        double[] steps = new double[points];
        double[] losses = new double[points];
        for (int i = 0; i < points; i++) {
            List<Metrics.Row> group = rows.subList(i * each, Math.min(rows.size(), (i + 1) * each));
            steps[i] = group.stream().mapToInt(Metrics.Row::step).average().orElseThrow();
            losses[i] = group.stream().mapToDouble(Metrics.Row::trainLoss).average().orElseThrow();
        }
        return new Line("training", steps, losses, false);
    }
}
