package org.jacobi.layers;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Assumptions;

/** Finds the data sets that may lie beside the project; tests that need a missing one are skipped and counted. */
public final class SharedData {
    private SharedData() {
    }

    /** Returns a file under ../shared/data, seen from the project's root, or skips the test. */
    public static Path file(String name) {
        Path root = Path.of(System.getProperty("jacobi.root", "..")).toAbsolutePath().normalize();
        Path file = root.resolveSibling("shared").resolve("data").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return file;
    }
}
