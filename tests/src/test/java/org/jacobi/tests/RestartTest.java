package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.jacobi.app.Main;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command in a JVM that was started with none of the flags, as {@code java -jar} is, starts itself anew with them. */
class RestartTest {
    @TempDir
    private static Path temp;

    /** Starts the command with no flags but these. */
    private static ChildJvm start(List<String> options, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-cp", ChildJvm.classPath()));
        return ChildJvm.startExactly(all, Main.class.getName(), arguments);
    }

    private static String line(ChildJvm.Result result, String start) {
        return result.out().lines().filter(line -> line.startsWith(start)).findFirst()
                .orElseThrow(() -> new AssertionError(start + " is not told: " + result));
    }

    /** Returns what was said on standard error, less the JVM's word on the Vector API. */
    private static List<String> said(ChildJvm.Result result) {
        return result.err().lines().filter(line -> !line.startsWith("WARNING: Using incubator modules")).toList();
    }

    private static void assumeVectorApi() {
        Assumptions.assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
                "this JDK has no Vector API");
    }

    @Test
    void theFlagsAreAddedAndTheUsersOptionsKept() throws IOException, InterruptedException {
        assumeVectorApi();
        ChildJvm.Result info = start(List.of("-Xmx200m", "-XX:+UseParallelGC", "-Djacobi.threads=3"), "info").result()
                .succeeded();
        assertTrue(line(info, "backend ").contains("Vector API"), info::toString);
        assertEquals("threads   3", line(info, "threads "));
        assertTrue(line(info, "heap ").matches("heap      at most (1[0-9][0-9]|200) MiB"), info::toString);
        assertEquals(List.of(), said(info));
    }

    @Test
    void theJarNeedsNoFlags() throws IOException, InterruptedException {
        assumeVectorApi();
        Path jar = Project.root().resolve("app/target/jacobi-app-0.1.0.jar");
        Assumptions.assumeTrue(Files.exists(jar) && Files.isDirectory(jar.resolveSibling("lib")),
                "the jar is not built; mvn verify builds it");
        ChildJvm.Result info = ChildJvm.startExactly(List.of("-jar"), jar.toString(), "info").result().succeeded();
        assertTrue(line(info, "backend ").contains("Vector API"), info::toString);
        assertEquals("version   0.1.0", line(info, "version "));
        assertEquals(List.of(), said(info));
    }

    @Test
    void argumentsAndExitCodesPassThrough() throws IOException, InterruptedException {
        Assumptions.assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")),
                "this locale cannot pass arguments that are not ASCII");
        ChildJvm.Result result = start(List.of(), "generate", "--model", "no such \u03b1 folder").result();
        assertEquals(2, result.exitCode(), result::toString);
        assertEquals(
                List.of("jacobi: --model no such \u03b1 folder: there is no such folder; give a folder that jacobi "
                        + "train made"),
                said(result));
    }

    @Test
    void standardInputPassesThrough() throws IOException, InterruptedException {
        ChildJvm shell = start(List.of(), "shell");
        try (var in = shell.process().getOutputStream()) {
            in.write("1 + 41\n/exit 3\n".getBytes(StandardCharsets.US_ASCII));
        }
        ChildJvm.Result result = shell.result();
        assertEquals(3, result.exitCode(), result::toString);
        assertTrue(result.out().contains("42"), result::toString);
    }

    @Test
    void aJvmThatCannotHaveTheFlagsIsNotStartedForEver() throws IOException, InterruptedException {
        ChildJvm.Result info = start(List.of("-Djacobi.restarted=true"), "info").result().succeeded();
        assertTrue(line(info, "backend ").contains("--add-modules jdk.incubator.vector"), info::toString);
        assertEquals(1, said(info).stream().filter(line -> line.startsWith("jacobi:")).count(), info::toString);
    }

    /** The signal goes to the first JVM only, as from a script; a terminal sends it to both. */
    @ParameterizedTest
    @CsvSource({"INT,130", "TERM,143"})
    void aSignalEndsBothAndEverythingIsSaved(String signal, int exitCode) throws IOException, InterruptedException {
        Assumptions.assumeFalse(System.getProperty("os.name").startsWith("Windows"), "no signals on Windows");
        Path text = Files.writeString(temp.resolve("text.txt"), "the quick brown fox jumps\n".repeat(20));
        Path folder = temp.resolve(signal);
        ChildJvm child = start(List.of(), "train", "gpt", "--text", text.toString(), "--out", folder.toString(),
                "--steps", "1000000", "--set", "layers=1", "heads=2", "channels=8", "context=8", "batch=2",
                "evalInterval=1000000", "evalBatches=1");
        Path metrics = folder.resolve("metrics.csv");
        while (!Files.exists(metrics) || Files.size(metrics) < 2000) {
            assertTrue(child.process().isAlive(), "the run ended early");
            Thread.sleep(5);
        }
        List<ProcessHandle> others = child.process().descendants().toList();
        assertEquals(1, others.size(), "there is no second JVM");
        new ProcessBuilder("kill", "-" + signal, Long.toString(child.process().pid())).start().waitFor();
        ChildJvm.Result stopped = child.result();
        assertFalse(others.getFirst().isAlive(), "the second JVM goes on");
        assertEquals(exitCode, stopped.exitCode(), stopped::toString);
        assertTrue(stopped.err().contains("all is saved; to continue: jacobi train gpt --resume " + folder),
                stopped::toString);
        assertTrue(Files.exists(folder.resolve("model.safetensors")));
    }
}
