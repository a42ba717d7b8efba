package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundleTest {
    @TempDir
    private Path root;

    private void jar(String name, String... entries) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String entry : entries) {
                out.putNextEntry(new ZipEntry(entry));
                out.write(entry.getBytes());
                out.closeEntry();
            }
        }
    }

    @Test
    void whatIsNotBuiltIsNamed() {
        String message = assertThrows(IOException.class,
                () -> new Bundle(root, false, _ -> {
                }).make(root.resolve("out"))).getMessage();
        assertEquals("not built: there is no " + root.resolve("app/target"), message);
    }

    @Test
    void onlyWhatIsNeededIsPacked() throws IOException {
        jar("app/target/jacobi-app-0.1.0.jar", "org/jacobi/app/Main.class");
        jar("app/target/lib/xchart-4.0.3.jar", "org/knowm/A.class");
        jar("app/target/lib/cuda-13.1-9.19-1.5.13.jar", "org/bytedeco/cuda/A.class");
        jar("app/target/lib/openblas-0.3.31-1.5.13-linux-x86_64.jar",
                "org/bytedeco/openblas/linux-x86_64/libopenblas.so.0",
                "org/bytedeco/openblas/linux-x86_64/libjniopenblas.so",
                "org/bytedeco/openblas/linux-x86_64/libjniopenblas_full.so",
                "org/bytedeco/openblas/linux-x86_64/libjniopenblas_nolapack.so",
                "org/bytedeco/openblas/linux-x86_64/include/lapacke.h", "META-INF/MANIFEST.MF");
        Path lib = Files.createDirectories(root.resolve("lib"));
        new Bundle(root, false, _ -> {
        }).libraries(lib);
        assertEquals(List.of("jacobi-app-0.1.0.jar", "openblas-0.3.31-1.5.13-linux-x86_64.jar"),
                Bundle.jars(lib).stream().map(file -> file.getFileName().toString()).toList());
        try (ZipFile packed = new ZipFile(lib.resolve("openblas-0.3.31-1.5.13-linux-x86_64.jar").toFile())) {
            var names = new TreeSet<String>();
            packed.stream().forEach(entry -> names.add(entry.getName()));
            assertEquals(
                    List.of("META-INF/MANIFEST.MF", "org/bytedeco/openblas/linux-x86_64/libjniopenblas_nolapack.so",
                            "org/bytedeco/openblas/linux-x86_64/libopenblas.so.0"),
                    List.copyOf(names));
            assertFalse(packed.stream().anyMatch(entry -> entry.getMethod() != ZipEntry.STORED),
                    "what is not compressed packs better");
        }
    }
}
