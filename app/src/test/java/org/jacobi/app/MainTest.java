package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"--help", "train --help", "train gpt --help", "generate --help", "evaluate -h", "info --help",
                "run --help", "shell --help"})
    void helpsEverywhere(String args) {
        JacobiRun run = JacobiRun.of(args.split(" "));
        assertEquals(0, run.exitCode());
        assertEquals("", run.err());
        assertTrue(run.out().startsWith("Usage: jacobi"), run.out());
        assertTrue(run.out().contains("Exit codes:"), run.out());
    }

    @Test
    void tellsItsVersion() {
        JacobiRun run = JacobiRun.of("--version");
        assertEquals(0, run.exitCode());
        assertTrue(run.out().startsWith("jacobi "), run.out());
    }

    @Test
    void infoSaysWhatRuns() {
        JacobiRun run = JacobiRun.of("info");
        assertEquals(0, run.exitCode(), run.err());
        for (String name : List.of("version", "jdk", "cpu", "threads", "backend", "gemm", "openblas", "cuda", "memory",
                "heap",
                "off-heap")) {
            assertTrue(run.out().lines().anyMatch(line -> line.startsWith(name + " ") && line.length() > 10),
                    run.out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory: expected plain, report or guarded", "memory.limit: expected a number of bytes",
        "threads: expected a whole number of 1 or more", "blas: expected openblas or none",
        "simd: expected auto or none"})
    void aWrongPropertyIsToldBeforeAnythingRuns(String row) {
        String[] parts = row.split(":");
        String property = "jacobi." + parts[0];
        String before = System.getProperty(property);
        System.setProperty(property, "nonsense");
        try {
            JacobiRun run = JacobiRun.of("info");
            assertEquals(2, run.exitCode(), run.err());
            assertEquals("", run.out());
            assertEquals(1, run.err().lines().count(), run.err());
            assertTrue(run.err().startsWith("jacobi: -D" + property + "=nonsense:" + parts[1]), run.err());
        } finally {
            if (before == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, before);
            }
        }
    }

    @Test
    void debugShowsWhereAFailureComesFrom() {
        JacobiRun run = JacobiRun.of("generate", "--model", "nowhere", "--debug");
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("\tat org.jacobi.app.SavedModel.requireFolder"), run.err());
    }
}
