package org.jacobi.tensor;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;

import org.jacobi.natives.Holding;
import org.jacobi.natives.NativeMemory;
import org.jacobi.natives.SlabAllocator;

/**
 * Who holds how much native memory: what to look at when memory grows.
 *
 * <p>Sums and figures by op are always there. The lines of the program that made the blocks cost a stack walk each and are
 * recorded when the program was started with {@code -Djacobi.memory=report} (or {@code guarded}); only then is it known,
 * too, who held what at the peak. {@link #toString} is a table.
 *
 * <pre>{@code
 * MemoryReport before = MemoryReport.afterCollection();
 * trainAnEpoch();
 * System.out.println(MemoryReport.afterCollection());     // what has grown is a leak
 * }</pre>
 *
 * @param liveBytes     bytes of blocks in use, rounded up to the sizes that the allocator deals in
 * @param liveBlocks    blocks in use
 * @param peakBytes     the most bytes in use so far
 * @param limitBytes    how many bytes may be in use ({@code -Djacobi.memory.limit}); {@link Long#MAX_VALUE} for any number
 * @param reservedBytes address space taken from the system
 * @param cachedBytes   bytes of freed blocks that wait for reuse
 * @param hitRate       the share of requests that were met by a freed block, from 0 to 1
 * @param scoped        what open scopes hold
 * @param collected     what the garbage collector watches, because it is or was held outside of scopes
 * @param sitesRecorded whether {@code holders} tells lines, and {@code atPeak} is known
 * @param holders       who holds the live blocks, the largest first
 * @param atPeak        who held the blocks that were live at the peak, the largest first
 * @param elsewhere      what tensors hold on other devices than the CPU, whose figures all others are
 */
public record MemoryReport(long liveBytes, long liveBlocks, long peakBytes, long limitBytes, long reservedBytes,
        long cachedBytes, double hitRate, Amount scoped, Amount collected, boolean sitesRecorded, List<Holder> holders,
        List<Holder> atPeak, List<Elsewhere> elsewhere) {

    private static final int TOP = 10;

    /** Bytes that were asked for, and in how many blocks. */
    public record Amount(long bytes, long blocks) {
        private Amount plus(long moreBytes, long moreBlocks) {
            return new Amount(bytes + moreBytes, blocks + moreBlocks);
        }
    }

    /**
     * The blocks that one op made, at one line of the program.
     *
     * @param op   the op's name, as error messages say it
     * @param site the first line outside of Jacobi, as {@code class.method(file:line)}; null when not recorded
     * @param held the blocks
     */
    public record Holder(String op, String site, Amount held) {
    }

    /**
     * What tensors hold on a device other than the CPU.
     *
     * @param device  where
     * @param held    how much in all
     * @param holders who holds it, the largest first; lines are not recorded
     */
    public record Elsewhere(Device device, Amount held, List<Holder> holders) {
    }

    /**
     * Returns what is held now; in guarded mode every block is checked first.
     *
     * @throws org.jacobi.natives.MemoryViolation in guarded mode, if a block was written where nobody may
     */
    public static MemoryReport now() {
        SlabAllocator.global().check();
        return ofNow();
    }

    /** Returns what is held after a garbage collection has freed what nobody can reach. */
    public static MemoryReport afterCollection() {
        Reaper.collect();
        return now();
    }

    /**
     * Returns the most bytes that were in use at once since the last call, or since the start if there was none: what an
     * epoch or an evaluation needed.
     */
    public static long takePeakBytes() {
        return SlabAllocator.global().takeRecentPeak();
    }

    static MemoryReport ofNow() {
        SlabAllocator allocator = SlabAllocator.global();
        Amount[] sums = {new Amount(0, 0), new Amount(0, 0)};
        Map<Device, Map<String, Amount>> byDevice = new LinkedHashMap<>();
        byDevice.put(Device.CPU, new HashMap<>());
        Reaper.survey((device, op, bytes, tracked) -> {
            if (device == Device.CPU) {
                int which = tracked ? 1 : 0;
                sums[which] = sums[which].plus(bytes, 1);
            }
            Map<String, Amount> byOp = byDevice.computeIfAbsent(device, _ -> new HashMap<>());
            byOp.put(op, byOp.getOrDefault(op, new Amount(0, 0)).plus(bytes, 1));
        });
        List<Holder> holders = new ArrayList<>();
        List<Holder> atPeak = new ArrayList<>();
        if (allocator.recordsSites()) {
            for (Holding holding : allocator.holdings()) {
                add(holders, holding, holding.bytes(), holding.blocks());
                add(atPeak, holding, holding.bytesAtPeak(), holding.blocksAtPeak());
            }
        } else {
            addAll(holders, byDevice.get(Device.CPU));
        }
        byDevice.remove(Device.CPU);
        List<Elsewhere> elsewhere = new ArrayList<>();
        byDevice.forEach((device, byOp) -> {
            List<Holder> there = new ArrayList<>();
            addAll(there, byOp);
            elsewhere.add(new Elsewhere(device, total(there), sorted(there)));
        });
        SlabAllocator.Statistics figures = allocator.statistics();
        double hits = figures.allocations() == 0 ? 0 : (double) figures.poolHits() / figures.allocations();
        return new MemoryReport(figures.liveBytes(), figures.liveBlocks(), figures.peakLiveBytes(), allocator.limit(),
                figures.reservedBytes(), figures.cachedBytes(), hits, sums[0], sums[1], allocator.recordsSites(),
                sorted(holders), sorted(atPeak), List.copyOf(elsewhere));
    }

    private static void addAll(List<Holder> list, Map<String, Amount> byOp) {
        byOp.forEach((op, amount) -> list.add(new Holder(op, null, amount)));
    }

    private static Amount total(List<Holder> holders) {
        return holders.stream().map(Holder::held).reduce(new Amount(0, 0), (a, b) -> a.plus(b.bytes, b.blocks));
    }

    private static void add(List<Holder> list, Holding holding, long bytes, long blocks) {
        if (blocks > 0) {
            list.add(new Holder(holding.op(), holding.site(), new Amount(bytes, blocks)));
        }
    }

    private static List<Holder> sorted(List<Holder> holders) {
        ToLongFunction<Holder> bytes = holder -> holder.held().bytes();
        holders.sort(Comparator.comparingLong(bytes).reversed().thenComparing(Holder::op));
        return List.copyOf(holders);
    }

    /** Returns the largest holders of a device's memory as lines of a table, for an error message. */
    String topHolders(Device device) {
        StringBuilder text = new StringBuilder();
        if (device == Device.CPU) {
            table(text, "live now", holders, TOP);
        }
        for (Elsewhere there : elsewhere) {
            if (there.device == device) {
                table(text, "live now on " + device, there.holders, TOP);
            }
        }
        return text.toString().stripTrailing();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(Locale.ROOT, "native memory: %s live in %,d blocks, at most %s so far, limit %s%n",
                NativeMemory.readable(liveBytes), liveBlocks, NativeMemory.readable(peakBytes),
                limitBytes == Long.MAX_VALUE ? "none" : NativeMemory.readable(limitBytes)));
        text.append(String.format(Locale.ROOT, "  freed and kept for reuse %s, reserved from the system %s, %.1f%% of "
                + "requests met by freed blocks%n", NativeMemory.readable(cachedBytes),
                NativeMemory.readable(reservedBytes), 100 * hitRate));
        text.append(String.format(Locale.ROOT,
                "  open scopes hold %s in %,d blocks, the garbage collector watches %s in %,d%n",
                NativeMemory.readable(scoped.bytes), scoped.blocks, NativeMemory.readable(collected.bytes),
                collected.blocks));
        table(text, "live now", holders, Integer.MAX_VALUE);
        if (sitesRecorded) {
            table(text, "live at the peak", atPeak, Integer.MAX_VALUE);
        }
        for (Elsewhere there : elsewhere) {
            text.append(String.format(Locale.ROOT, "%s: tensors hold %s in %,d blocks%n", there.device,
                    NativeMemory.readable(there.held.bytes), there.held.blocks));
            table(text, "live now on " + there.device, there.holders, Integer.MAX_VALUE);
        }
        return text.toString();
    }

    private void table(StringBuilder text, String title, List<Holder> rows, int most) {
        int width = rows.stream().mapToInt(row -> row.op.length()).max().orElse(2);
        String format = "%12s %8s  %-" + Math.max(2, width) + "s  %s%n";
        text.append(title).append(sitesRecorded ? ":" : " (-Djacobi.memory=report also tells the lines that made it):")
                .append(System.lineSeparator());
        text.append(String.format(format, "bytes", "blocks", "op", sitesRecorded ? "made at" : ""));
        rows.stream().limit(most).forEach(row -> text.append(String.format(Locale.ROOT, format,
                NativeMemory.readable(row.held.bytes), row.held.blocks, row.op, row.site == null ? "" : row.site)));
        if (rows.size() > most) {
            Amount rest = total(rows.subList(most, rows.size()));
            text.append(String.format(Locale.ROOT, format, NativeMemory.readable(rest.bytes), rest.blocks,
                    "(" + (rows.size() - most) + " more)", ""));
        }
    }
}
