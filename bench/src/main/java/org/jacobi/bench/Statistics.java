package org.jacobi.bench;

import java.util.Arrays;
import java.util.SplittableRandom;

/** What is told of the medians of forks: their own median, and how sure the ratio of two sides is. */
final class Statistics {
    private static final int RESAMPLES = 10_000;
    private static final double CONFIDENCE = 0.95;
    private static final long SEED = 1;

    /**
     * The first side's time in parts of the second's.
     *
     * @param value the median over pairs of forks; below 1 the first side is faster
     * @param low   the lower end of the interval that holds it with a confidence of 95%
     * @param high  the upper end
     */
    record Ratio(double value, double low, double high) {
    }

    private Statistics() {
    }

    /** Returns the number in the middle; of an even number of them the mean of both. */
    static double median(double... numbers) {
        if (numbers.length == 0) {
            throw new IllegalArgumentException("median: there are no numbers");
        }
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * Returns the ratio of two sides whose forks computed in pairs, in turns, with a percentile bootstrap interval
     * (Efron, 1979). Each pair gives the ratio of its two medians, and pairs are drawn again, with replacement, 10,000
     * times: runs within a fork share its code and its memory's places, and so its luck, and forks of a pair share the
     * state of the machine, which is not what is asked for. The same numbers give the same interval.
     *
     * @param first  the first side's median of each pair
     * @param second the other side's, in the same order
     */
    static Ratio ratio(double[] first, double[] second) {
        double[] pairs = new double[first.length];
        Arrays.setAll(pairs, i -> first[i] / second[i]);
        SplittableRandom random = new SplittableRandom(SEED);
        double[] ratios = new double[RESAMPLES];
        Arrays.setAll(ratios, _ -> median(drawn(pairs, random)));
        Arrays.sort(ratios);
        int cut = (int) Math.round(RESAMPLES * (1 - CONFIDENCE) / 2);
        return new Ratio(median(pairs), ratios[cut], ratios[RESAMPLES - 1 - cut]);
    }

    private static double[] drawn(double[] numbers, SplittableRandom random) {
        double[] drawn = new double[numbers.length];
        Arrays.setAll(drawn, _ -> numbers[random.nextInt(numbers.length)]);
        return drawn;
    }
}
