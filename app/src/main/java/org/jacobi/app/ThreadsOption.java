package org.jacobi.app;

import org.jacobi.natives.WorkerPool;

import picocli.CommandLine.Option;

/** The option that says with how many threads to compute. */
final class ThreadsOption {
    private static final int MAX_THREADS = 1024;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with. Default: one a processor.")
    private Integer threads;

    /** Sets the number of threads, if it was given. */
    void apply() {
        if (threads != null) {
            if (threads < 1 || threads > MAX_THREADS) {
                throw CommandFailure.usage("--threads " + threads + ": expected 1 to " + MAX_THREADS);
            }
            WorkerPool.setThreads(threads);
        }
    }
}
