package org.jacobi.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.LongStream;

import org.junit.jupiter.api.Test;

class SamplerTest {
    private static long[] order(Sampler sampler, long seed, long epoch) {
        return LongStream.range(0, sampler.size()).map(sampler.order(seed, epoch)).toArray();
    }

    @Test
    void subsetIsShuffled() {
        long[] chosen = {9, 4, 100, 7, 2};
        long[] order = order(Sampler.subset(chosen), 1, 0);
        assertArrayEquals(Arrays.stream(chosen).sorted().toArray(), Arrays.stream(order).sorted().toArray());
    }

    /** Each of the 24 orders of four examples comes about equally often. */
    @Test
    void ordersAreUniform() {
        int[] counts = new int[256];
        Sampler sampler = Sampler.random(4);
        int trials = 24_000;
        for (int epoch = 0; epoch < trials; epoch++) {
            long[] order = order(sampler, 7, epoch);
            counts[(int) (order[0] * 64 + order[1] * 16 + order[2] * 4 + order[3])]++;
        }
        int[] seen = Arrays.stream(counts).filter(n -> n > 0).toArray();
        assertEquals(24, seen.length);
        // chi-squared of 23 degrees of freedom: 49.7 is exceeded once in 1,000
        double chi = Arrays.stream(seen).mapToDouble(n -> (n - 1000.0) * (n - 1000) / 1000).sum();
        assertTrue(chi < 49.7, () -> "chi squared " + chi);
    }

    @Test
    void aShuffleBufferDrawsFromTheNextExamples() {
        for (int buffer : new int[] {1, 2, 10, 99, 100, 1000}) {
            long[] order = order(Sampler.buffered(100, buffer), 7, 3);
            assertArrayEquals(LongStream.range(0, 100).toArray(), Arrays.stream(order).sorted().toArray());
            for (int position = 0; position < 100; position++) {
                assertTrue(order[position] < position + buffer, "position " + position + ", buffer " + buffer);
            }
            assertArrayEquals(order, order(Sampler.buffered(100, buffer), 7, 3));
            assertEquals(buffer == 1, Arrays.equals(order, order(Sampler.buffered(100, buffer), 7, 4)));
        }
        assertEquals(0, order(Sampler.buffered(0, 4), 1, 1).length);
        assertThrows(IllegalArgumentException.class, () -> Sampler.buffered(10, 0));
        assertThrows(IllegalArgumentException.class, () -> Sampler.buffered(1L << 40, 10));
    }

    /** From a buffer of two, the first example comes at position k with probability 2^-(k+1); of a buffer of all, anywhere. */
    @Test
    void drawsFromAShuffleBufferAreAsLikely() {
        int trials = 20_000;
        int[] two = new int[5];
        int[] all = new int[5];
        for (int epoch = 0; epoch < trials; epoch++) {
            two[placeOfFirst(order(Sampler.buffered(5, 2), 11, epoch))]++;
            all[placeOfFirst(order(Sampler.buffered(5, 5), 11, epoch))]++;
        }
        double[] expected = {1 / 2.0, 1 / 4.0, 1 / 8.0, 1 / 16.0, 1 / 16.0};
        for (int position = 0; position < 5; position++) {
            assertEquals(expected[position], two[position] / (double) trials, 0.015);
            assertEquals(0.2, all[position] / (double) trials, 0.015);
        }
    }

    private static int placeOfFirst(long[] order) {
        return (int) LongStream.range(0, order.length).filter(i -> order[(int) i] == 0).findFirst().orElseThrow();
    }

    @Test
    void withReplacementEveryExampleIsAsLikely() {
        long[] counts = new long[10];
        Arrays.stream(order(Sampler.randomWithReplacement(10, 50_000), 1, 0)).forEach(i -> counts[(int) i]++);
        for (long count : counts) {
            assertEquals(5000, count, 300);
        }
    }

    @Test
    void weightsAreProbabilities() {
        double[] weights = {0, 1, 3, 0, 6, 0};
        long[] counts = new long[6];
        Arrays.stream(order(Sampler.weighted(weights, 50_000, true), 2, 1)).forEach(i -> counts[(int) i]++);
        assertEquals(0, counts[0] + counts[3] + counts[5]);
        assertEquals(5_000, counts[1], 300);
        assertEquals(15_000, counts[2], 500);
        assertEquals(30_000, counts[4], 500);
    }

    /** The first of two draws without replacement has the weights' probabilities, the second what is left of them. */
    @Test
    void weightsWithoutReplacement() {
        double[] weights = {1, 0, 2, 5};
        Sampler sampler = Sampler.weighted(weights, 2, false);
        int first = 0;
        int second = 0;
        int trials = 20_000;
        for (int epoch = 0; epoch < trials; epoch++) {
            long[] drawn = order(sampler, 3, epoch);
            assertFalse(drawn[0] == drawn[1] || drawn[0] == 1 || drawn[1] == 1);
            first += drawn[0] == 3 ? 1 : 0;
            second += drawn[1] == 3 ? 1 : 0;
        }
        assertEquals(5 / 8.0, first / (double) trials, 0.02);
        assertEquals(1 / 8.0 * 5 / 7 + 2 / 8.0 * 5 / 6, second / (double) trials, 0.02);
        assertThrows(IllegalArgumentException.class, () -> Sampler.weighted(weights, 4, false));
        assertThrows(IllegalArgumentException.class, () -> Sampler.weighted(new double[] {1, Double.NaN}, 1, true));
        assertThrows(IllegalArgumentException.class, () -> Sampler.weighted(new double[] {1, -1}, 1, true));
        assertThrows(IllegalArgumentException.class, () -> Sampler.weighted(new double[] {0, 0}, 1, true));
    }

    @Test
    void stratifiedBatchesHaveEachClassInItsShare() {
        long[] labels = new long[1000];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = i < 800 ? 0 : i < 950 ? 5 : 9;
        }
        long[] order = order(Sampler.stratified(labels), 4, 2);
        assertArrayEquals(LongStream.range(0, 1000).toArray(), Arrays.stream(order).sorted().toArray());
        assertFalse(Arrays.equals(order, order(Sampler.stratified(labels), 4, 3)));
        for (int batch = 0; batch < 10; batch++) {
            long[] counts = new long[10];
            for (int i = 0; i < 100; i++) {
                counts[(int) labels[(int) order[100 * batch + i]]]++;
            }
            assertEquals(80, counts[0], 2);
            assertEquals(15, counts[5], 2);
            assertEquals(5, counts[9], 2);
        }
    }
}
