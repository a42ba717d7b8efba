package org.jacobi.natives.cuda;

/** The few calls of CUDA's driver on which memory and copies stand: one device, one stream; tests put a fake here. */
interface Driver {
    /** Returns the device's name. */
    String name();

    /** Returns the address, aligned to 256 bytes, of new memory on the device; 0 if there is not enough. */
    long allocate(long bytes);

    /** Gives back what {@link #allocate} gave. */
    void release(long address);

    /** Returns the address of host memory that the device reads and writes by itself. */
    long allocatePinned(long bytes);

    /** Queues a copy from pinned memory to the device. */
    void copyIn(long device, long pinned, long bytes);

    /** Queues a copy from the device to pinned memory. */
    void copyOut(long pinned, long device, long bytes);

    /** Returns a new mark. */
    Mark newMark();

    /** Waits until the queued work is done. */
    void synchronize();

    /** A place in the queue. */
    interface Mark {
        /** Sets it behind what is queued now. */
        void set();

        /** Waits until what stands before it is done; returns at once if it was never set. */
        void await();
    }
}
