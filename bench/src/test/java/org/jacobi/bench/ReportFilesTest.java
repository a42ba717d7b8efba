package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.jacobi.bench.Forks.Fork;
import org.jacobi.bench.Report.Figures;
import org.jacobi.bench.Report.Noise;
import org.jacobi.bench.Report.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportFilesTest {
    private static final Figures OURS = figures(2e-3, 1e-3, 3e-3);
    private static final Figures THEIRS = figures(4e-3, 4e-3, 4e-3);
    private static final Case MATMUL = Case.named("matmul-512x512x512");

    @TempDir
    private Path folder;

    private static Figures figures(double... seconds) {
        return Figures.of(Stream.of(seconds[0], seconds[1], seconds[2]).map(time -> new Fork(time, 120)).toList());
    }

    private static Report report(Map<String, String> peer, Row... rows) {
        return new Report("2025-01-31", Map.of("processor", "one"), peer, List.of("-XX:+UseSerialGC"),
                Map.of("OMP_NUM_THREADS", "2"), 3, List.of(rows));
    }

    @Test
    void withoutAPeerOnlyOurFiguresAreThere() {
        String text = ReportFiles.markdown(report(null, Row.of(MATMUL, OURS, (String) null)));
        // 2 x 512^3 operations in 2 ms
        assertTrue(text.contains("| matmul-512x512x512 | 2.000 ms | 1.000 ms - 3.000 ms | 134.2 GF/s | 120 |\n"), text);
        assertFalse(text.contains("peer"), text);
        assertTrue(text.contains("- processor: one\n") && text.contains("- OMP_NUM_THREADS: 2\n"), text);
    }

    @Test
    void ratiosAreOursByThePeers() {
        Row row = Row.of(MATMUL, OURS, THEIRS, Noise.of(THEIRS, OURS), 1e-6);
        List<String> lines = ReportFiles.table(report(Map.of("PyTorch", "2"), row), "ops");
        assertEquals(3, lines.size());
        assertEquals("| matmul-512x512x512 | 2.000 ms | 1.000 ms - 3.000 ms | 134.2 GF/s | 120"
                + " | 4.000 ms | 4.000 ms - 4.000 ms | 67.1 GF/s | 0.500 | 0.250 - 0.750 | 2.000 | 1.333 - 4.000 |",
                lines.getLast());
        for (String line : lines) {
            assertEquals(lines.getFirst().chars().filter(c -> c == '|').count(),
                    line.chars().filter(c -> c == '|').count(), line);
        }
    }

    @Test
    void aCaseWithoutATwinSaysWhy() {
        List<String> lines = ReportFiles.table(
                report(Map.of("PyTorch", "2"), Row.of(MATMUL, OURS, "no such op there")), "ops");
        assertTrue(lines.getLast().contains("| no such op there |"), lines.getLast());
        assertEquals(lines.getFirst().chars().filter(c -> c == '|').count(),
                lines.getLast().chars().filter(c -> c == '|').count());
    }

    @Test
    void opsOfOneSizeAreSummedUp() throws IOException {
        Figures call = figures(1e-3, 1e-3, 1e-3);
        Report report = report(Map.of("PyTorch", "2"), Row.of(Case.named("alias-64"), call, call, null, 0),
                Row.of(Case.named("exp-64"), OURS, THEIRS, null, 0),
                Row.of(Case.named("add-64"), figures(8e-3, 8e-3, 8e-3), THEIRS, null, 0),
                Row.of(MATMUL, OURS, THEIRS, null, 0));
        // Half and twice the time; the call is no op, and the product no case of the table.
        assertEquals(List.of("",
                "2 ops on 64 elements: ours/peer is 1.000 in the geometric mean; the largest is 2.000, of add-64.",
                "A call that only makes another handle takes 25% of the peer's time for such an op (median): the way through"
                        + " JNI, and the object made and freed."),
                ReportFiles.bySize(report));
        ReportFiles.write(report, folder);
        assertEquals(2,
                new JsonMapper().readTree(folder.resolve("2025-01-31.json").toFile()).at("/sizes/0/cases").asInt());
    }

    @Test
    void aSecondReportOfADayLeavesTheFirst() throws IOException {
        Report report = report(null, Row.of(MATMUL, OURS, (String) null));
        Path results = folder.resolve("results");
        assertEquals(results.resolve("2025-01-31.md"), ReportFiles.write(report, results));
        assertEquals(results.resolve("2025-01-31-2.md"), ReportFiles.write(report, results));
        Files.delete(results.resolve("2025-01-31-2.md"));
        assertEquals(results.resolve("2025-01-31-3.md"), ReportFiles.write(report, results), "-2.json is still there");
        try (var files = Files.list(results)) {
            assertEquals(List.of("2025-01-31-2.json", "2025-01-31-3.json", "2025-01-31-3.md", "2025-01-31.json",
                    "2025-01-31.md"), files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    @Test
    void jsonHoldsEveryFork() throws IOException {
        ReportFiles.write(report(Map.of("PyTorch", "2"), Row.of(MATMUL, OURS, THEIRS, null, 1e-6)), folder);
        JsonNode row = new JsonMapper().readTree(folder.resolve("2025-01-31.json").toFile()).at("/rows/0");
        assertEquals("matmul-512x512x512", row.at("/name").asText());
        assertEquals(3, row.at("/ours/forkMedians").size());
        assertEquals(0.002, row.at("/ours/medianSeconds").asDouble());
        assertEquals(0.5, row.at("/ratio/value").asDouble());
        assertFalse(row.has("noise"), row::toString);
    }

    @Test
    void timesKeepTheirDigits() {
        assertEquals("12.35 \u00b5s", ReportFiles.time(12.346e-6));
        assertEquals("999.00 \u00b5s", ReportFiles.time(999e-6));
        assertEquals("1.000 ms", ReportFiles.time(1e-3));
    }
}
