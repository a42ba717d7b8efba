package org.jacobi.natives;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed set of worker threads that share out the ranges of a loop; the calling thread works too.
 *
 * <p>How a loop is cut depends on its length and grain alone, never on the number of threads: one thread runs the same
 * cuts as eight. So a kernel whose ranges do not depend on each other gives the same bits with any number of threads.
 * Which thread takes which range is left to the moment.
 *
 * <p>One loop at a time is shared out. A loop inside a loop runs its ranges in order on the thread that came to it. So
 * does a loop whose caller finds the pool taken by another thread, but it shares out the ranges that are left as soon
 * as the pool is free.
 *
 * <p>Workers wait for the next loop spinning for a while, since the kernels of a training step follow each other within
 * microseconds, and then park. They are daemon threads: they end with the JVM.
 */
public final class WorkerPool {
    /** Longer than the pause between two kernels, shorter than anybody's patience with a busy idle process. */
    private static final long SPIN_NANOS = 30_000;
    private static final int SPINS_BETWEEN_CLOCK_READS = 32;

    private static final VarHandle OWNER;
    private static final VarHandle FAILURE;

    static {
        try {
            var lookup = MethodHandles.lookup();
            OWNER = lookup.findVarHandle(WorkerPool.class, "owner", Thread.class);
            FAILURE = lookup.findVarHandle(WorkerPool.class, "failure", Throwable.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The body of a parallel loop. */
    @FunctionalInterface
    public interface RangeBody {
        /** Does the elements {@code from} (inclusive) to {@code to} (exclusive). */
        void run(long from, long to);
    }

    private static final Object GLOBAL_LOCK = new Object();
    private static volatile WorkerPool global;

    private final Worker[] workers;

    /** The thread whose loop is being shared out; null while the pool is free. */
    private volatile Thread owner;

    // The loop being shared out: written by the owner before it sets `unclaimed`, read by a worker after its first
    // claim.
    private RangeBody body;
    private long length;
    private long grain;
    private long tasks;
    private volatile Throwable failure;

    /**
     * The number of tasks that nobody took yet, or less than zero: a worker that comes late, when the loop has ended,
     * takes one too many and sees it. Should the next loop begin meanwhile, it gets a task of that one, rightly.
     */
    private final AtomicLong unclaimed = new AtomicLong();
    /** The number of tasks that are not done yet. While a worker has not signed off its tasks, the loop cannot end. */
    private final AtomicLong unfinished = new AtomicLong();
    private volatile Thread parkedOwner;
    private volatile boolean closed;

    private WorkerPool(int threads) {
        workers = new Worker[threads - 1];
    }

    /** A pool of its own, for tests. */
    static WorkerPool of(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("number of threads " + threads + ": expected 1 or more");
        }
        WorkerPool pool = new WorkerPool(threads);
        for (int i = 0; i < pool.workers.length; i++) {
            pool.workers[i] = pool.new Worker("jacobi-worker-" + (i + 1));
        }
        for (Worker worker : pool.workers) {
            worker.start();
        }
        return pool;
    }

    /**
     * The pool that everybody shares: as many threads as the system property {@code jacobi.threads} says, or as there
     * are processors.
     *
     * @throws IllegalArgumentException when the property is not a whole number of 1 or more
     */
    public static WorkerPool global() {
        WorkerPool pool = global;
        if (pool == null) {
            synchronized (GLOBAL_LOCK) {
                pool = global;
                if (pool == null) {
                    global = pool = of(configuredThreads());
                }
            }
        }
        return pool;
    }

    /**
     * Replaces the global pool by one of {@code threads} threads, the calling one included (PyTorch:
     * {@code torch.set_num_threads}). Loops that run meanwhile come to their end. A pool that somebody kept from before
     * has no workers any more, so ask for {@link #global} each time.
     *
     * @param threads 1 or more; with 1 every loop runs on its caller
     */
    public static void setThreads(int threads) {
        synchronized (GLOBAL_LOCK) {
            WorkerPool old = global;
            global = of(threads);
            if (old != null) {
                old.close();
            }
        }
    }

    static int configuredThreads() {
        String text = System.getProperty("jacobi.threads");
        if (text == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        try {
            int threads = Integer.parseInt(text.strip());
            if (threads >= 1) {
                return threads;
            }
        } catch (NumberFormatException _) {
            // the same complaint as for a number below 1
        }
        throw new IllegalArgumentException("-Djacobi.threads=" + text + ": expected a whole number of 1 or more");
    }

    /** The number of threads that work on a loop, the calling one included. */
    public int threads() {
        return workers.length + 1;
    }

    /** Whether the calling thread is at work on a loop that is shared out, so that a loop it starts now runs inline. */
    public static boolean inParallel() {
        Thread me = Thread.currentThread();
        if (me instanceof Worker) {
            return true;
        }
        WorkerPool pool = global;
        return pool != null && pool.owner == me;
    }

    /**
     * Runs the body over {@code 0..n}, cut into the ranges {@code [k * grain, min(n, (k + 1) * grain))}, and returns
     * when all are done.
     *
     * <p>The ranges run on several threads at once, in no order, or in order on the calling thread when there is but
     * one range, the loop is nested, or the pool is taken. When a body throws, ranges not yet begun are skipped, and
     * the first exception is thrown here, the others suppressed in it.
     *
     * @param n     number of elements, 0 or more
     * @param grain number of elements of a range, 1 or more; what a range does should take 10 microseconds or more
     */
    public void parallelFor(long n, long grain, RangeBody body) {
        if (n < 0 || grain < 1) {
            throw new IllegalArgumentException("parallelFor(n = " + n + ", grain = " + grain
                    + "): expected n of 0 or more and a grain of 1 or more");
        }
        long tasks = n / grain + (n % grain == 0 ? 0 : 1);
        for (long task = 0; task < tasks; task++) {
            if (tasks - task > 1 && take()) {
                shareOut(body, n, grain, tasks, task);
                return;
            }
            runTask(body, n, grain, task);
        }
    }

    private static void runTask(RangeBody body, long n, long grain, long task) {
        long from = task * grain;
        body.run(from, n - from > grain ? from + grain : n);
    }

    /** Makes the calling thread the owner, unless the pool has one, or has no workers, or the caller is a worker. */
    private boolean take() {
        return workers.length > 0 && owner == null && !(Thread.currentThread() instanceof Worker)
                && OWNER.compareAndSet(this, null, Thread.currentThread());
    }

    private void shareOut(RangeBody body, long n, long grain, long tasks, long firstTask) {
        this.body = body;
        this.length = n;
        this.grain = grain;
        this.tasks = tasks;
        unfinished.set(tasks - firstTask);
        unclaimed.set(tasks - firstTask); // from here on workers come
        wakeWorkers(tasks - firstTask - 1);
        work();
        awaitWorkers();
        Throwable thrown = failure;
        failure = null;
        this.body = null; // what the body captured may be garbage now
        owner = null;
        if (thrown != null) {
            throw WorkerPool.<RuntimeException>unchecked(thrown);
        }
    }

    /** Takes tasks and does them until there are none. */
    private void work() {
        long left = claim();
        if (left <= 0) {
            return;
        }
        RangeBody body = this.body;
        long length = this.length;
        long grain = this.grain;
        long tasks = this.tasks;
        long done = 0;
        for (; left > 0; left = claim()) {
            try {
                runTask(body, length, grain, tasks - left);
            } catch (Throwable e) {
                noteFailure(e);
                done += Math.max(0, unclaimed.getAndSet(0)); // the rest counts as done
            }
            done++;
        }
        if (unfinished.addAndGet(-done) == 0) {
            Thread waiting = parkedOwner;
            if (waiting != null) {
                LockSupport.unpark(waiting);
            }
        }
    }

    /** Takes a task: the number of tasks that were left, this one included; zero or less when there was none. */
    private long claim() {
        return unclaimed.get() <= 0 ? 0 : unclaimed.getAndDecrement();
    }

    private void noteFailure(Throwable e) {
        Throwable first = (Throwable) FAILURE.compareAndExchange(this, (Throwable) null, e);
        if (first != null && first != e) {
            first.addSuppressed(e);
        }
    }

    private void wakeWorkers(long helpers) {
        int count = (int) Math.min(helpers, workers.length);
        for (int i = 0; i < count; i++) {
            Worker worker = workers[i];
            if (worker.parked) {
                worker.parked = false;
                LockSupport.unpark(worker);
            }
        }
    }

    private void awaitWorkers() {
        long start = 0;
        for (int spins = 0; unfinished.get() != 0; spins++) {
            Thread.onSpinWait();
            if (spins % SPINS_BETWEEN_CLOCK_READS == 0) {
                long now = System.nanoTime();
                if (spins == 0) {
                    start = now;
                } else if (now - start > SPIN_NANOS) {
                    parkOwner();
                }
            }
        }
    }

    private void parkOwner() {
        boolean interrupted = false;
        parkedOwner = Thread.currentThread(); // before looking once more: the last worker looks here when it is done
        while (unfinished.get() != 0) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted(); // park would not wait with the flag set
        }
        parkedOwner = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Lets the workers end. Loops still run, on their callers alone. */
    void close() {
        closed = true;
        for (Worker worker : workers) {
            LockSupport.unpark(worker);
        }
    }

    /** Throws on what a body threw as it is, a checked exception from another JVM language included. */
    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E unchecked(Throwable e) throws E {
        throw (E) e;
    }

    private final class Worker extends Thread {
        volatile boolean parked;

        Worker(String name) {
            super(null, null, name, 0, false);
            setDaemon(true);
        }

        @Override
        public void run() {
            while (!closed) {
                work();
                awaitLoop();
            }
        }

        private void awaitLoop() {
            long start = System.nanoTime();
            for (int spins = 1; unclaimed.get() <= 0 && !closed; spins++) {
                Thread.onSpinWait();
                if (spins % SPINS_BETWEEN_CLOCK_READS == 0 && System.nanoTime() - start > SPIN_NANOS) {
                    parkUntilLoop();
                }
            }
        }

        private void parkUntilLoop() {
            do {
                parked = true; // before looking once more: who starts a loop looks here after announcing it
                if (unclaimed.get() <= 0 && !closed) {
                    LockSupport.park(WorkerPool.this);
                }
                parked = false;
                Thread.interrupted(); // park would not wait with the flag set
            } while (unclaimed.get() <= 0 && !closed);
        }
    }
}
