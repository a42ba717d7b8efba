package org.jacobi.tensor.profile;

/**
 * All stretches of one kind and name.
 *
 * @param calls      how often it ran
 * @param totalNanos its time, with what ran inside it
 * @param selfNanos  its time, without
 * @param bytes      the memory that it and what ran inside it took, whether given back since or not
 * @param flop       the floating-point operations of the products inside it; 0 where none are counted
 * @param moved      the bytes of the operands that its kernels read and wrote
 */
public record ProfileRow(Activity activity, String name, long calls, long totalNanos, long selfNanos, long bytes,
        double flop, long moved) {
    /** Returns the arithmetic speed in GF/s. */
    public double gigaflops() {
        return flop / Math.max(1, totalNanos);
    }

    /** Returns the speed in GB/s with which operands were read and written. */
    public double gigabytes() {
        return (double) moved / Math.max(1, totalNanos);
    }
}
