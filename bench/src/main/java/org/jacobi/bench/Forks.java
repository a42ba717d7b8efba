package org.jacobi.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs cases in JVMs of their own through JMH: one alone, or two that compute in turns. */
final class Forks {
    static final int ITERATIONS = 8;
    /** To start a JVM, make the inputs and end, on the slow side. */
    private static final double SECONDS_AROUND = 2;
    private static final double MEDIAN = 50;
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** JMH's own: who measures in another JVM holds it. */
    private static final Path LOCK = Path.of(System.getProperty("java.io.tmpdir"), "jmh.lock");

    private final Path folder;

    /** What one fork told: the median time of a run, and what a run allocated in the Java heap. */
    record Fork(double medianSeconds, double heapBytesPerRun) {
    }

    /** Two forks that computed in turns. */
    record Pair(Fork first, Fork second) {
    }

    /**
     * Makes forks.
     *
     * @param folder where the last forks' own words go
     */
    Forks(Path folder) {
        this.folder = folder;
        // JMH's lock keeps a JVM from running two at once, which is what a pair is: it is taken here, for both.
        System.setProperty("jmh.ignoreLock", "true");
    }

    /** Returns about how long a fork takes. */
    static double seconds(Case which) {
        return (warmups(which) + ITERATIONS) * which.secondsAnIteration() + SECONDS_AROUND;
    }

    private static int warmups(Case which) {
        return (int) Math.ceil(which.warmupSeconds() / which.secondsAnIteration());
    }

    /** Runs a fork alone; the JVM's flags are this JVM's. */
    Fork run(Case which, Side side) throws Failure {
        return hushed(() -> run(which, side, 0, "last-fork.log"));
    }

    /** Runs two forks that compute in turns, an iteration each. If one fails, both end. */
    Pair run(Case which, Side first, Side second) throws Failure {
        return hushed(() -> {
            try (var turns = new Turns(); ExecutorService threads = Executors.newFixedThreadPool(2)) {
                var ended = new ExecutorCompletionService<Fork>(threads);
                Future<Fork> one = ended.submit(() -> run(which, first, turns, "last-fork.log"));
                Future<Fork> two = ended.submit(() -> run(which, second, turns, "last-fork-beside.log"));
                turns.give(2);
                ended.take().get(); // who fails first says why
                ended.take().get();
                return new Pair(one.get(), two.get());
            }
        });
    }

    private Fork run(Case which, Side side, Turns turns, String log) throws Failure {
        try {
            return run(which, side, turns.port(), log);
        } catch (Failure | RuntimeException e) {
            turns.close();
            throw e;
        }
    }

    private Fork run(Case which, Side side, int port, String log) throws Failure {
        Path file = folder.resolve(log);
        TimeValue iteration = TimeValue.milliseconds(Math.round(which.secondsAnIteration() * 1e3));
        var options = new OptionsBuilder()
                .include("^" + Pattern.quote(CaseBenchmark.class.getName()) + "\\.")
                .param("side", side.name()).param("name", which.name()).param("port", String.valueOf(port))
                .mode(Mode.SampleTime).timeUnit(TimeUnit.NANOSECONDS)
                .forks(1).warmupIterations(warmups(which)).warmupTime(iteration)
                .measurementIterations(ITERATIONS).measurementTime(iteration)
                .addProfiler(GCProfiler.class).shouldFailOnError(true)
                .jvmArgsAppend(side.jvmFlags().toArray(String[]::new))
                .build();
        Collection<RunResult> results;
        try (var words = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
            results = new Runner(options, OutputFormatFactory.createFormatInstance(words, VerboseMode.NORMAL)).run();
        } catch (IOException e) {
            throw new Failure("cannot write " + file + ": " + e, e);
        } catch (RunnerException e) {
            throw new Failure("the fork for " + which.name() + " failed: " + firstLine(e) + " (its words are in " + file
                    + ")", e);
        }
        if (results.size() != 1) {
            throw new Failure("the fork for " + which.name() + " gave " + results.size()
                    + " results instead of one (its words are in " + file + ")");
        }
        RunResult result = results.iterator().next();
        double nanos = result.getPrimaryResult().getStatistics().getPercentile(MEDIAN);
        Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
        return new Fork(nanos / TimeUnit.SECONDS.toNanos(1), allocated == null ? Double.NaN : allocated.getScore());
    }

    /**
     * Runs forks while no other measurement does. JMH copies to standard error what they say there; here it goes to a file
     * instead.
     */
    private <T> T hushed(Callable<T> runs) throws Failure {
        PrintStream standardError = System.err;
        try (var words = new PrintStream(folder.resolve("last-fork.err").toFile(), StandardCharsets.UTF_8);
                var lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            if (lock.tryLock() == null) {
                throw new Failure("another benchmark runs on this machine (it holds " + LOCK + "); wait for its end");
            }
            System.setErr(words);
            return runs.call();
        } catch (Failure e) {
            throw e;
        } catch (InterruptedException e) {
            throw new Failure("interrupted", e);
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            throw cause instanceof Failure failure ? failure : new Failure("forks cannot be run: " + cause, cause);
        } finally {
            System.setErr(standardError);
        }
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
}
