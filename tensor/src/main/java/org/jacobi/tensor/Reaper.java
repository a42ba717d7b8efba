package org.jacobi.tensor;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

import org.jacobi.natives.MemoryRelief;
import org.jacobi.natives.SlabAllocator;

/**
 * Frees the blocks of tensors that no scope owns, once the garbage collector has found them unreachable.
 *
 * <p>The Java heap knows nothing of the memory behind its small tensor objects and would never fill. So there is a budget:
 * when the bytes of tracked blocks exceed it, an allocation asks for a collection and frees what that finds.
 */
final class Reaper {
    /** Below this many tracked bytes no collection is ever asked for. */
    private static final long FLOOR = 512L << 20;
    /** How long a collection's first reference is waited for at most, in milliseconds, on a machine that is busy. */
    private static final long FIRST_PATIENCE = 1000;
    /** How long its next ones are waited for, after the last one that came. */
    private static final long PATIENCE = 20;

    private static final ReferenceQueue<Object> QUEUE = new ReferenceQueue<>();
    private static final Set<Tracked> LIVE = ConcurrentHashMap.newKeySet();
    private static final AtomicLong TRACKED_BYTES = new AtomicLong();
    private static final ReentrantLock COLLECTING = new ReentrantLock();
    /** Bytes, tracked before the last collection began, that were freed since then. */
    private static final AtomicLong FREED_SINCE = new AtomicLong();
    private static volatile long bytesAfterCollection;
    /** How many collections were begun. */
    private static volatile long collections;

    static {
        SlabAllocator.global().onShortage(relief(Device.CPU));
    }

    private Reaper() {
    }

    /** Returns what an allocator of a device calls before it gives up: it frees what nobody can reach. */
    static MemoryRelief relief(Device device) {
        return new MemoryRelief() {
            @Override
            public void reclaim() {
                collect();
            }

            @Override
            public String holders() {
                return MemoryReport.ofNow().topHolders(device);
            }
        };
    }

    /** What is to be done when an object has become unreachable. */
    private abstract static class Tracked extends PhantomReference<Object> {
        Tracked(Object referent) {
            super(referent, QUEUE);
        }

        abstract void free();
    }

    /** Begins to watch; only now, since other threads look at what is watched and must find it whole. */
    private static <T extends Tracked> T watched(T tracked) {
        LIVE.add(tracked);
        return tracked;
    }

    /** One tracked block; freed once, by the collector's word or by the release of its last handle. */
    static final class Ticket extends Tracked {
        private final Device device;
        private final String origin;
        private final long address;
        private final long bytes;
        /** The number of collections that were begun before this block was tracked. */
        private final long born = collections;
        private final AtomicBoolean freed = new AtomicBoolean();

        private Ticket(Storage storage) {
            super(storage);
            device = storage.device;
            origin = storage.origin;
            address = storage.address;
            bytes = storage.bytes;
            TRACKED_BYTES.addAndGet(bytes);
        }

        @Override
        void free() {
            if (freed.compareAndSet(false, true)) {
                LIVE.remove(this);
                TRACKED_BYTES.addAndGet(-bytes);
                if (born < collections) {
                    FREED_SINCE.addAndGet(bytes);
                }
                device.backend().free(address, bytes);
            }
        }
    }

    /** A scope whose thread ended without closing it. */
    private static final class Abandoned extends Tracked {
        private final TensorScope.Members members;

        private Abandoned(TensorScope scope, TensorScope.Members members) {
            super(scope);
            this.members = members;
        }

        @Override
        void free() {
            LIVE.remove(this);
            members.release("the end of the thread that opened it");
        }
    }

    /** An object that nobody holds: when it is found, a collection's other references are on their way. */
    private static final class Herald extends Tracked {
        private volatile boolean found;

        private Herald() {
            super(new Object());
        }

        @Override
        void free() {
            LIVE.remove(this);
            found = true;
        }
    }

    /** What is shown every block that tensors hold. */
    interface Visitor {
        /** Sees a block, and whether the collector frees it or a scope. */
        void visit(Device device, String origin, long bytes, boolean tracked);
    }

    /** Shows every block that a tensor holds, once; while other threads are at work, about as they are. */
    static void survey(Visitor visitor) {
        Set<Storage> scoped = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Tracked tracked : LIVE) {
            if (tracked instanceof Ticket ticket) {
                visitor.visit(ticket.device, ticket.origin, ticket.bytes, true);
            } else if (tracked instanceof Abandoned scope) {
                scope.members.storages(scoped);
            }
        }
        for (Storage storage : scoped) {
            if (storage.holdsBlock() && !storage.isTracked()) {
                visitor.visit(storage.device, storage.origin, storage.bytes, false);
            }
        }
    }

    static Ticket track(Storage storage) {
        return watched(new Ticket(storage));
    }

    /** Watches a scope; the returned action stops the watch. */
    static Runnable track(TensorScope scope, TensorScope.Members members) {
        Abandoned watch = watched(new Abandoned(scope, members));
        return () -> {
            LIVE.remove(watch);
            watch.clear();
        };
    }

    /** Frees what has become unreachable; asks for a collection first when the tracked bytes exceed the budget. */
    static void drain() {
        for (var found = QUEUE.poll(); found != null; found = QUEUE.poll()) {
            ((Tracked) found).free();
        }
        if (exceedsBudget()) {
            COLLECTING.lock();
            try {
                // Whoever waited for another thread's collection need not ask for one of its own.
                if (exceedsBudget()) {
                    collect();
                }
            } finally {
                COLLECTING.unlock();
            }
        }
    }

    private static boolean exceedsBudget() {
        return TRACKED_BYTES.get() > Math.max(FLOOR, 2 * bytesAfterCollection);
    }

    /** Asks for a collection and frees what it finds, or waits for one that another thread began after this call. */
    static void collect() {
        long before = collections;
        COLLECTING.lock();
        try {
            if (collections > before) {
                return;
            }
            collectAlone();
        } finally {
            COLLECTING.unlock();
        }
    }

    private static void collectAlone() {
        // An interrupt is meant for whoever allocates, not for the short wait here.
        boolean interrupted = Thread.interrupted();
        // Other threads allocate and free meanwhile: what they make did not survive anything, what they free did not either.
        FREED_SINCE.set(0);
        long before = TRACKED_BYTES.get();
        collections++;
        try {
            Herald herald = watched(new Herald());
            System.gc();
            long end = System.nanoTime() + FIRST_PATIENCE * 1_000_000;
            // Other threads drain the queue too, so the herald may have come to one of them.
            while (true) {
                var found = QUEUE.remove(PATIENCE);
                if (found != null) {
                    ((Tracked) found).free();
                } else if (herald.found || System.nanoTime() > end) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            bytesAfterCollection = Math.max(0, before - FREED_SINCE.get());
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
