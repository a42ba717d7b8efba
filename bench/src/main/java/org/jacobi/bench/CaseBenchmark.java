package org.jacobi.bench;

import java.io.IOException;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

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

    /** Of {@link Turns}; 0 for a fork that is alone. */
    @Param("0")
    private int port;

    private Work work;
    private Turns.Seat seat;

    /** Runs on the measuring thread, as engines expect that keep their settings by thread. */
    @Setup
    public void prepare() throws IOException {
        Case which = Case.named(name);
        work = Side.valueOf(side).work(which, Input.make(which.inputs()));
        if (port != 0) {
            seat = new Turns.Seat(port);
        }
    }

    /** Waits for this side's turn. */
    @Setup(Level.Iteration)
    public void await() {
        if (seat != null) {
            seat.await();
        }
    }

    @Benchmark
    public void run() {
        work.run();
    }

    /** Lets the other side compute. */
    @TearDown(Level.Iteration)
    public void pass() {
        if (seat != null) {
            seat.pass();
        }
    }

    /** Leaves the other side alone. */
    @TearDown
    public void leave() throws IOException {
        if (seat != null) {
            seat.close();
        }
    }
}
