package org.jacobi.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

import org.jacobi.layers.data.DataException;

/** Reads texts, strictly: what is not UTF-8 is refused, not guessed. */
final class TextFiles {
    private static final String CORPUS = "corpus.txt";

    private TextFiles() {
    }

    /**
     * Returns the texts of files that {@code --text} names, one after the other; of no file, the corpus that is packed into the jar.
     *
     * @throws CommandFailure if a file is missing, unreadable, empty or not UTF-8
     */
    static String read(List<Path> files) {
        if (files.isEmpty()) {
            return corpus();
        }
        StringBuilder text = new StringBuilder();
        for (Path file : files) {
            try {
                text.append(read(file));
            } catch (DataException e) {
                throw CommandFailure.usage("--text " + e.getMessage(), e);
            }
        }
        return text.toString();
    }

    private static String corpus() {
        try (InputStream in = TextFiles.class.getResourceAsStream(CORPUS)) {
            if (in == null) {
                throw CommandFailure.failed("the default corpus, " + CORPUS + ", is missing: this is not a jar that the"
                        + " project's build made; give a text with --text", null);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Returns the text of a file.
     *
     * @throws DataException if it is missing, unreadable, empty or not UTF-8
     */
    static String read(Path file) {
        byte[] bytes;
        try {
            if (Files.isDirectory(file)) {
                throw new DataException(file + ": is a folder, expected a text file");
            }
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new DataException(file + ": there is no such file", e);
        } catch (AccessDeniedException e) {
            throw new DataException(file + ": reading is not permitted", e);
        } catch (IOException e) {
            throw new DataException(file + ": cannot be read: " + e.getMessage(), e);
        } catch (OutOfMemoryError e) {
            throw new DataException(file + ": does not fit into memory; give a smaller file or a larger heap"
                    + " (JACOBI_JAVA_OPTS=-Xmx...)", e);
        }
        if (bytes.length == 0) {
            throw new DataException(file + ": the file is empty");
        }
        return decode(file, bytes);
    }

    private static String decode(Path file, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length); // a character takes at least a byte
        CoderResult result = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (result.isError()) {
            String found = HexFormat.of().withUpperCase().toHexDigits(bytes[in.position()]);
            throw new DataException(file + ": is not UTF-8 text: byte 0x" + found + " at position "
                    + in.position() + "; convert it, for example with iconv -f LATIN1 -t UTF-8");
        }
        return out.flip().toString();
    }

    /** Returns the SHA-256 of a text's UTF-8 bytes, in hexadecimal digits. */
    static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
