package org.jacobi.tensor.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What the system says of a file it cannot read or write, made fit for a line that the user sees. */
public final class FileErrors {
    private FileErrors() {
    }

    /** Returns the exception, or one that names the file, which that of a full disk does not. */
    public static IOException naming(Path file, IOException e) {
        if (e instanceof FileSystemException || e instanceof SafetensorsException) {
            return e;
        }
        IOException named = new FileSystemException(file.toString(), null, e.getMessage());
        named.initCause(e);
        return named;
    }

    /** Returns which file it is and what is the matter with it. */
    public static String describe(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> missing.getFile() + ": there is no such file or folder";
            case AccessDeniedException denied -> denied.getFile() + ": is not permitted";
            default -> e.getMessage();
        };
    }
}
