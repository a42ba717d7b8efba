package org.jacobi.natives.cuda;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/**
 * Machine code on the disk, so that a kernel is compiled once a machine: in {@code $XDG_CACHE_HOME/jacobi/cuda}, which is
 * {@code ~/.cache/jacobi/cuda} where that is not set.
 *
 * <p>A file begins with the SHA-256 of the code that follows, so that a damaged one is seen and made anew. It is written
 * beside its place and moved there: processes that start together do not disturb each other. Where nothing can be
 * written, every process compiles for itself.
 */
final class CubinCache {
    private static final int HASH_BYTES = 32;

    private final Path folder;

    CubinCache(Path folder) {
        this.folder = folder;
    }

    /** Returns the folder that this machine's user has for it. */
    static Path userFolder() {
        String caches = System.getenv("XDG_CACHE_HOME");
        Path base = caches == null || caches.isEmpty()
                ? Path.of(System.getProperty("user.home", "."), ".cache")
                : Path.of(caches);
        return base.resolve("jacobi").resolve("cuda");
    }

    /**
     * Returns the machine code for a key, from the disk or newly made.
     *
     * @param name how the file's name begins
     * @param key  everything that the code depends on
     */
    byte[] get(String name, List<String> key, Supplier<byte[]> compile) {
        Path file = folder.resolve(name + "-" + HexFormat.of().formatHex(hash(key), 0, 16) + ".cubin");
        byte[] code = read(file);
        if (code == null) {
            code = compile.get();
            write(file, code);
        }
        return code;
    }

    /** The code of a file, or null if there is none or it is damaged. */
    private static byte[] read(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            byte[] code = Arrays.copyOfRange(content, Math.min(HASH_BYTES, content.length), content.length);
            return code.length > 0
                    && Arrays.equals(content, 0, HASH_BYTES, sha256().digest(code), 0, HASH_BYTES) ? code : null;
        } catch (IOException _) {
            return null;
        }
    }

    private void write(Path file, byte[] code) {
        Path beside = null;
        try {
            Files.createDirectories(folder);
            beside = Files.createTempFile(folder, "new", ".tmp");
            byte[] content = Arrays.copyOf(sha256().digest(code), HASH_BYTES + code.length);
            System.arraycopy(code, 0, content, HASH_BYTES, code.length);
            Files.write(beside, content);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException _) {
            // the code is there, and only the next process has to make it again
            delete(beside);
        }
    }

    private static void delete(Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException _) {
            // nothing more can be done about it
        }
    }

    /** The hash of texts, each with its length, so that no two lists run into the same bytes. */
    private static byte[] hash(List<String> key) {
        MessageDigest digest = sha256();
        for (String part : key) {
            byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
            digest.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
            digest.update(bytes);
        }
        return digest.digest();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
