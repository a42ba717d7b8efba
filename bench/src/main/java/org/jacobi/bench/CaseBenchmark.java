package org.jacobi.bench;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What a fork runs: one case on one side, so that the call below has one target and is compiled for it alone.
 * {@link Forks} sets everything else.
 */
@State(Scope.Thread)
public class CaseBenchmark {
    @Param("OURS")
    private String side;

    @Param("")
    private String name;

    private Work work;

    /** Runs on the measuring thread, as engines expect that keep their settings by thread. */
    @Setup
    public void prepare() {
        Case which = Case.named(name);
        work = Side.valueOf(side).work(which, Input.make(which.inputs()));
    }

    @Benchmark
    public void run() {
        work.run();
    }
}
