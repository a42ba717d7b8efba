package org.jacobi.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jacobi.bench.Report.Figures;
import org.jacobi.bench.Report.Row;
import org.jacobi.bench.Report.SizeSummary;
import org.jacobi.bench.Statistics.Ratio;

/** A report as files: one to read, one for programs. */
final class ReportFiles {
    private static final JsonMapper JSON = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ReportFiles() {
    }

    /**
     * Writes a report as {@code <date>.json} and {@code <date>.md}, or with -2, -3 and so on behind the date where a
     * report of that day is there already. Both are written beside and then moved.
     *
     * @return the file to read
     */
    static Path write(Report report, Path folder) throws IOException {
        Files.createDirectories(folder);
        String name = report.date();
        for (int i = 2; Files.exists(folder.resolve(name + ".md")) || Files.exists(folder.resolve(name + ".json"));
                i++) {
            name = report.date() + "-" + i;
        }
        Path json = Files.createTempFile(folder, name, ".tmp");
        Path markdown = Files.createTempFile(folder, name, ".tmp");
        try {
            Files.writeString(json, JSON.writeValueAsString(report) + "\n");
            Files.writeString(markdown, markdown(report));
            Files.move(json, folder.resolve(name + ".json"), StandardCopyOption.ATOMIC_MOVE);
            return Files.move(markdown, folder.resolve(name + ".md"), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(json);
            Files.deleteIfExists(markdown);
        }
    }

    /** Returns the report as Markdown. */
    static String markdown(Report report) {
        List<String> lines = new ArrayList<>();
        lines.add("# Benchmarks, " + report.date());
        lines.add("");
        lines.add("How this is measured, and how to read it: [docs/benchmarks.md](../../docs/benchmarks.md).");
        lines.add("Forks a side and case: " + report.forks() + ".");
        report.rows().stream().map(Row::group).distinct().forEach(group -> {
            lines.add("");
            lines.add("## " + group);
            lines.add("");
            lines.addAll(table(report, group));
        });
        lines.addAll(bySize(report));
        describe(lines, "Machine", report.machine());
        if (report.peer() != null) {
            describe(lines, "Peer", report.peer());
        }
        describe(lines, "Environment variables that native libraries heed", report.environment());
        lines.add("");
        lines.add("JVM flags of every fork: `" + String.join(" ", report.jvmFlags()) + "`");
        return String.join("\n", lines) + "\n";
    }

    private static void describe(List<String> lines, String title, Map<String, String> entries) {
        lines.add("");
        lines.add("## " + title);
        lines.add("");
        if (entries.isEmpty()) {
            lines.add("None.");
        }
        entries.forEach((name, value) -> lines.add("- " + name + ": " + value));
    }

    /** Returns the table of a group's rows, without the columns that are empty in all of them. */
    static List<String> table(Report report, String group) {
        List<Row> rows = report.rows().stream().filter(row -> row.group().equals(group)).toList();
        boolean withPeer = report.peer() != null;
        boolean withNoise = rows.stream().anyMatch(row -> row.noise() != null);
        List<List<String>> cells = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("case", "ours", "min-max of forks", "rate", "heap B/run"));
        if (withPeer) {
            head.addAll(List.of("peer", "min-max of forks", "rate", "ours/peer", "95%"));
        }
        if (withNoise) {
            head.addAll(List.of("peer/peer", "95%"));
        }
        cells.add(head);
        for (Row row : rows) {
            List<String> line = new ArrayList<>(List.of(row.name()));
            line.addAll(figures(row, row.ours()));
            line.add(String.format(Locale.ROOT, "%.0f", row.ours().heapBytesPerRun()));
            if (withPeer) {
                line.addAll(row.peer() == null
                        ? List.of(row.whyNoPeer(), "", "")
                        : figures(row, row.peer()));
                line.addAll(ratio(row.ratio()));
            }
            if (withNoise) {
                line.addAll(ratio(row.noise() == null ? null : row.noise().ratio()));
            }
            cells.add(line);
        }
        List<String> lines = new ArrayList<>(cells.stream().map(ReportFiles::joined).toList());
        lines.add(1, "|---|" + "---:|".repeat(head.size() - 1));
        return lines;
    }

    /** Returns what the cases of {@link SizeTable} say together; nothing where none of them ran beside the peer. */
    static List<String> bySize(Report report) {
        List<String> lines = new ArrayList<>();
        for (SizeSummary size : report.sizes()) {
            lines.add("");
            lines.add(String.format(Locale.ROOT,
                    "%d ops on %,d elements: ours/peer is %.3f in the geometric mean; the largest"
                            + " is %.3f, of %s.",
                    size.cases(), size.elements(), size.ratio(), size.worstRatio(), size.worst()));
            if (size.callShare() != null && size.elements() == SizeTable.SIZES.getFirst()) {
                lines.add(String.format(Locale.ROOT,
                        "A call that only makes another handle takes %.0f%% of the peer's time"
                                + " for such an op (median): the way through JNI, and the object made and freed.",
                        100 * size.callShare()));
            }
        }
        return lines;
    }

    private static String joined(List<String> cells) {
        return cells.stream().collect(Collectors.joining(" | ", "| ", " |"));
    }

    private static List<String> figures(Row row, Figures figures) {
        return List.of(time(figures.medianSeconds()), time(figures.least()) + " - " + time(figures.most()),
                rate(row, figures.medianSeconds()));
    }

    private static List<String> ratio(Ratio ratio) {
        return ratio == null ? List.of("", "") : List.of(number(ratio.value()), interval(ratio));
    }

    private static String interval(Ratio ratio) {
        return number(ratio.low()) + " - " + number(ratio.high());
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** Returns a case's ratio in a line. */
    static String inWords(Ratio ratio) {
        return number(ratio.value()) + " (95%: " + interval(ratio) + ")";
    }

    /** Returns a time with three or more digits, in the unit that fits. */
    static String time(double seconds) {
        return seconds < 1e-3 ? String.format(Locale.ROOT, "%.2f µs", seconds * 1e6)
                : String.format(Locale.ROOT, "%.3f ms", seconds * 1e3);
    }

    private static String rate(Row row, double seconds) {
        return row.flop() > 0 ? String.format(Locale.ROOT, "%.1f GF/s", row.flop() / seconds / 1e9)
                : row.bytes() > 0 ? String.format(Locale.ROOT, "%.1f GB/s", row.bytes() / seconds / 1e9) : "";
    }
}
