package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, with this one's class path and modules, and otherwise default settings. */
final class ChildJvm {
    /** How long a child may take before it is taken for hung. */
    private static final long PATIENCE_SECONDS = 240;

    /** What a child that has ended left. */
    record Result(int exitCode, String out, String err) {
        /** Checks that the child ended well. */
        Result succeeded() {
            assertEquals(0, exitCode, () -> "standard output:\n" + out + "\nstandard error:\n" + err);
            return this;
        }
    }

    private final Process process;
    private final Path out;
    private final Path err;

    private ChildJvm(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts a main class, or the program in a source file. */
    static ChildJvm start(List<String> flags, String main, String... arguments) throws IOException {
        List<String> more = new ArrayList<>(flags);
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
            more.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        return startBare(more, main, arguments);
    }

    /** Starts a main class without the Vector API. */
    static ChildJvm startBare(List<String> flags, String main, String... arguments) throws IOException {
        List<String> options =
                new ArrayList<>(List.of("-Djava.awt.headless=true", "--enable-native-access=ALL-UNNAMED"));
        options.addAll(flags);
        options.addAll(List.of("-cp", classPath()));
        return startExactly(options, main, arguments);
    }

    /** Starts a main class, or a jar or module, with these options only, the class path among them. */
    static ChildJvm startExactly(List<String> options, String main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(java().toString()));
        command.addAll(options);
        command.add(main);
        command.addAll(List.of(arguments));
        // Files, not pipes: nobody has to read along.
        Path out = Files.createTempFile("jacobi-test", ".out");
        Path err = Files.createTempFile("jacobi-test", ".err");
        return new ChildJvm(
                new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile()).start(), out,
                err);
    }

    /** Returns this JVM's class path. */
    static String classPath() {
        return System.getProperty("java.class.path");
    }

    /** Runs a main class to its end. */
    static Result run(List<String> flags, String main, String... arguments) throws IOException, InterruptedException {
        return start(flags, main, arguments).result();
    }

    private static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    Process process() {
        return process;
    }

    /** Waits for the end. */
    Result result() throws IOException, InterruptedException {
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly().waitFor();
        }
        Result result = new Result(process.exitValue(), Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
        Files.delete(out);
        Files.delete(err);
        if (!ended) {
            throw new AssertionError("the child JVM did not end within " + PATIENCE_SECONDS + " s: " + result);
        }
        return result;
    }
}
