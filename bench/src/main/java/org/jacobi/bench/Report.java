package org.jacobi.bench;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jacobi.bench.Statistics.Ratio;

/**
 * All that one run of the benchmarks found; as JSON it is the result file.
 *
 * @param date        the day
 * @param machine     what it ran on and with, by name
 * @param peer        what the peer says of itself, by name; null without a peer
 * @param jvmFlags    of every fork
 * @param environment variables that native libraries heed
 * @param forks       of each side and case
 * @param rows        one a case
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Report(String date, Map<String, String> machine, Map<String, String> peer, List<String> jvmFlags,
        Map<String, String> environment, int forks, List<Row> rows) {

    /** Returns the rows of {@link SizeTable} summed up, size by size. */
    @JsonProperty
    List<SizeSummary> sizes() {
        return SizeSummary.of(rows);
    }

    /**
     * One side's figures of a case.
     *
     * @param medianSeconds   the median over forks of {@code forkMedians}
     * @param forkMedians     the median time of a run in each fork, in seconds, in the order of the forks
     * @param heapBytesPerRun what a run allocated in the Java heap, the median over forks
     */
    record Figures(double medianSeconds, List<Double> forkMedians, double heapBytesPerRun) {
        static Figures of(List<Forks.Fork> forks) {
            double[] medians = forks.stream().mapToDouble(Forks.Fork::medianSeconds).toArray();
            return new Figures(Statistics.median(medians), forks.stream().map(Forks.Fork::medianSeconds).toList(),
                    Statistics.median(forks.stream().mapToDouble(Forks.Fork::heapBytesPerRun).toArray()));
        }

        double[] medians() {
            return forkMedians.stream().mapToDouble(Double::doubleValue).toArray();
        }

        double least() {
            return forkMedians.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
        }

        double most() {
            return forkMedians.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        }
    }

    /**
     * The cases of one size of {@link SizeTable} in a line.
     *
     * @param elements   of the first operand
     * @param cases      how many there are
     * @param ratio      the geometric mean of our times by the peer's
     * @param worst      the case with the largest ratio
     * @param worstRatio that ratio
     * @param callShare  what part of the peer's time a call takes that does nothing but make another handle, through JNI and
     *                   with its object freed: the median over the cases; null if that call was not measured
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record SizeSummary(long elements, int cases, double ratio, String worst, double worstRatio, Double callShare) {
        /** Sums up the rows of {@link SizeTable} that both sides computed, size by size. */
        static List<SizeSummary> of(List<Row> rows) {
            return SizeTable.SIZES.stream().map(n -> of(n, rows)).filter(Objects::nonNull).toList();
        }

        private static SizeSummary of(long elements, List<Row> rows) {
            String ending = "-" + elements;
            String call = SizeTable.CALL + ending;
            List<Row> chosen = rows.stream().filter(row -> row.ratio() != null && row.name().endsWith(ending))
                    .filter(row -> SizeTable.CASES.stream().anyMatch(c -> c.name().equals(row.name()))).toList();
            List<Row> ops = chosen.stream().filter(row -> !row.name().equals(call)).toList();
            if (ops.isEmpty()) {
                return null;
            }
            Row worst = ops.stream().max(Comparator.comparingDouble(row -> row.ratio().value())).orElseThrow();
            double mean = Math.exp(
                    ops.stream().mapToDouble(row -> Math.log(row.ratio().value())).average().orElseThrow());
            Double share = chosen.stream().filter(row -> row.name().equals(call)).findFirst()
                    .map(row -> Statistics.median(ops.stream()
                            .mapToDouble(op -> row.peer().medianSeconds() / op.peer().medianSeconds()).toArray()))
                    .orElse(null);
            return new SizeSummary(elements, ops.size(), mean, worst.name(), worst.ratio().value(), share);
        }
    }

    /** The peer measured twice, as if it were two sides: what the ratio of equals looks like. */
    record Noise(Figures first, Figures second, Ratio ratio) {
        static Noise of(Figures first, Figures second) {
            return new Noise(first, second, Statistics.ratio(first.medians(), second.medians()));
        }
    }

    /**
     * A case.
     *
     * @param flop              operations of a run, 0 if they are not counted
     * @param bytes             bytes that a run moves, 0 if they are not counted
     * @param peer              null without a peer, or if it does not compute this case
     * @param ratio             our time by the peer's
     * @param whyNoPeer         why the peer does not compute this case; null if it does, and without a peer
     * @param noise             the peer beside itself; null if that was not asked for
     * @param largestDifference between the numbers of both sides; null without the peer
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(String name, String group, double flop, double bytes, Figures ours, Figures peer, Ratio ratio,
            String whyNoPeer, Noise noise, Double largestDifference) {
        /** Makes the row of a case that only our side computed. */
        static Row of(Case which, Figures ours, String whyNoPeer) {
            return new Row(which.name(), which.group().word(), which.flop(), which.bytes(), ours, null, null, whyNoPeer,
                    null, null);
        }

        /** Makes the row of a case that both sides computed. */
        static Row of(Case which, Figures ours, Figures peer, Noise noise, double largestDifference) {
            return new Row(which.name(), which.group().word(), which.flop(), which.bytes(), ours, peer,
                    Statistics.ratio(ours.medians(), peer.medians()), null, noise, largestDifference);
        }
    }
}
