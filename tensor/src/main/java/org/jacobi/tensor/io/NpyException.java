package org.jacobi.tensor.io;

import java.io.IOException;
import java.nio.file.Path;

/** A .npy or .npz file that cannot be used; the message names the file, the array in it, what was found and what to do. */
public final class NpyException extends IOException {
    NpyException(Path file, String member, String problem, Throwable cause) {
        super(file + ": " + (member == null ? "" : "member " + SafetensorsHeader.quote(member) + ": ") + problem,
                cause);
    }
}
