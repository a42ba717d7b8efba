package org.jacobi.tensor.profile;

/** A finished stretch of one thread's time. */
record Stretch(Activity activity, String name, long start, long end, long inside, long bytes, double flop, long moved) {
    long nanos() {
        return end - start;
    }
}
