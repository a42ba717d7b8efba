package org.jacobi.tensor.backend.cuda;

import org.jacobi.natives.cuda.Arguments;

/** Which random numbers launches draw: those that the host names, or, while they are recorded, those that a replay will name. */
final class ChangingDraws {
    /** Where a replay's seed is, and behind it what it adds to the calls; 0 while nothing is recorded. */
    private volatile long address;

    void recordedAt(long place) {
        address = place;
    }

    /** Adds a Draw of philox.cuh. */
    void add(Arguments arguments, long seed, long call) {
        arguments.add(seed).add(call).add(address);
    }
}
