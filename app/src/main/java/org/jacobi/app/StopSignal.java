package org.jacobi.app;

import java.util.concurrent.CountDownLatch;

/**
 * Lets work that was asked to stop, by Ctrl-C or by the system, come to a good end first.
 *
 * <p>The JVM answers both signals by running its shutdown hooks and then exiting with 128 plus the signal's number. The
 * hook here notes the request and holds the exit back until {@link #close}.
 */
final class StopSignal implements AutoCloseable {
    /** The exit code of a program that Ctrl-C (signal 2) ended. */
    static final int INTERRUPTED = 130;

    private final CountDownLatch done = new CountDownLatch(1);
    private volatile boolean requested;
    private Thread hook;

    /** Begins to hold signals back; until then they end the program at once. */
    void watch() {
        hook = new Thread(() -> {
            requested = true;
            try {
                done.await();
            } catch (InterruptedException _) {
                // the program ends
            }
        }, "jacobi-stop");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Returns whether the work is to stop as soon as it can. */
    boolean requested() {
        return requested;
    }

    /** Asks the work to stop, as a signal does. */
    void request() {
        requested = true;
    }

    /** Has signals end the program at once again; one that came already waits for {@link #close}. */
    void unwatch() {
        if (!requested) {
            close();
        }
    }

    /** Lets the program end, if it was asked to: everything is saved and said. */
    @Override
    public void close() {
        done.countDown();
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // it runs already
            }
        }
    }
}
