package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateTest {
    @TempDir
    static Path folder;

    @BeforeAll
    static void train() throws IOException {
        assertEquals(0, JacobiRun.train(JacobiRun.text(folder), folder.resolve("run"), "--steps", "3").exitCode());
    }

    private static String generate(String... more) {
        List<String> args = new ArrayList<>(List.of("generate", "--model", folder.resolve("run").toString()));
        args.addAll(List.of(more));
        JacobiRun result = JacobiRun.of(args.toArray(String[]::new));
        assertEquals(0, result.exitCode(), result.err());
        assertTrue(result.err().matches("time: .* ms a token in the median \\(p90 .*\\), .* tokens/s\\Rmemory: .*\\R"),
                result.err());
        return result.out();
    }

    @Test
    void continuesThePrompt() {
        String text = generate("--prompt", "the fox", "--tokens", "40");
        assertTrue(text.startsWith("the fox"), text);
        assertTrue(text.endsWith("\n"), text);
        assertEquals(7 + 40 + 1, text.length());
    }

    @Test
    void theSameSeedWritesTheSameText() {
        assertEquals(generate("--seed", "5"), generate("--seed", "5"));
        assertNotEquals(generate("--seed", "5"), generate("--seed", "6"));
        assertEquals(generate(), generate("--seed", "1337", "--temperature", "0.8", "--top-k", "0", "--top-p", "1"));
    }

    @Test
    void withoutChoiceTheSeedDoesNotMatter() {
        String greedy = generate("--temperature", "0", "--seed", "1");
        assertEquals(greedy, generate("--temperature", "0", "--seed", "2"));
        assertEquals(greedy, generate("--top-k", "1", "--seed", "3"));
        assertEquals(greedy, generate("--top-p", "1e-9", "--seed", "4"));
    }

    @Test
    void aTextWithoutLineBreaksIsBegunWithItsFirstCharacter() throws IOException {
        Path text = Files.writeString(folder.resolve("line.txt"), "abcdefgh".repeat(40));
        Path run = folder.resolve("line");
        JacobiRun result = JacobiRun.train(text, run, "--steps", "1");
        assertEquals(0, result.exitCode(), result.err());
        assertEquals(21, JacobiRun.of("generate", "--model", run.toString(), "--tokens", "20").out().length());
    }
}
