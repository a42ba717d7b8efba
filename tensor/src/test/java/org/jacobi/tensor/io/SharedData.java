package org.jacobi.tensor.io;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Assumptions;

/** Finds the data sets that may lie beside the project; tests that need a missing one are skipped and counted. */
final class SharedData {
    private SharedData() {
    }

    /** Returns a file under ../shared/data, seen from the project's root, or skips the test. */
    static Path file(String name) {
        Path file = root().resolveSibling("shared").resolve("data").resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return file;
    }

    private static Path root() {
        String given = System.getProperty("jacobi.root");
        if (given != null) {
            return Path.of(given).toAbsolutePath().normalize();
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.exists(folder.resolve("jacobi"))) {
            folder = folder.getParent();
        }
        Assumptions.assumeTrue(folder != null, "skipped: the project's root was not found; set -Djacobi.root");
        return folder;
    }
}
