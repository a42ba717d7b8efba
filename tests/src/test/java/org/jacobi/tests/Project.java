package org.jacobi.tests;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the project lies. */
final class Project {
    private Project() {
    }

    /** Returns the project's root folder: the build tells it, elsewhere it is looked for upwards. */
    static Path root() {
        String told = System.getProperty("jacobi.root");
        if (told != null) {
            return Path.of(told);
        }
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("jacobi")) && Files.exists(folder.resolve("pom.xml"))) {
                return folder;
            }
        }
        throw new IllegalStateException("no folder above " + Path.of("").toAbsolutePath()
                + " is the project's root; run the tests with -Djacobi.root=DIR");
    }
}
