package org.jacobi.layers.train.report;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;

import org.jacobi.layers.ModelSummary;
import org.jacobi.layers.train.EpochRecord;
import org.jacobi.layers.train.History;
import org.jacobi.tensor.io.WholeFile;

/**
 * A run on one page, with its pictures in it: what was trained, how it went, and how good it is.
 *
 * <pre>{@code
 * new HtmlReport("digits").settings(Map.of("batch size", 64)).model(ModelSummary.of(model, input)).history(history)
 *         .metrics("test", trainer.evaluate(test)).picture("ROC", Plots.roc(curve, area)).write(folder.resolve("report.html"));
 * }</pre>
 */
public final class HtmlReport {
    private static final double MEBIBYTE = 1 << 20;
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #ddd; }
            table { border-collapse: collapse; margin: .5rem 0; font-variant-numeric: tabular-nums; }
            th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #eee; vertical-align: top; }
            th { color: #666; font-weight: 600; } td.n, th.n { text-align: right; } tr.best td { background: #eef5ff; }
            img { max-width: 100%; height: auto; } .wide { overflow-x: auto; } code { font-size: .9em; }
            """;

    private final String title;
    private final StringBuilder body = new StringBuilder();

    /** Begins the report of a run. */
    public HtmlReport(String title) {
        this.title = title;
    }

    /** Adds what the run was asked to do. */
    public HtmlReport settings(Map<String, ?> settings) {
        return section("Settings", pairs(settings));
    }

    /** Adds the model's layers. */
    public HtmlReport model(ModelSummary model) {
        List<List<String>> rows = new ArrayList<>();
        for (ModelSummary.Row row : model.rows()) {
            rows.add(List.of("\u00a0".repeat(4 * row.depth()) + (row.depth() == 0 ? "(model)" : row.name()), row.type(),
                    row.output() == null ? "–" : row.output().toString(), integer(row.parameters())));
        }
        return section("Model", table(List.of("layer", "type", "output", "parameters"), rows, 3, -1)
                + "<p>" + integer(model.parameters()) + " parameters, " + integer(model.buffers())
                + " further numbers in buffers.</p>");
    }

    /** Adds the curves of the loss and of every metric, and what each epoch was like. */
    public HtmlReport history(History history) {
        SequencedSet<String> names = new LinkedHashSet<>();
        history.epochs().forEach(epoch -> {
            names.addAll(epoch.training().keySet());
            names.addAll(epoch.validation().keySet());
        });
        List<String> header = new ArrayList<>(List.of("epoch", "steps"));
        names.forEach(name -> header.add(name));
        names.forEach(name -> header.add("val " + name));
        header.addAll(List.of("lr", "largest gradient", "ms a step", "p90", "seconds", "peak MiB"));
        List<List<String>> rows = new ArrayList<>();
        int best = -1;
        for (EpochRecord epoch : history.epochs()) {
            best = epoch.epoch() == history.bestEpoch() ? rows.size() : best;
            List<String> row = new ArrayList<>(List.of(integer(epoch.epoch()), integer(epoch.steps())));
            names.forEach(name -> row.add(number(epoch.training().get(name))));
            names.forEach(name -> row.add(number(epoch.validation().get(name))));
            row.addAll(List.of(number(epoch.lr()), number(epoch.gradNorm()), number(1e3 * epoch.medianSeconds()),
                    number(1e3 * epoch.p90Seconds()), number(epoch.seconds()), number(epoch.peakBytes() / MEBIBYTE)));
            rows.add(row);
        }
        var content = new StringBuilder();
        names.forEach(name -> content.append(image(name, Plots.learningCurve(history, name))));
        return section("Training", content.append(table(header, rows, 0, best)).toString());
    }

    /**
     * Adds numbers of an evaluation.
     *
     * @param of what was evaluated, such as test
     */
    public HtmlReport metrics(String of, Map<String, Double> values) {
        SequencedMap<String, String> texts = new LinkedHashMap<>();
        values.forEach((name, value) -> texts.put(name, number(value)));
        return section("Evaluation: " + of, pairs(texts));
    }

    /** Adds a picture, as a PNG file's bytes. */
    public HtmlReport picture(String caption, byte[] png) {
        return section(caption, image(caption, png));
    }

    /** Adds a paragraph. */
    public HtmlReport text(String heading, String paragraph) {
        return section(heading, "<p>" + escaped(paragraph) + "</p>");
    }

    private HtmlReport section(String heading, String content) {
        body.append("<h2>").append(escaped(heading)).append("</h2>\n").append(content).append('\n');
        return this;
    }

    /**
     * Writes the page, beside its place first, with what machine it was made on at its end.
     *
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        SequencedMap<String, Object> environment = new LinkedHashMap<>();
        environment.put("written", LocalDateTime.now().format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm")));
        environment.put("Java", Runtime.version());
        environment.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("os.arch"));
        environment.put("processors", Runtime.getRuntime().availableProcessors());
        String page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" + escaped(title)
                + "</title>\n<style>\n" + STYLE + "</style>\n</head>\n<body>\n<h1>" + escaped(title) + "</h1>\n" + body
                + "<h2>Environment</h2>\n" + pairs(environment) + "\n</body>\n</html>\n";
        WholeFile.write(file, page.getBytes(StandardCharsets.UTF_8));
    }

    private static String pairs(Map<String, ?> pairs) {
        List<List<String>> rows = new ArrayList<>();
        pairs.forEach((name, value) -> rows.add(List.of(name, String.valueOf(value))));
        return table(List.of(), rows, Integer.MAX_VALUE, -1);
    }

    /**
     * Returns a table.
     *
     * @param numbers from which column on cells are numbers
     * @param marked  the row that stands out, or -1
     */
    private static String table(List<String> header, List<List<String>> rows, int numbers, int marked) {
        var html = new StringBuilder("<div class=\"wide\"><table>\n");
        if (!header.isEmpty()) {
            row(html, "th", header, numbers, false);
        }
        for (int i = 0; i < rows.size(); i++) {
            row(html, "td", rows.get(i), numbers, i == marked);
        }
        return html.append("</table></div>").toString();
    }

    private static void row(StringBuilder html, String cell, List<String> texts, int numbers, boolean marked) {
        html.append(marked ? "<tr class=\"best\">" : "<tr>");
        for (int i = 0; i < texts.size(); i++) {
            html.append('<').append(cell).append(i >= numbers ? " class=\"n\">" : ">").append(escaped(texts.get(i)))
                    .append("</").append(cell).append('>');
        }
        html.append("</tr>\n");
    }

    private static String image(String caption, byte[] png) {
        return "<p><img alt=\"" + escaped(caption) + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(png) + "\"></p>\n";
    }

    private static String integer(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Returns a number with as many digits as one wants to compare. */
    private static String number(Double value) {
        if (value == null) {
            return "–";
        }
        double size = Math.abs(value);
        return value == 0 ? "0"
                : String.format(Locale.ROOT, size >= 1e5 || size < 1e-2 ? "%.3e" : size < 10 ? "%.4f" : "%.1f",
                        value);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'",
                "&#39;");
    }
}
