package org.jacobi.tensor;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

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
    private static volatile long bytesAfterCollection;

    private Reaper() {
    }

    /** What is to be done when an object has become unreachable. */
    private abstract static class Tracked extends PhantomReference<Object> {
        Tracked(Object referent) {
            super(referent, QUEUE);
            LIVE.add(this);
        }

        abstract void free();
    }

    /** One tracked block; freed once, by the collector's word or by the release of its last handle. */
    static final class Ticket extends Tracked {
        private final Device device;
        private final long address;
        private final long bytes;
        private final AtomicBoolean freed = new AtomicBoolean();

        private Ticket(Storage storage) {
            super(storage);
            device = storage.device;
            address = storage.address;
            bytes = storage.bytes;
            TRACKED_BYTES.addAndGet(bytes);
        }

        @Override
        void free() {
            if (freed.compareAndSet(false, true)) {
                LIVE.remove(this);
                TRACKED_BYTES.addAndGet(-bytes);
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
        private Herald() {
            super(new Object());
        }

        @Override
        void free() {
            LIVE.remove(this);
        }
    }

    static Ticket track(Storage storage) {
        return new Ticket(storage);
    }

    /** Watches a scope; the returned action stops the watch. */
    static Runnable track(TensorScope scope, TensorScope.Members members) {
        Abandoned watch = new Abandoned(scope, members);
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
        if (TRACKED_BYTES.get() > Math.max(FLOOR, 2 * bytesAfterCollection)) {
            collect();
        }
    }

    /** Asks for a collection and frees what it finds; does nothing while another thread is at it. */
    static void collect() {
        if (!COLLECTING.tryLock()) {
            return;
        }
        // An interrupt is meant for whoever allocates, not for the short wait here.
        boolean interrupted = Thread.interrupted();
        try {
            new Herald();
            System.gc();
            for (var found = QUEUE.remove(FIRST_PATIENCE); found != null; found = QUEUE.remove(PATIENCE)) {
                ((Tracked) found).free();
            }
        } catch (InterruptedException e) {
            interrupted = true;
        } finally {
            bytesAfterCollection = TRACKED_BYTES.get();
            COLLECTING.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
