package org.jacobi.onnx;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Assumptions;

/** Finds the project, and the data sets that may lie beside it; tests that need a missing one are skipped and counted. */
final class SharedData {
    private SharedData() {
    }

    /** Returns the project's root folder, which the build names. */
    static Path root() {
        return Path.of(System.getProperty("jacobi.root", "..")).toAbsolutePath().normalize();
    }

    /** Returns a file under ../shared/data, seen from the project's root, or skips the test. */
    static Path file(String name) {
        Path file = root().resolveSibling("shared").resolve("data").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return file;
    }
}
