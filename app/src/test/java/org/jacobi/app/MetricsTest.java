package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsTest {
    private static final String HEADER = "step,train_loss,val_loss,lr,grad_norm,tokens_per_s,elapsed_s\n";
    private static final String LINES =
            "0,,4.5,,,,0.100\n1,4.25,,1.0E-4,0.5,1000,0.200\n2,4.125,4.0,2.0E-4,0.25,1000,0.300\n";

    @TempDir
    Path folder;

    @Test
    void writesALineAStep() throws IOException {
        try (Metrics metrics = Metrics.open(folder)) {
            metrics.rewindTo(0);
            metrics.add(new Metrics.Row(0, Double.NaN, 4.5, Double.NaN, Double.NaN, Double.NaN, 0.1));
            metrics.add(new Metrics.Row(1, 4.25, Double.NaN, 1e-4, 0.5, 1000, 0.2));
            metrics.add(new Metrics.Row(2, 4.125, 4, 2e-4, 0.25, 1000, 0.3));
        }
        assertEquals(HEADER + LINES, text());
    }

    @Test
    void rewindsToAStep() throws IOException {
        Files.writeString(folder.resolve(Metrics.FILE), HEADER + LINES);
        try (Metrics metrics = Metrics.open(folder)) {
            metrics.rewindTo(1);
            assertEquals(List.of(0, 1), metrics.rows().stream().map(Metrics.Row::step).toList());
            assertEquals(4.25, metrics.rows().get(1).trainLoss());
            metrics.add(new Metrics.Row(2, 4.125, 4, 2e-4, 0.25, 1000, 0.3));
        }
        assertEquals(HEADER + LINES, text());
    }

    @Test
    void dropsALineThatIsNotWhole() throws IOException {
        for (String torn : List.of("3,4.1,,3.0E-4,0.1,10", "3,4.1", "x\n", "3,4.1,,\n")) {
            Files.writeString(folder.resolve(Metrics.FILE), HEADER + LINES + torn);
            try (Metrics metrics = Metrics.open(folder)) {
                metrics.rewindTo(9);
            }
            assertEquals(HEADER + LINES, text());
        }
    }

    @Test
    void beginsAnewWithoutItsHeader() throws IOException {
        Files.writeString(folder.resolve(Metrics.FILE), "step,tra");
        try (Metrics metrics = Metrics.open(folder)) {
            metrics.rewindTo(9);
        }
        assertEquals(HEADER, text());
    }

    private String text() throws IOException {
        return Files.readString(folder.resolve(Metrics.FILE));
    }
}
