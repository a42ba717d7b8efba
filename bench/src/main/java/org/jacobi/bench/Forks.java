package org.jacobi.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
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

/** Runs cases in JVMs of their own, one at a time, through JMH. */
final class Forks {
    private static final int LEAST_WARMUPS = 2;
    static final int ITERATIONS = 3;
    /** To start a JVM, make the inputs and end, on the slow side. */
    private static final double SECONDS_AROUND = 2;
    private static final double MEDIAN = 50;
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    private final Path log;

    /** What one fork told: the median time of a run, and what a run allocated in the Java heap. */
    record Fork(double medianSeconds, double heapBytesPerRun) {
    }

    /**
     * Makes forks.
     *
     * @param log where the last fork's own words go
     */
    Forks(Path log) {
        this.log = log;
    }

    /** Returns about how long a fork takes. */
    static double seconds(Case which) {
        return (warmups(which) + ITERATIONS) * which.secondsAnIteration() + SECONDS_AROUND;
    }

    private static int warmups(Case which) {
        return Math.max(LEAST_WARMUPS, (int) Math.ceil(which.warmupSeconds() / which.secondsAnIteration()));
    }

    /** Runs a fork; the JVM's flags are this JVM's. */
    Fork run(Case which, Side side) throws Failure {
        TimeValue iteration = TimeValue.milliseconds(Math.round(which.secondsAnIteration() * 1e3));
        var options = new OptionsBuilder()
                .include("^" + Pattern.quote(CaseBenchmark.class.getName()) + "\\.")
                .param("side", side.name()).param("name", which.name())
                .mode(Mode.SampleTime).timeUnit(TimeUnit.NANOSECONDS)
                .forks(1).warmupIterations(warmups(which)).warmupTime(iteration)
                .measurementIterations(ITERATIONS).measurementTime(iteration)
                .addProfiler(GCProfiler.class).shouldFailOnError(true)
                .jvmArgsAppend(side.jvmFlags().toArray(String[]::new))
                .build();
        Collection<RunResult> results;
        PrintStream standardError = System.err;
        try (var words = new PrintStream(log.toFile(), StandardCharsets.UTF_8)) {
            System.setErr(words); // to which JMH copies what the fork says there
            results = new Runner(options, OutputFormatFactory.createFormatInstance(words, VerboseMode.NORMAL)).run();
        } catch (IOException e) {
            throw new Failure("cannot write " + log + ": " + e, e);
        } catch (RunnerException e) {
            throw new Failure("the fork for " + which.name() + " failed: " + firstLine(e) + " (its words are in " + log
                    + ")", e);
        } finally {
            System.setErr(standardError);
        }
        if (results.size() != 1) {
            throw new Failure("the fork for " + which.name() + " gave " + results.size()
                    + " results instead of one (its words are in " + log + ")");
        }
        RunResult result = results.iterator().next();
        double nanos = result.getPrimaryResult().getStatistics().getPercentile(MEDIAN);
        Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
        return new Fork(nanos / TimeUnit.SECONDS.toNanos(1), allocated == null ? Double.NaN : allocated.getScore());
    }

    private static String firstLine(Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
    }
}
