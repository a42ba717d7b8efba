package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.jacobi.app.Main;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that users have in a source file, or type into the shell. */
class SourceProgramTest {
    private static final String DOUBLED = """
            import org.jacobi.tensor.DType;
            import org.jacobi.tensor.Tensor;

            class Doubled {
                static Tensor of(double value) {
                    return Tensor.full(value, DType.F32, 2).mul(2);
                }
            }
            """;
    private static final String PROGRAM = """
            void main(String[] args) {
                IO.println(Doubled.of(1.5));
                IO.println(String.join("|", args));
                System.err.println("the end");
                System.exit(7);
            }
            """;

    @TempDir
    private Path temp;

    private ChildJvm.Result run(String program, String... arguments) throws IOException, InterruptedException {
        Path file = Files.writeString(temp.resolve("Program.java"), program);
        String[] all = new String[arguments.length + 2];
        all[0] = "run";
        all[1] = file.toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return ChildJvm.run(List.of(), Main.class.getName(), all);
    }

    /** Returns what was said on standard error by the program: of its JVM nothing is heard. */
    private static List<String> said(ChildJvm.Result result) {
        List<String> lines = result.err().lines().toList();
        // The first JVM is this test's, and not silenced by the launcher.
        return lines.getFirst().startsWith("WARNING: Using incubator modules") ? lines.subList(1, lines.size()) : lines;
    }

    @Test
    void aProgramOfTwoFilesRunsWithItsArgumentsAndExitCode() throws IOException, InterruptedException {
        Files.writeString(temp.resolve("Doubled.java"), DOUBLED);
        ChildJvm.Result result = run(PROGRAM, "--steps", "5", "--", "a b", "@file", "--help");
        assertEquals(7, result.exitCode(), result::toString);
        assertEquals(List.of("tensor([3.0000, 3.0000], shape=(2), dtype=F32)", "--steps|5|--|a b|@file|--help"),
                result.out().lines().toList());
        assertEquals(List.of("the end"), said(result));
    }

    @Test
    void theSampleWalksThroughABackwardAndDrawsIt() throws IOException, InterruptedException {
        Path steps = temp.resolve("steps");
        ChildJvm.Result result = ChildJvm.run(List.of(), Main.class.getName(), "run",
                Project.root().resolve("samples/WalkBackward.java").toString(), steps.toString()).succeeded();
        assertTrue(result.out().contains("tanh   org/jacobi/autograd/ops/Tanh.java"), result::toString);
        assertTrue(result.out().contains("dx = dout (1 - y²)"), result::toString);
        assertTrue(result.out().contains("hidden.weight tensor("), result::toString);
        long steppedThrough = result.out().lines().filter(line -> !line.startsWith(" ") && !line.contains("tensor("))
                .count();
        try (var files = Files.list(steps)) {
            assertEquals(steppedThrough, files.count(), "a picture for each step");
        }
    }

    @Test
    void aProgramThatDoesNotCompileIsShown() throws IOException, InterruptedException {
        ChildJvm.Result result = run("void main() {\n    int half = 0.5;\n}\n");
        assertEquals(1, result.exitCode(), result::toString);
        assertTrue(said(result).getFirst().contains("Program.java:2: error:"), result::toString);
        assertEquals("error: compilation failed", said(result).getLast());
    }

    @Test
    void aProgramThatThrowsIsShown() throws IOException, InterruptedException {
        ChildJvm.Result result = run("void main() {\n    throw new IllegalStateException(\"no luck\");\n}\n");
        assertEquals(1, result.exitCode(), result::toString);
        assertTrue(said(result).getFirst().contains("IllegalStateException: no luck"), result::toString);
        assertTrue(said(result).get(1).contains("Program.main(Program.java:2)"), result::toString);
    }

    @Test
    void theShellKnowsJacobi() throws IOException, InterruptedException {
        ChildJvm shell = ChildJvm.start(List.of(), Main.class.getName(), "shell");
        try (var in = shell.process().getOutputStream()) {
            in.write("""
                    var x = Variable.leaf(Tensor.full(3, DType.F32, 2));
                    x.square().sum().backward();
                    x.grad().value()
                    new Linear(2, 3).forward(Tensor.ones(1, 2)).shape()
                    new AdamW(List.of(), 1e-2).getClass()
                    GPTConfig.class
                    TextGenerator.class
                    CharTokenizer.of("ab").vocabSize()
                    Safetensors.class
                    ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
                    /exit 5
                    """.getBytes(StandardCharsets.US_ASCII));
        }
        ChildJvm.Result result = shell.result();
        assertEquals(5, result.exitCode(), result::toString);
        assertEquals(1, result.out().lines().filter(line -> line.startsWith("Ready: Tensor")).count(),
                result::toString);
        assertTrue(result.out().contains("tensor([6.0000, 6.0000]"), result::toString);
        assertTrue(result.out().contains("==> (1, 3)"), result::toString);
        assertTrue(result.out().contains("==> true"), result::toString);
        assertFalse(result.out().contains("Error"), result::toString);
    }

    @Test
    void aJavaWithoutJShellIsToldInOneLine() throws IOException, InterruptedException {
        ChildJvm.Result result = ChildJvm.run(List.of("--limit-modules",
                "java.base,java.desktop,java.logging,java.management,jdk.incubator.vector"), Main.class.getName(),
                "shell");
        assertEquals(2, result.exitCode(), result::toString);
        assertEquals(1, said(result).size(), result::toString);
        assertTrue(said(result).getFirst().endsWith(" has no JShell; use a whole JDK, not only a runtime"),
                result::toString);
    }
}
