package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAccumulator;

import org.jacobi.natives.SlabAllocator;
import org.junit.jupiter.api.Test;

class ReaperTest {
    private static long live() {
        return SlabAllocator.global().statistics().liveBytes();
    }

    /** 5 GB pass through the budget of 512 MB, while the Java heap has no reason to collect anything. */
    @Test
    void droppedTensorsStayWithinTheBudget() {
        long bytes = 8 << 20;
        long highest = 0;
        Reaper.collect(); // the budget is twice what was live at the last collection, maybe another test's
        long before = live();
        for (long made = 0; made < 5L << 30; made += bytes) {
            Tensor.empty(DType.F32, bytes / 4);
            highest = Math.max(highest, live());
        }
        long used = highest - before;
        assertTrue(used <= (512L << 20) + 4 * bytes, () -> (used >> 20) + " MiB were live at once");
    }

    /** Eight threads drop tensors faster than one collection finds them: together they stay within the budget too. */
    @Test
    void threadsTogetherStayWithinTheBudget() throws Exception {
        int threads = 8;
        long bytes = 8 << 20;
        Reaper.collect();
        long before = live();
        var highest = new LongAccumulator(Math::max, 0);
        try (var executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                done.add(executor.submit(() -> {
                    for (int i = 0; i < 80; i++) {
                        Tensor.empty(DType.F32, bytes / 4);
                        highest.accumulate(live());
                    }
                }));
            }
            for (Future<?> future : done) {
                future.get();
            }
        }
        long used = highest.get() - before;
        // Each thread may be past the look at the budget with one tensor, and hold one more.
        assertTrue(used <= (512L << 20) + 3 * threads * bytes, () -> (used >> 20) + " MiB were live at once");
    }

    /** An interrupt neither makes every allocation collect nor gets lost in one. */
    @Test
    void anInterruptedThreadCollectsAsRarely() {
        long before = collections();
        Thread.currentThread().interrupt();
        Tensor[] kept = new Tensor[150];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = Tensor.empty(DType.F32, 2 << 20); // 1200 MiB in all, untouched: twice the budget
        }
        for (int i = 0; i < 100; i++) {
            Tensor.ones(1);
        }
        assertTrue(Thread.interrupted());
        long asked = collections() - before;
        assertTrue(asked <= 10, () -> asked + " collections for 100 small tensors");
        Reference.reachabilityFence(kept);
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    /** What is in use counts towards the budget and is not lost by it. */
    @Test
    void tensorsInUseSurvive() {
        Tensor[] kept = new Tensor[16];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = Tensor.full(i, DType.F32, 1 << 20);
        }
        for (int i = 0; i < 300; i++) {
            Tensor.empty(DType.F32, 1024, 1024).t();
        }
        for (int i = 0; i < kept.length; i++) {
            assertEquals(i, kept[i].mean().item());
        }
    }

    @Test
    void releasedTensorsGiveTheirMemoryBackAtOnce() {
        for (int i = 0; i < 1000; i++) {
            Tensor x = Tensor.empty(DType.F32, 1 << 20);
            Tensor view = x.view(1024, 1024);
            long full = live();
            x.release();
            assertEquals(full, live());
            view.release();
            assertTrue(live() <= full - (4 << 20));
        }
    }
}
