package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in the README compile and run; the first needs to close nothing but the one scope of its training loop. */
class ReadmeTest {
    private static final Pattern JAVA_BLOCK =
            Pattern.compile("^```java\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);

    @TempDir
    private Path temp;

    @Test
    void theProgramOnOneScreenRuns() throws IOException, InterruptedException {
        run(0);
    }

    @Test
    void theProgramOnDerivativesFindsTheLowestPoint() throws IOException, InterruptedException {
        String out = run(1).out();
        assertTrue(out.contains("lowest at tensor([1.0000, 1.0000]"), out);
    }

    private ChildJvm.Result run(int which) throws IOException, InterruptedException {
        Path file = Files.writeString(temp.resolve("Readme.java"), program(which));
        ChildJvm.Result result = ChildJvm.run(List.of(), file.toString()).succeeded();
        assertFalse(result.out().isBlank(), "the program prints nothing");
        assertFalse(result.out().contains("NaN"), result::out);
        return result;
    }

    @Test
    void nothingNeedsToBeClosedButOneScope() throws IOException {
        String program = program(0);
        assertFalse(program.contains("close("), program);
        assertEquals(2, program.split("TensorScope\\.open\\(\\)", -1).length, "the training loop opens one scope");
        assertTrue(program.contains("try (var _ = TensorScope.open())"), program);
    }

    private static String program(int which) throws IOException {
        Path readme = Project.root().resolve("README.md");
        Assumptions.assumeTrue(Files.exists(readme), "there is no README.md");
        Matcher block = JAVA_BLOCK.matcher(Files.readString(readme).replace("\r\n", "\n"));
        for (int i = 0; i <= which; i++) {
            assertTrue(block.find(), "README.md has too few blocks of Java");
        }
        return block.group(1);
    }
}
