package org.jacobi.tensor;

/** What lies beyond the ends of an axis that {@code pad} makes longer. */
public enum PadMode {
    /** The axis mirrored at its last element, which is not repeated: c b | a b c | b a. */
    REFLECT,
    /** The last element again and again: a a | a b c | c c. */
    REPLICATE,
    /** The axis from its other end on: b c | a b c | a b. */
    CIRCULAR;

    /** Returns which element of an axis stands at a position, which may lie beyond its ends. */
    long source(long position, long size) {
        return switch (this) {
            case REFLECT -> size - 1 - Math.abs(size - 1 - Math.abs(position));
            case REPLICATE -> Math.clamp(position, 0, size - 1);
            case CIRCULAR -> Math.floorMod(position, size);
        };
    }

    /** Returns how many elements this can add at one end of an axis. */
    long most(long size) {
        return switch (this) {
            case REFLECT -> Math.max(0, size - 1);
            case REPLICATE -> size == 0 ? 0 : Long.MAX_VALUE;
            case CIRCULAR -> size;
        };
    }
}
