package org.jacobi.tests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Compilers of the system, and the files that they have made already. */
final class Tools {
    private static final Map<String, String> VERSIONS = new ConcurrentHashMap<>();

    private Tools() {
    }

    /** Returns what a tool says of itself, or null if there is none. */
    static String version(String tool) {
        String version = VERSIONS.computeIfAbsent(tool, name -> {
            try {
                Process process = new ProcessBuilder(name, "--version").redirectErrorStream(true).start();
                String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                return process.waitFor() == 0 ? text : "";
            } catch (IOException _) {
                return "";
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        return version.isEmpty() ? null : version;
    }

    /** Runs a command; throws what it wrote unless it succeeds. */
    static void run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", command) + " failed:\n" + text);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Returns where the result of a command is kept, whether it is there or not: below target, by a hash of the command, the
     * version of its tool and the files that it reads. The folder is there.
     */
    static Path cached(String folder, String name, String ending, List<String> command, List<Path> sources) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update((String.join("\n", command) + version(command.getFirst())).getBytes(StandardCharsets.UTF_8));
            for (Path source : sources) {
                digest.update(Files.readAllBytes(source));
            }
            String hash = HexFormat.of().formatHex(digest.digest(), 0, 8);
            Path target = Files.createDirectories(Project.root().resolve("tests/target").resolve(folder));
            return target.resolve(name + "-" + hash + ending);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns the files of a folder with an ending, in order. */
    static List<Path> list(Path folder, String ending) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
