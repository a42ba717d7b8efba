package org.jacobi.tensor.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that are there as a whole, or as they were before. */
public final class WholeFile {
    private WholeFile() {
    }

    /**
     * Writes a file beside its place and moves it there.
     *
     * @throws IOException that names the file; what was there before is still there
     */
    public static void write(Path file, byte[] content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".tmp");
        try {
            Files.write(unfinished, content);
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw FileErrors.naming(file, e);
        }
    }
}
