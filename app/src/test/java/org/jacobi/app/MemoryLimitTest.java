package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command that may not have the memory that it needs: it says what helps, and leaves nothing in the way. */
class MemoryLimitTest {
    @TempDir
    Path folder;
    Path text;

    /** What a JVM of its own said, and its exit code. */
    private record Child(int exitCode, String err) {
    }

    @BeforeEach
    void text() throws IOException {
        text = JacobiRun.text(folder);
    }

    /** Trains a tiny model in a JVM of its own, which has the limit from its start. */
    private Child train(String limit, Path run, String... more) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Djacobi.memory.limit=" + limit, "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                "train", "gpt", "--text", text.toString(), "--out", run.toString()));
        command.addAll(JacobiRun.TINY);
        command.addAll(List.of(more));
        Path err = folder.resolve("err");
        int exitCode = new ProcessBuilder(command).redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile()).start().waitFor();
        return new Child(exitCode, Files.readString(err));
    }

    @Test
    void sizesThatTheLimitDoesNotAllowAreRefusedBeforehand() throws Exception {
        Child child = train("20m", folder.resolve("run"), "--set", "channels=512");
        assertEquals(2, child.exitCode, child.err);
        assertTrue(child.err.contains("-Djacobi.memory.limit allows 20.0 MiB; make layers,"), child.err);
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void memoryThatRunsOutIsToldWithWhatHelpsAndWhoHoldsIt() throws Exception {
        Child child = train("36k", folder.resolve("run"), "--set", "evalBatches=20");
        assertEquals(1, child.exitCode, child.err);
        List<String> lines = child.err.lines().dropWhile(line -> !line.startsWith("jacobi: ")).toList();
        assertTrue(lines.getFirst().contains("no native memory for a block of"), child.err);
        assertTrue(lines.getFirst().contains("use a smaller model, batch or context, or raise the limit"), child.err);
        assertTrue(lines.getFirst().contains("The last checkpoint is kept") && lines.getFirst().contains("--resume"),
                child.err);
        assertTrue(lines.size() > 2, child.err);
        assertFalse(lines.getFirst().matches(".*(TensorScope|-Xmx).*"), child.err);
    }

    @Test
    void resumingIsAdvisedOnlyWhereACheckpointIs() throws Exception {
        JacobiRun refused = JacobiRun.train(text, folder);
        assertEquals(2, refused.exitCode());
        assertTrue(refused.err().contains("is not empty; give another folder"), refused.err());
        assertFalse(refused.err().contains("--resume"), refused.err());
    }
}
