package org.jacobi.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One block of memory and who still needs it: tensors are handles that share it, and the last one released frees it.
 *
 * <p>A handle outside every scope is never released by name; such a storage is tracked by the {@link Reaper}, which frees
 * the block once the garbage collector finds no handle left.
 */
final class Storage {
    private static final VarHandle HANDLES;

    static {
        try {
            HANDLES = MethodHandles.lookup().findVarHandle(Storage.class, "handles", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Device device;
    final long address;
    final long bytes;
    /** The op that made this storage, for error messages. */
    final String origin;
    /** How often the content was changed in place; saved values compare it. */
    int version;
    /** What keeps foreign memory (a mapped file, somebody's segment) valid; null for a block of the allocator. */
    private final Object foreign;
    private final boolean readOnly;
    /** How many handles are live; the first one comes with the storage. */
    private int handles = 1;
    private volatile Reaper.Ticket ticket;

    private Storage(Device device, long address, long bytes, String origin, Object foreign, boolean readOnly) {
        this.device = device;
        this.address = address;
        this.bytes = bytes;
        this.origin = origin;
        this.foreign = foreign;
        this.readOnly = readOnly;
    }

    static Storage allocate(Device device, long bytes, String origin) {
        return new Storage(device, device.backend().allocate(bytes, origin), bytes, origin, null, false);
    }

    static Storage foreign(Device device, long address, long bytes, String origin, Object keepAlive,
            boolean readOnly) {
        return new Storage(device, address, bytes, origin, keepAlive, readOnly);
    }

    /** Returns what keeps foreign memory valid; null for a block of the allocator. */
    Object foreign() {
        return foreign;
    }

    /** Tells whether foreign memory that an arena holds was given back by closing the arena. */
    boolean arenaClosed() {
        return foreign instanceof MemorySegment segment && !segment.scope().isAlive();
    }

    /**
     * Counts one more handle.
     *
     * @throws IllegalStateException if another thread has released the last one meanwhile
     */
    void retain() {
        int count;
        do {
            count = (int) HANDLES.getVolatile(this);
            if (count == 0) {
                throw new IllegalStateException("a tensor made by " + origin + " was released by another thread while "
                        + "this one made a view of it; let threads that share a tensor end before its scope closes");
            }
        } while (!HANDLES.weakCompareAndSet(this, count, count + 1));
    }

    /** Counts one handle less; the last one frees the block. */
    void release() {
        if ((int) HANDLES.getAndAdd(this, -1) == 1 && foreign == null) {
            Reaper.Ticket tracked = ticket;
            if (tracked != null) {
                tracked.free();
            } else {
                device.backend().free(address, bytes);
            }
        }
    }

    /** Tells whether the memory is somebody else's and may be protected: writing there could stop the JVM. */
    boolean readOnly() {
        return readOnly;
    }

    /** Tells whether its memory came from the allocator and was not given back. */
    boolean holdsBlock() {
        return foreign == null && (int) HANDLES.getVolatile(this) > 0;
    }

    /** Tells whether the garbage collector will free the block if nobody else does. */
    boolean isTracked() {
        return ticket != null;
    }

    /** Tells whether exactly one handle is left, so that its content may be overwritten by whoever owns that handle. */
    boolean exclusive() {
        return (int) HANDLES.getVolatile(this) == 1;
    }

    /** Makes the garbage collector responsible for this block, because a handle outside all scopes exists. */
    void track() {
        if (foreign == null && ticket == null) {
            synchronized (this) {
                if (ticket == null) {
                    ticket = Reaper.track(this);
                }
            }
        }
    }
}
