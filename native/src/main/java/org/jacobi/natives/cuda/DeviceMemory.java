package org.jacobi.natives.cuda;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.natives.SystemMemory;

/**
 * A device's blocks: the allocator of the host's memory, over memory of the device.
 *
 * <p>All work runs in one order, so that a freed block can be given out at once: who gets it runs after who had it. Freed
 * blocks stay here until memory runs short, because giving one back to the driver waits for all queued work.
 *
 * <p>What a captured step uses is set aside in a {@link Reserve}, since a replay writes to the same addresses again.
 */
final class DeviceMemory {
    private static final long ALIGNMENT = 256;
    private static final long SLAB_BYTES = 64L << 20;
    /** More than any device has: nothing goes back before memory is short. */
    private static final long SLACK_BYTES = 1L << 50;

    private final SlabAllocator blocks;
    private final List<Reserve> reserves = new ArrayList<>();
    private Reserve filling;
    /** Whether there are reserves at all, to be known without a lock. */
    private volatile boolean reserving;

    DeviceMemory(Driver driver) {
        blocks = SlabAllocator.of(new SystemMemory() {
            @Override
            public String name() {
                return "memory of " + driver.name();
            }

            @Override
            public long map(long bytes) {
                return driver.allocate(bytes);
            }

            @Override
            public void unmap(long address, long bytes) {
                driver.synchronize();
                driver.release(address);
            }
        }, SLAB_BYTES, SLACK_BYTES);
    }

    /** Returns the allocator, for its figures and for whom it asks when memory is short. */
    SlabAllocator blocks() {
        return blocks;
    }

    long allocate(long bytes, String op) {
        if (reserving) {
            synchronized (this) {
                if (filling != null) {
                    return filling.take(aligned(bytes), op);
                }
            }
        }
        return blocks.allocate(aligned(bytes), op);
    }

    void free(long address, long bytes) {
        if (reserving) {
            synchronized (this) {
                for (Reserve reserve : reserves) {
                    if (reserve.gaveBack(address, aligned(bytes))) {
                        return;
                    }
                }
            }
        }
        blocks.free(address, aligned(bytes));
    }

    /**
     * Rounds a size up so that its class is a multiple of 256 bytes: above 1024 bytes every class is.
     *
     * @throws IllegalArgumentException if it is negative
     */
    private static long aligned(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("a block of " + bytes + " bytes: the size must be 0 or more");
        }
        return bytes > 4 * ALIGNMENT ? bytes : Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) & -ALIGNMENT);
    }

    /** From now on, what is taken and given back is set aside. */
    synchronized Reserve beginReserve() {
        filling = new Reserve();
        reserves.add(filling);
        reserving = true;
        return filling;
    }

    synchronized void endReserve() {
        filling = null;
    }

    /** The blocks of a captured step: nobody else gets them until it is closed. */
    final class Reserve {
        /** The size at which each block was taken. */
        private final Map<Long, Long> all = new HashMap<>();
        /** Blocks that are in use. */
        private final Set<Long> live = new HashSet<>();
        /** Blocks that the captured work gave back, by what they hold; it may take them again. */
        private final Map<Long, Deque<Long>> freed = new HashMap<>();

        private long take(long bytes, String op) {
            Deque<Long> fitting = freed.get(SlabAllocator.held(bytes));
            long address;
            if (fitting != null && !fitting.isEmpty()) {
                address = fitting.pop();
            } else {
                address = blocks.allocate(bytes, op);
                all.put(address, bytes);
            }
            live.add(address);
            return address;
        }

        /** Takes a block back if it belongs here; false, and nothing done, if it does not. */
        private boolean gaveBack(long address, long bytes) {
            if (live.remove(address)) {
                if (this == filling) {
                    freed.computeIfAbsent(SlabAllocator.held(all.get(address)), _ -> new ArrayDeque<>()).push(address);
                }
                return true;
            }
            if (this == filling && !all.containsKey(address)) {
                all.put(address, bytes); // made before; the captured work read it, and will again
                return true;
            }
            return false;
        }

        /** Returns how many bytes are set aside. */
        long bytes() {
            synchronized (DeviceMemory.this) {
                return all.values().stream().mapToLong(SlabAllocator::held).sum();
            }
        }

        /** Gives the blocks back; those that are still in use are freed by whoever has them. */
        void close() {
            synchronized (DeviceMemory.this) {
                reserves.remove(this);
                reserving = !reserves.isEmpty();
                all.forEach((address, bytes) -> {
                    if (!live.contains(address)) {
                        blocks.free(address, bytes);
                    }
                });
            }
        }
    }
}
