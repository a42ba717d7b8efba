package org.jacobi.natives.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Libraries that stand in for NVIDIA's, built from native/src/test/cuda where there is a C compiler. */
final class FakeLibraries {
    private FakeLibraries() {
    }

    /** Compiles a source into a shared library that calls itself by a name. */
    static Path build(String source, Path library, String name) throws IOException {
        Path file = Path.of(System.getProperty("jacobi.root"), "native/src/test/cuda", source);
        Process compiler;
        try {
            compiler = new ProcessBuilder(List.of("gcc", "-shared", "-fPIC", "-O1", "-Wl,-soname," + name, "-o",
                    library.toString(), file.toString(), "-lm")).redirectErrorStream(true).start();
        } catch (IOException _) {
            assumeTrue(false, "no gcc, so that no library can stand in for NVIDIA's");
            return library;
        }
        String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertEquals(0, compiler.waitFor(), output);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while gcc ran", e);
        }
        assertEquals(true, Files.exists(library));
        return library;
    }
}
