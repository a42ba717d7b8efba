package org.jacobi.natives;

/** Where an allocator gets its memory from: the operating system, a GPU, or in a test something that can say no. */
public interface SystemMemory {
    /** The operating system. */
    SystemMemory OPERATING_SYSTEM = new SystemMemory() {
        @Override
        public long map(long bytes) {
            return NativeMemory.map(bytes);
        }

        @Override
        public void unmap(long address, long bytes) {
            NativeMemory.unmap(address, bytes);
        }
    };

    /** Returns what errors call this memory. */
    default String name() {
        return "native memory";
    }

    /** New memory at an address that is a multiple of 64, or 0 when there is none. */
    long map(long bytes);

    /** Gives back what one call of {@link #map} gave. */
    void unmap(long address, long bytes);
}
