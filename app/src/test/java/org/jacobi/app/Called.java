package org.jacobi.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.function.Function;

import picocli.CommandLine;

/** Calls of the command and what is expected of them. */
final class Called {
    private Called() {
    }

    static JacobiRun run(Object... args) {
        return JacobiRun.of(strings(args));
    }

    static JacobiRun succeeding(Object... args) {
        JacobiRun run = run(args);
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }

    /** Expects exit code 2 and a message that has certain parts. */
    static void refused(JacobiRun run, String... said) {
        assertEquals(2, run.exitCode(), run.out() + run.err());
        assertFalse(run.err().contains("unexpected failure"), run.err());
        for (String part : said) {
            assertTrue(run.err().contains(part), part + ": " + run.err());
        }
    }

    /** Returns the number behind a name on a line of the output. */
    static double number(JacobiRun run, String name) {
        return run.out().lines().filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1))).findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + " in: " + run.out() + run.err()));
    }

    /** Runs a command with a stop that is asked for already: it ends after a step. */
    static void stopped(Function<StopSignal, Callable<Integer>> command, Object... args) {
        StopSignal stop = new StopSignal();
        stop.request();
        StringWriter err = new StringWriter();
        int exitCode = new CommandLine(command.apply(stop)).setErr(new PrintWriter(err)).execute(strings(args));
        stop.close();
        assertEquals(StopSignal.INTERRUPTED, exitCode, err.toString());
    }

    private static String[] strings(Object... args) {
        return Arrays.stream(args).map(Object::toString).toArray(String[]::new);
    }
}
