package org.jacobi.natives.cuda;

import org.jacobi.natives.MemoryRelief;
import org.jacobi.natives.SlabAllocator;

/**
 * A GPU as the kernels of a backend see it: memory, copies, kernels by name and matrix products, all of which run in the
 * order in which they were asked for.
 *
 * <p>Addresses are the device's; nobody may read or write them on the host. Calls return as soon as the work is queued,
 * except where a method says that it waits. A failure of queued work is thrown by a later call.
 */
public interface Gpu {
    /** Returns the device's name, such as "NVIDIA H100". */
    String name();

    /** Returns how many multiprocessors the device has, by which grid-stride loops choose their number of blocks. */
    int multiprocessors();

    /**
     * Returns the address, aligned to 256 bytes, of a new block with undefined content.
     *
     * @param op what it is for, as errors and reports name it
     */
    long allocate(long bytes, String op);

    /** Takes back a block; work queued before may still use it, work queued later may be given it again. */
    void free(long address, long bytes);

    /** Copies from the host to the device; the host's memory may be changed as soon as this returns. */
    void copyIn(long device, long host, long bytes);

    /** Copies from the device to the host, and waits until it has come. */
    void copyOut(long host, long device, long bytes);

    /** Copies on the device; the blocks do not overlap. */
    void copy(long to, long from, long bytes);

    /**
     * Returns a kernel, compiled and loaded if need be.
     *
     * @param file the source's name without its ending, such as "softmax"
     * @param name the kernel's name in it, such as "softmax_forward_f32"
     */
    Kernel kernel(String file, String name);

    /**
     * Multiplies matrices by a library, if there is one that can.
     *
     * @return false if nothing was done and a kernel has to do it
     */
    boolean matmul(MatmulCall call);

    /** Waits until all queued work is done, and throws what went wrong in it. */
    void synchronize();

    /** Returns what was given out of the device's memory, and what is held. An emulated GPU takes the host's. */
    default SlabAllocator.Statistics statistics() {
        return SlabAllocator.global().statistics();
    }

    /** Sets whom to ask when the device's memory is short. */
    default void onShortage(MemoryRelief whom) {
        // the host's memory, which an emulated GPU takes, has its own
    }

    /**
     * Records what the work launches, without doing it, so that it can be done again and again at the price of one launch.
     *
     * <p>Numbers that the host passes to kernels (a learning rate, a step, a seed) are recorded as they are; what changes
     * has to lie on the device. The work must not copy to or from the host, nor wait. It should have run once before, so
     * that its kernels are loaded and its products' algorithms chosen. Blocks that it takes are set aside until the
     * recording is closed; blocks from outside that it reads must not be freed before.
     *
     * @throws CudaException if the work does what cannot be recorded; nothing is recorded then
     */
    Recording capture(Runnable work);

    /** Recorded work. */
    interface Recording extends AutoCloseable {
        /** Queues the work. */
        void replay();

        /** Frees what the recording holds. */
        @Override
        void close();
    }

    /** A function of the device. */
    interface Kernel {
        /**
         * Starts a grid of blocks.
         *
         * @param gridX       blocks along x; y and z as well
         * @param blockX      threads of a block along x, and y
         * @param sharedBytes dynamic shared memory of a block
         * @param arguments   the kernel's only parameter, a struct of 8-byte fields, which is copied before this returns
         */
        void launch(int gridX, int gridY, int gridZ, int blockX, int blockY, int sharedBytes, Arguments arguments);
    }
}
