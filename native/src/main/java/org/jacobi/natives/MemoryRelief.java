package org.jacobi.natives;

/** Whom an allocator asks when memory is short: whoever knows what its blocks are for. */
public interface MemoryRelief {
    /** Frees the blocks that nobody needs any more. */
    void reclaim();

    /** Says who holds what, as lines of text for an error message. */
    String holders();
}
