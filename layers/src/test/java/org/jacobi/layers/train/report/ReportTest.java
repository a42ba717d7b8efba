package org.jacobi.layers.train.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SequencedMap;
import java.util.stream.IntStream;

import javax.imageio.ImageIO;

import org.jacobi.layers.Linear;
import org.jacobi.layers.ModelSummary;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.metrics.AUROC;
import org.jacobi.layers.metrics.AveragePrecision;
import org.jacobi.layers.metrics.Curve;
import org.jacobi.layers.metrics.PrecisionRecallCurve;
import org.jacobi.layers.metrics.ROC;
import org.jacobi.layers.train.EpochRecord;
import org.jacobi.layers.train.History;
import org.jacobi.layers.train.LearningRateCurve;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.io.WholeFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With {@code -Djacobi.pictures=FOLDER} the pictures and the page are kept, to be looked at. */
class ReportTest {
    private static final String KEPT = System.getProperty("jacobi.pictures");

    @TempDir
    Path temporary;

    private Path folder() {
        return KEPT == null ? temporary : Path.of(KEPT);
    }

    private BufferedImage drawn(String name, byte[] png) throws IOException {
        WholeFile.write(folder().resolve(name), png);
        assertFalse(Files.exists(folder().resolve(name + ".tmp")));
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(Files.readAllBytes(folder().resolve(name))));
        // There is something on it: a line or a field in another colour than white and grey.
        long coloured = 0;
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                int rgb = image.getRGB(x, y);
                coloured += Math.abs((rgb >> 16 & 0xFF) - (rgb & 0xFF)) > 40 ? 1 : 0;
            }
        }
        assertTrue(coloured > 200, name + " has " + coloured + " coloured pixels");
        return image;
    }

    private static History history() {
        List<EpochRecord> epochs = new ArrayList<>();
        for (int i = 1; i <= 12; i++) {
            SequencedMap<String, Double> training = new LinkedHashMap<>();
            training.put("loss", 2 * Math.exp(-0.4 * i) + 0.05);
            training.put("accuracy", 1 - 0.6 * Math.exp(-0.3 * i));
            SequencedMap<String, Double> validation = new LinkedHashMap<>();
            validation.put("loss", 2 * Math.exp(-0.4 * i) + 0.1 + 0.01 * i);
            validation.put("accuracy", 0.97 - 0.6 * Math.exp(-0.3 * i));
            epochs.add(new EpochRecord(i, 100L * i, training, validation, 1e-3, 2.5, 0.0123, 0.0155, 1.6, 123 << 20,
                    i < 9));
        }
        return new History(epochs, 8);
    }

    private static long[][] counts(int classes) {
        Random random = new Random(1);
        long[][] counts = new long[classes][classes];
        for (int i = 0; i < 300 * classes; i++) {
            int target = random.nextInt(classes);
            counts[target][random.nextDouble() < 0.85 ? target : random.nextInt(classes)]++;
        }
        return counts;
    }

    private static Curve[] curves(double[] areas) {
        Random random = new Random(2);
        int n = 3000;
        double[] scores = new double[n];
        long[] labels = new long[n];
        for (int i = 0; i < n; i++) {
            labels[i] = random.nextInt(3) == 0 ? 1 : 0;
            scores[i] = 1 / (1 + Math.exp(-random.nextGaussian() - (labels[i] == 1 ? 1.2 : -0.4)));
        }
        ROC roc = new ROC();
        PrecisionRecallCurve pr = new PrecisionRecallCurve();
        AUROC auroc = AUROC.binary();
        AveragePrecision ap = AveragePrecision.binary();
        List.of(roc, pr, auroc, ap).forEach(metric -> metric.update(Tensor.of(scores, n), Tensor.of(labels, n)));
        areas[0] = auroc.compute();
        areas[1] = ap.compute();
        return new Curve[] {roc.compute(), pr.compute()};
    }

    private static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(Integer::toString).toList();
    }

    @Test
    void chartsAreDrawn() throws IOException {
        drawn("loss.png", Plots.learningCurve(history(), "loss"));
        drawn("accuracy.png", Plots.learningCurve(history(), "accuracy"));
        double[] areas = new double[2];
        Curve[] curves = curves(areas);
        drawn("roc.png", Plots.roc(curves[0], areas[0]));
        drawn("pr.png", Plots.precisionRecall(curves[1], areas[1]));
        double[] rates = new double[60];
        double[] losses = new double[60];
        double[] smooth = new double[60];
        Random random = new Random(3);
        for (int i = 0; i < 60; i++) {
            rates[i] = 1e-6 * Math.pow(10, i / 10.0);
            smooth[i] = 2.3 - 1.5 / (1 + Math.exp(-(i - 32) / 4.0)) + Math.exp((i - 56) / 2.0);
            losses[i] = smooth[i] + 0.1 * random.nextGaussian();
        }
        drawn("lr.png", Plots.learningRate(new LearningRateCurve(rates, losses, smooth, rates[32])));
        assertThrows(IllegalArgumentException.class, () -> Plots.learningCurve(history(), "f1"));
    }

    @Test
    void matricesAreDrawnForFewAndManyClasses() throws IOException {
        drawn("confusion2.png",
                Plots.confusionMatrix(new long[][] {{11234, 1201}, {1450, 2396}}, List.of("≤ 50K", "> 50K")));
        drawn("confusion10.png",
                Plots.confusionMatrix(counts(10), List.of("airplane", "automobile", "bird", "cat", "deer",
                        "dog", "frog", "horse", "ship", "truck")));
        BufferedImage digits = drawn("confusion-digits.png", Plots.confusionMatrix(counts(10), numbered(10)));
        assertTrue(digits.getWidth() > 600 && digits.getWidth() < 900, "" + digits.getWidth());
        drawn("confusion100.png", Plots.confusionMatrix(counts(100), numbered(100)));
        assertThrows(IllegalArgumentException.class, () -> Plots.confusionMatrix(counts(3), numbered(2)));
    }

    @Test
    void theReportIsOnePageWithEverythingInIt() throws IOException {
        SequencedMap<String, Object> settings = new LinkedHashMap<>();
        settings.put("batch size", 64);
        settings.put("note", "<script>alert('x')</script> & \"more\"");
        Path file = folder().resolve("report.html");
        double[] areas = new double[2];
        Curve[] curves = curves(areas);
        new HtmlReport("digits <1>").settings(settings)
                .model(ModelSummary.of(new Sequential(new Linear(4, 300), new Linear(300, 2)),
                        Tensor.ones(1, 4)))
                .history(history()).metrics("test", Map.of("accuracy", 0.9931, "empty", Double.NaN))
                .picture("Confusion matrix", Plots.confusionMatrix(counts(10), numbered(10)))
                .picture("ROC", Plots.roc(curves[0], areas[0])).write(file);
        String page = Files.readString(file);
        assertTrue(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;more&quot;"));
        assertFalse(page.contains("<script"));
        assertTrue(page.contains("<title>digits &lt;1&gt;</title>"));
        assertTrue(page.contains("(1, 300)") && page.contains("1,500") && page.contains("2,102 parameters"), "model");
        assertTrue(page.contains("0.9931") && page.contains("NaN"));
        assertEquals(4, page.split("data:image/png;base64,", -1).length - 1);
        assertTrue(page.contains("12.3") && page.contains("123.0"), "time and memory");
        assertTrue(page.contains(Runtime.version().toString()));
        assertFalse(page.contains("http://") || page.contains("https://"), "needs the network");
        assertEquals(1, page.split("class=\"best\"", -1).length - 1);
    }
}
