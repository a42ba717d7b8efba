package org.jacobi.onnx.graph;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

import org.jacobi.onnx.OnnxException;

/** Reads tensors that lie in files beside the model, and nowhere else. */
final class ExternalData {
    private final Path folder;

    /** @param folder null where there is no folder, as for a model that is no file */
    ExternalData(Path folder) {
        this.folder = folder;
    }

    /** Returns the bytes that the entries location, offset and length name. */
    ByteBuffer read(Map<String, String> entries) throws IOException {
        String location = entries.get("location");
        if (location == null || folder == null) {
            throw new OnnxException("its data is in another file, " + (location == null
                    ? "which is not named" : "'" + location + "', and there is no folder to look in"));
        }
        Path file = resolve(location);
        try (FileChannel channel = FileChannel.open(file)) {
            long offset = number(entries, "offset", 0);
            long length = number(entries, "length", channel.size() - offset);
            if (offset < 0 || length < 0 || offset > channel.size() || length > channel.size() - offset
                    || length > Integer.MAX_VALUE - 8) {
                throw new OnnxException("external data: " + length + " bytes from " + offset + " on do not lie in "
                        + file + ", which has " + channel.size() + ", or are more than 2 GB");
            }
            ByteBuffer bytes = ByteBuffer.allocate((int) length);
            for (long at = offset; bytes.hasRemaining();) {
                int read = channel.read(bytes, at);
                if (read < 0) {
                    throw new OnnxException("external data: " + file + " became shorter while it was read");
                }
                at += read;
            }
            return bytes.flip();
        }
    }

    /** Returns the file of a relative path, refusing what leads out of the folder, through a link too. */
    private Path resolve(String location) throws IOException {
        try {
            Path relative = Path.of(location);
            Path file = folder.resolve(relative).normalize();
            if (!relative.isAbsolute() && file.startsWith(folder.normalize())
                    && file.toRealPath().startsWith(folder.toRealPath())) {
                return file;
            }
        } catch (NoSuchFileException e) {
            throw new OnnxException("external data: there is no file '" + location + "' in the model's folder", e);
        } catch (InvalidPathException e) {
            throw new OnnxException("external data: '" + location + "' is not a path", e);
        }
        throw new OnnxException("external data: '" + location + "' leads out of the model's folder; it is not read");
    }

    private static long number(Map<String, String> entries, String name, long otherwise) {
        String text = entries.get(name);
        try {
            return text == null || text.isEmpty() ? otherwise : Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new OnnxException("external data: " + name + " '" + text + "' is not a number", e);
        }
    }
}
