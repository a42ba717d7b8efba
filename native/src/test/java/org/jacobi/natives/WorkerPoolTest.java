package org.jacobi.natives;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WorkerPoolTest {
    private record Range(long from, long to) {
    }

    private final List<WorkerPool> pools = new ArrayList<>();

    private WorkerPool pool(int threads) {
        WorkerPool pool = WorkerPool.of(threads);
        pools.add(pool);
        return pool;
    }

    @AfterEach
    void close() {
        pools.forEach(WorkerPool::close);
    }

    private static List<Range> expectedCuts(long n, long grain) {
        List<Range> cuts = new ArrayList<>();
        for (long from = 0; from < n; from += grain) {
            cuts.add(new Range(from, Math.min(n, from + grain)));
        }
        return cuts;
    }

    @Test
    void cutsDependOnLengthAndGrainOnly() {
        for (int threads : new int[] {1, 2, 3, 8}) {
            WorkerPool pool = pool(threads);
            for (long n : new long[] {0, 1, 2, 7, 64, 100, 1001}) {
                for (long grain : new long[] {1, 2, 10, 64, 1000, 5000}) {
                    var seen = new ConcurrentLinkedQueue<Range>();
                    pool.parallelFor(n, grain, (from, to) -> seen.add(new Range(from, to)));
                    var sorted = new ArrayList<>(seen);
                    sorted.sort((a, b) -> Long.compare(a.from, b.from));
                    assertEquals(expectedCuts(n, grain), sorted, threads + " threads, n " + n + ", grain " + grain);
                }
            }
        }
    }

    @Test
    void lengthsBeyondAnIntAndUpToTheLastLong() {
        var seen = new ConcurrentLinkedQueue<Range>();
        pool(2).parallelFor(Long.MAX_VALUE, Long.MAX_VALUE / 2, (from, to) -> seen.add(new Range(from, to)));
        long half = Long.MAX_VALUE / 2;
        assertEquals(Set.of(new Range(0, half), new Range(half, 2 * half), new Range(2 * half, Long.MAX_VALUE)),
                Set.copyOf(seen));
    }

    @Test
    void senselessArgumentsAreRefused() {
        WorkerPool pool = pool(2);
        assertThrows(IllegalArgumentException.class, () -> pool.parallelFor(-1, 1, (_, _) -> {
        }));
        assertThrows(IllegalArgumentException.class, () -> pool.parallelFor(1, 0, (_, _) -> {
        }));
        assertThrows(IllegalArgumentException.class, () -> WorkerPool.of(0));
    }

    /** Passes only if as many threads as the pool has are at work at once. */
    @Test
    void allThreadsTakePart() {
        for (int threads : new int[] {2, 4}) {
            WorkerPool pool = pool(threads);
            for (int round = 0; round < 20; round++) {
                var barrier = new CyclicBarrier(threads);
                Set<String> names = ConcurrentHashMap.newKeySet();
                pool.parallelFor(threads, 1, (_, _) -> {
                    names.add(Thread.currentThread().getName());
                    await(barrier);
                });
                Set<String> expected = ConcurrentHashMap.newKeySet();
                expected.add(Thread.currentThread().getName());
                for (int i = 1; i < threads; i++) {
                    expected.add("jacobi-worker-" + i);
                }
                assertEquals(expected, names);
            }
        }
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void workersAreDaemonsThatParkAndWakeUp() throws InterruptedException {
        WorkerPool pool = pool(2);
        for (int round = 0; round < 5; round++) {
            var barrier = new CyclicBarrier(2);
            var worker = new Thread[1];
            pool.parallelFor(2, 1, (_, _) -> {
                if (WorkerPool.inParallel() && Thread.currentThread().getName().startsWith("jacobi-worker")) {
                    worker[0] = Thread.currentThread();
                }
                await(barrier);
            });
            assertTrue(worker[0].isDaemon());
            while (worker[0].getState() != Thread.State.WAITING) {
                Thread.sleep(1);
            }
        }
    }

    @Test
    void nestedLoopsRunInlineAndInOrder() {
        WorkerPool pool = pool(3);
        var count = new AtomicLong();
        pool.parallelFor(40, 1, (_, _) -> {
            Thread me = Thread.currentThread();
            List<Range> seen = new ArrayList<>();
            assertTrue(me.getName().startsWith("jacobi-worker") == WorkerPool.inParallel());
            pool.parallelFor(25, 4, (from, to) -> {
                assertSame(me, Thread.currentThread());
                seen.add(new Range(from, to));
                pool.parallelFor(3, 1, (_, _) -> count.incrementAndGet());
            });
            assertEquals(expectedCuts(25, 4), seen);
        });
        assertEquals(40 * 7 * 3, count.get());
    }

    @Test
    void inParallelIsTrueInsideASharedLoopOnly() {
        WorkerPool.setThreads(2);
        var inside = new AtomicInteger();
        WorkerPool.global().parallelFor(10, 1, (_, _) -> inside.addAndGet(WorkerPool.inParallel() ? 1 : 0));
        assertEquals(10, inside.get());
        assertFalse(WorkerPool.inParallel());
    }

    @Test
    void theFirstExceptionReachesTheCallerAndTheRestIsSkipped() {
        for (int threads : new int[] {1, 2, 4}) {
            WorkerPool pool = pool(threads);
            var ran = new AtomicInteger();
            var error = assertThrows(IllegalStateException.class, () -> pool.parallelFor(100_000, 1, (from, _) -> {
                ran.incrementAndGet();
                throw new IllegalStateException("range " + from);
            }));
            assertTrue(error.getMessage().startsWith("range "));
            assertTrue(ran.get() <= 2 * threads, ran + " ranges ran on " + threads + " threads");
            assertEquals(ran.get() - 1, error.getSuppressed().length);
            assertStillWorks(pool);
        }
    }

    @Test
    void exceptionsOfOtherThreadsAreSuppressedInTheFirst() {
        WorkerPool pool = pool(3);
        var barrier = new CyclicBarrier(3);
        var error = assertThrows(AssertionError.class, () -> pool.parallelFor(3, 1, (from, _) -> {
            await(barrier);
            throw new AssertionError(from);
        }));
        Set<String> messages = ConcurrentHashMap.newKeySet();
        messages.add(error.getMessage());
        for (Throwable other : error.getSuppressed()) {
            messages.add(other.getMessage());
        }
        assertEquals(Set.of("0", "1", "2"), messages);
        assertStillWorks(pool);
    }

    @Test
    void oneExceptionThrownByAllIsNotSuppressedInItself() {
        WorkerPool pool = pool(2);
        var barrier = new CyclicBarrier(2);
        var shared = new IllegalStateException("shared");
        assertSame(shared, assertThrows(IllegalStateException.class, () -> pool.parallelFor(2, 1, (_, _) -> {
            await(barrier);
            throw shared;
        })));
        assertEquals(0, shared.getSuppressed().length);
    }

    @Test
    void checkedExceptionsInDisguisePassThrough() {
        WorkerPool pool = pool(2);
        assertThrows(IOException.class, () -> pool.parallelFor(2, 1, (_, _) -> {
            throw WorkerPoolTest.<RuntimeException>disguise(new IOException("file"));
        }));
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E disguise(Throwable e) throws E {
        throw (E) e;
    }

    private static void assertStillWorks(WorkerPool pool) {
        var sum = new AtomicLong();
        pool.parallelFor(1000, 7, (from, to) -> sum.addAndGet(to - from));
        assertEquals(1000, sum.get());
    }

    @Test
    void callersFromManyThreadsGetTheirOwnLoopsDone() throws Exception {
        WorkerPool pool = pool(3);
        int callers = 4;
        try (var executor = Executors.newFixedThreadPool(callers)) {
            List<Future<?>> done = new ArrayList<>();
            for (int c = 0; c < callers; c++) {
                int me = c;
                done.add(executor.submit(() -> {
                    for (int round = 0; round < 3000; round++) {
                        int n = 2 + (round + me) % 17;
                        var hits = new AtomicIntegerArray(n);
                        boolean fail = round % 50 == me;
                        try {
                            pool.parallelFor(n, 1, (from, to) -> {
                                assertEquals(from + 1, to);
                                hits.incrementAndGet((int) from);
                                if (fail && from == n - 1) {
                                    throw new IllegalStateException("caller " + me);
                                }
                            });
                            assertFalse(fail, "the exception was lost");
                        } catch (IllegalStateException e) {
                            assertEquals("caller " + me, e.getMessage());
                            assertTrue(fail, "an exception of another loop");
                        }
                        for (int i = 0; i < n; i++) {
                            assertEquals(1, hits.get(i), "range " + i);
                        }
                    }
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
    }

    /** While another thread's loop holds the pool, ranges run inline; once it is free, the others join. */
    @Test
    void aLoopThatFoundThePoolTakenIsSharedOutLater() throws Exception {
        WorkerPool pool = pool(2);
        var taken = new CountDownLatch(2);
        var release = new CountDownLatch(1);
        Thread holder = new Thread(() -> pool.parallelFor(2, 1, (_, _) -> {
            taken.countDown();
            await(release);
        }));
        holder.start();
        await(taken);
        var barrier = new CyclicBarrier(2);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        pool.parallelFor(3, 1, (from, _) -> {
            threads.add(Thread.currentThread());
            if (from == 0) {
                assertSame(1, threads.size());
                release.countDown();
                join(holder);
            } else {
                await(barrier); // ranges 1 and 2 at the same time
            }
        });
        assertEquals(2, threads.size());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theCallersInterruptedFlagIsKeptAndDoesNoHarm() {
        WorkerPool pool = pool(2);
        Thread.currentThread().interrupt();
        try {
            var sum = new AtomicLong();
            pool.parallelFor(4, 1, (from, to) -> {
                long end = System.nanoTime() + 2_000_000; // long enough for the caller to stop spinning and park
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                sum.addAndGet(to - from);
            });
            assertEquals(4, sum.get());
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aBodyThatInterruptsAWorkerDoesNoHarm() {
        WorkerPool pool = pool(3);
        for (int i = 0; i < 50; i++) {
            pool.parallelFor(3, 1, (_, _) -> {
                if (Thread.currentThread().getName().startsWith("jacobi-worker")) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        assertStillWorks(pool);
    }

    @Test
    void virtualThreadsMayCall() throws InterruptedException {
        WorkerPool pool = pool(2);
        Thread.ofVirtual().start(() -> assertStillWorks(pool)).join();
        assertStillWorks(pool);
    }

    @Test
    void setThreadsReplacesTheGlobalPool() {
        for (int threads : new int[] {1, 3, 2}) {
            WorkerPool before = WorkerPool.global();
            WorkerPool.setThreads(threads);
            assertNotSame(before, WorkerPool.global());
            assertEquals(threads, WorkerPool.global().threads());
            assertStillWorks(WorkerPool.global());
            assertStillWorks(before); // alone, on the caller
        }
        assertThrows(IllegalArgumentException.class, () -> WorkerPool.setThreads(0));
        assertEquals(2, WorkerPool.global().threads());
    }

    @Test
    void setThreadsMayBeCalledFromInsideALoop() {
        WorkerPool.setThreads(2);
        var sum = new AtomicLong();
        WorkerPool.global().parallelFor(100, 1, (from, to) -> {
            if (from == 50) {
                WorkerPool.setThreads(3);
            }
            sum.addAndGet(to - from);
        });
        assertEquals(100, sum.get());
        assertEquals(3, WorkerPool.global().threads());
    }

    @Test
    void closedPoolsLeaveNoThreads() throws InterruptedException {
        WorkerPool pool = WorkerPool.of(3);
        var barrier = new CyclicBarrier(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        pool.parallelFor(3, 1, (_, _) -> {
            threads.add(Thread.currentThread());
            await(barrier);
        });
        threads.remove(Thread.currentThread());
        assertEquals(2, threads.size());
        pool.close();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void thePropertySetsTheNumberOfThreads() throws Exception {
        assertEquals("5\n", ChildJvm.run(Threads.class, "-Djacobi.threads=5"));
        assertEquals("-Djacobi.threads=many: expected a whole number of 1 or more\n",
                ChildJvm.run(Threads.class, "-Djacobi.threads=many"));
        assertEquals("-Djacobi.threads=0: expected a whole number of 1 or more\n",
                ChildJvm.run(Threads.class, "-Djacobi.threads=0"));
    }

    static final class Threads {
        public static void main(String[] args) {
            try {
                System.out.println(WorkerPool.global().threads());
            } catch (IllegalArgumentException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
