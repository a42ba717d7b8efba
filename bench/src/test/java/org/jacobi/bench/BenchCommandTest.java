package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class BenchCommandTest {
    /** Checks that a command line is refused, in a line that holds the given words, before anything is measured. */
    private static void refused(String words, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exitCode = BenchCommand.run(new PrintWriter(out), new PrintWriter(err), args);
        assertEquals(2, exitCode, err::toString);
        assertEquals("", out.toString());
        assertEquals(1, err.toString().lines().count(), err::toString);
        assertTrue(err.toString().startsWith("jacobi bench: ") && err.toString().contains(words), err::toString);
    }

    @Test
    void whatCannotBeMeasuredIsNamed() {
        refused("there is no 'opps' to measure; known are ops and train", "opps");
        refused("no case is called 'matmull*'", "ops", "matmull*");
        refused("known are babygpt", "train", "matmul*");
    }

    @Test
    void optionsAreChecked() {
        refused("--forks is 0; it must be at least 1", "train", "--forks", "0");
        refused("'many'", "--forks", "many");
        refused("--aa measures the peer against itself; add --peers", "--aa");
        refused("--peer", "--peer");
        refused("three", "ops", "matmul*", "three");
    }

    @Test
    void aBuildWithoutThePeerSaysHowToGetOne() {
        Assumptions.assumeTrue(Peer.installed().isEmpty(), "built with the profile peers");
        refused("./jacobi bench --peers", "train", "--peers");
    }

    @Test
    void helpTellsTheCommandsWords() {
        StringWriter out = new StringWriter();
        assertEquals(0, BenchCommand.run(new PrintWriter(out), new PrintWriter(out), "--help"));
        for (String word : new String[] {"ops|train", "PATTERN", "--peers", "--aa", "--forks"}) {
            assertTrue(out.toString().contains(word), out::toString);
        }
    }
}
