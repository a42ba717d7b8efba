package org.jacobi.natives.cuda;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/** A device whose memory is the host's, and whose work is done as late as it may be: when somebody waits for it. */
final class FakeDriver implements Driver {
    private final long capacity;
    private final Queue<Runnable> queued = new ArrayDeque<>();
    private final Map<Long, Long> sizes = new HashMap<>();
    private final List<Long> pinned = new ArrayList<>();
    private int done;
    private int began;
    long taken;
    int allocations;
    int releases;
    int waits;

    FakeDriver(long capacity) {
        this.capacity = capacity;
    }

    @Override
    public String name() {
        return "a fake GPU";
    }

    @Override
    public long allocate(long bytes) {
        if (taken + bytes > capacity) {
            return 0;
        }
        allocations++;
        taken += bytes;
        // Addresses that nobody touches: only copies do, and their tests ask for little.
        long address = bytes >= 1 << 20 ? (long) allocations << 40 : aligned(bytes);
        sizes.put(address, bytes);
        return address;
    }

    private static long aligned(long bytes) {
        return (SlabAllocator.global().allocate(bytes + 256) + 255) & -256;
    }

    @Override
    public void release(long address) {
        if (!queued.isEmpty()) {
            throw new AssertionError("memory is given back while work is queued");
        }
        releases++;
        taken -= sizes.remove(address);
    }

    @Override
    public long allocatePinned(long bytes) {
        pinned.add(aligned(bytes));
        return pinned.getLast();
    }

    int pinnedBuffers() {
        return pinned.size();
    }

    @Override
    public void copyIn(long device, long from, long bytes) {
        queue(() -> NativeMemory.copy(from, device, bytes));
    }

    @Override
    public void copyOut(long to, long device, long bytes) {
        queue(() -> NativeMemory.copy(device, to, bytes));
    }

    private void queue(Runnable work) {
        queued.add(work);
        began++;
    }

    private void doUntil(int end) {
        while (done < end) {
            queued.remove().run();
            done++;
        }
    }

    @Override
    public Mark newMark() {
        return new Mark() {
            private int place;

            @Override
            public void set() {
                place = began;
            }

            @Override
            public void await() {
                waits++;
                doUntil(place);
            }
        };
    }

    @Override
    public void synchronize() {
        waits++;
        doUntil(began);
    }
}
