package org.jacobi.app;

import java.util.Locale;

import org.jacobi.layers.train.StepTimes;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/** How long the steps of a command took, and how much memory the process needed. */
final class Usage {
    private static final double MEBIBYTE = 1 << 20;
    private static final double HIGH = 0.9;

    private final StepTimes times = new StepTimes();
    private long tokens;

    /**
     * Takes in one more step.
     *
     * @param stepTokens how many tokens went through the model in it; 0 where there are none
     */
    void add(double seconds, long stepTokens) {
        times.add(seconds);
        tokens += stepTokens;
    }

    /**
     * Tells of time and memory, in a line each; after the last step, and once.
     *
     * @param step what a step is called, with its article
     */
    String report(String step) {
        SlabAllocator.Statistics pool = SlabAllocator.global().statistics();
        long resident = NativeMemory.residentBytes();
        return String.format(Locale.ROOT, "time: %.2f ms %s in the median (p90 %.2f)%s%n",
                1e3 * times.quantile(0.5), step, 1e3 * times.quantile(HIGH),
                tokens == 0 ? "" : String.format(Locale.ROOT, ", %,.0f tokens/s", tokens / times.total()))
                + String.format(Locale.ROOT, "memory: %,.0f MiB of tensors at the peak, %spool hits %.1f%%",
                        pool.peakLiveBytes() / MEBIBYTE,
                        resident < 0 ? "" : String.format(Locale.ROOT, "%,.0f MiB resident, ", resident / MEBIBYTE),
                        100.0 * pool.poolHits() / Math.max(1, pool.allocations()));
    }
}
