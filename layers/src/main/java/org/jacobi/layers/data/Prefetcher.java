package org.jacobi.layers.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Batches that threads prepare ahead, in order and at most a given number at a time.
 *
 * <p>Platform threads, since loading is work, not waiting: it would keep the carriers of virtual threads from everybody else.
 * They are not interrupted: that would close the file channels of a data set for good.
 */
final class Prefetcher<B extends TensorBundle<B>> {
    private static final long PATIENCE_MILLIS = 10_000;

    /** A batch, or why there is none. */
    private record Result<B>(B batch, Throwable failure) {
    }

    private final LongFunction<B> load;
    private final long count;
    private final Result<B>[] ready;
    private final List<Thread> threads = new ArrayList<>();

    // Guarded by this.
    private long begun;
    private long taken;
    private String closedBecause;

    /**
     * Starts the threads.
     *
     * @param load  makes the batch of a number, handed off
     * @param count how many batches there are
     */
    @SuppressWarnings({"unchecked", "rawtypes"})
    Prefetcher(LongFunction<B> load, long count, int workers, int prefetch) {
        this.load = load;
        this.count = count;
        ready = new Result[prefetch];
        for (int i = 0; i < Math.min(workers, count); i++) {
            threads.add(Thread.ofPlatform().daemon().name("jacobi-loader-" + i).start(this::work));
        }
    }

    synchronized boolean hasNext() {
        return taken < count;
    }

    synchronized long taken() {
        return taken;
    }

    /** Waits for the next batch. */
    B take() {
        Result<B> result = threads.isEmpty() ? loaded() : await();
        if (result.failure == null) {
            synchronized (this) {
                if (++taken < count) {
                    notifyAll();
                    return result.batch;
                }
            }
            close("it was read to its end");
            return result.batch;
        }
        close("it had failed: " + result.failure.getMessage());
        if (result.failure instanceof DataException e) {
            // The worker's trace is the cause's; this one shows who asked.
            throw new DataException(e.getMessage(), e);
        }
        throw new DataException("DataLoader: batch " + taken() + " cannot be loaded: " + result.failure,
                result.failure);
    }

    /** Loads in the caller's thread, where there are no others. */
    private Result<B> loaded() {
        requireOpen();
        try {
            return new Result<>(load.apply(taken()), null);
        } catch (RuntimeException e) {
            return new Result<>(null, e);
        }
    }

    private synchronized Result<B> await() {
        int slot = (int) (taken % ready.length);
        while (closedBecause == null && ready[slot] == null) {
            try {
                wait();
            } catch (InterruptedException e) {
                stop("its thread was interrupted");
                Thread.currentThread().interrupt();
            }
        }
        requireOpen();
        Result<B> result = ready[slot];
        ready[slot] = null;
        return result;
    }

    private synchronized void requireOpen() {
        if (closedBecause != null) {
            throw new IllegalStateException("this epoch gives no more batches, because " + closedBecause
                    + "; resume(epoch.state()) goes on with the next batch");
        }
    }

    private void work() {
        for (long number = begin(); number >= 0; number = begin()) {
            Result<B> result;
            try {
                result = new Result<>(load.apply(number), null);
            } catch (Throwable e) {
                result = new Result<>(null, e);
            }
            put(number, result);
        }
    }

    /** Waits for room and returns the number of the batch to prepare, or -1 if there is none. */
    private synchronized long begin() {
        while (closedBecause == null && begun < count && begun >= taken + ready.length) {
            try {
                wait();
            } catch (InterruptedException e) {
                return -1;
            }
        }
        return closedBecause == null && begun < count ? begun++ : -1;
    }

    private synchronized void put(long number, Result<B> result) {
        if (closedBecause != null) {
            release(result);
            return;
        }
        ready[(int) (number % ready.length)] = result;
        notifyAll();
    }

    /** Frees what is ready, and has the threads end; what they are at is freed when it is done. */
    synchronized void stop(String why) {
        if (closedBecause == null) {
            closedBecause = why;
            for (int i = 0; i < ready.length; i++) {
                release(ready[i]);
                ready[i] = null;
            }
            notifyAll();
        }
    }

    /** Stops and waits until the threads are at their ends, so that the caller may close the data's files. */
    void close(String why) {
        stop(why);
        boolean interrupted = false;
        for (Thread thread : threads) {
            try {
                // One that hangs in a read must not make its caller hang, too.
                thread.join(PATIENCE_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void release(Result<B> result) {
        if (result != null && result.batch != null) {
            result.batch.release();
        }
    }
}
