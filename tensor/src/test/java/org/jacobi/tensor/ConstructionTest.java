package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

import org.junit.jupiter.api.Test;

/** Ranges and random numbers: what their distribution promises, and that it follows from the seed. */
class ConstructionTest {
    @Test
    void rangesEndWhereTheyShould() {
        for (int steps : new int[] {2, 3, 7, 10, 49, 1000}) {
            Tensor x = Tensor.linspace(-0.1, 0.7, steps, DType.F64);
            assertEquals(-0.1, x.getDouble(0));
            assertEquals(0.7, x.getDouble(-1));
        }
        assertEquals(0, Tensor.linspace(1, 2, 0).numel());
        assertArrayEquals(new long[] {0, 2, 5}, Tensor.linspace(0, 5, 3, DType.I64).toLongArray());
        assertEquals(0, Tensor.logspace(0, 1, 0, 10, DType.F32).numel());
        assertEquals(Shape.of(3, 0), Tensor.vander(Tensor.ones(3), 0, true).shape());
        assertEquals(Shape.of(2, 0), Tensor.trilIndices(0, 4, 0).shape());
        assertEquals(Shape.of(2, 0), Tensor.triuIndices(3, 0, 0).shape());
        assertEquals(0, Tensor.trilIndices(3, 3, Long.MIN_VALUE).numel());
        assertEquals(18, Tensor.trilIndices(3, 3, Long.MAX_VALUE).numel());
    }

    /** Pearson's statistic of how often each of k equally likely numbers came. */
    private static double chiSquared(long[] draws, int k) {
        long[] counts = new long[k];
        for (long draw : draws) {
            counts[(int) draw]++;
        }
        double expected = (double) draws.length / k;
        return Arrays.stream(counts).mapToDouble(count -> (count - expected) * (count - expected) / expected).sum();
    }

    @Test
    void randomIntegersAreEquallyLikely() {
        Generator generator = new Generator(5);
        Tensor x = Tensor.randint(generator, -3, 4, 100, 70);
        assertEquals(DType.I64, x.dtype());
        assertEquals(-3, x.amin().getLong());
        assertEquals(3, x.amax().getLong());
        // 6 degrees of freedom: 22.5 is exceeded once in a thousand seeds.
        assertTrue(chiSquared(x.add(3).toLongArray(), 7) < 22.5);
        assertFalse(Arrays.equals(x.toLongArray(), Tensor.randint(generator, -3, 4, 100, 70).toLongArray()));
        assertArrayEquals(x.toLongArray(), Tensor.randint(new Generator(5), -3, 4, 100, 70).toLongArray());
        // Ranges beyond what 24 or 32 random bits reach.
        Tensor wide = Tensor.randint(generator, 0, 1L << 60, 1000);
        assertTrue(wide.amax().getLong() > 1L << 59);
        assertTrue(Arrays.stream(wide.toLongArray()).anyMatch(n -> (n & 0xFFFF) != 0));
        assertEquals(0, Tensor.randint(generator, 0, 1, 0).numel());
    }

    @Test
    void permutationsHoldEveryNumberOnceInAnyOrder() {
        Generator generator = new Generator(7);
        long[] firsts = new long[2000];
        long[] lasts = new long[2000];
        for (int i = 0; i < firsts.length; i++) {
            long[] order = Tensor.randperm(generator, 5).toLongArray();
            assertArrayEquals(new long[] {0, 1, 2, 3, 4}, Arrays.stream(order).sorted().toArray());
            firsts[i] = order[0];
            lasts[i] = order[4];
        }
        // 4 degrees of freedom: 18.5 is exceeded once in a thousand seeds.
        assertTrue(chiSquared(firsts, 5) < 18.5);
        assertTrue(chiSquared(lasts, 5) < 18.5);
        assertEquals(0, Tensor.randperm(generator, 0).numel());
    }

    @Test
    void bernoulliFollowsItsProbabilities() {
        Tensor p = Tensor.of(new double[] {0, 0.25, 1}).unsqueeze(1).expand(3, 10000);
        Tensor x = Tensor.bernoulli(p, new Generator(1));
        assertEquals(DType.F64, x.dtype());
        double[] means = x.mean(1).toDoubleArray();
        assertEquals(0, means[0]);
        assertEquals(0.25, means[1], 0.02); // four and a half standard deviations
        assertEquals(1, means[2]);
        assertEquals(0, Tensor.bernoulli(Tensor.zeros(0), new Generator(1)).numel());
        for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
            assertThrows(IllegalArgumentException.class,
                    () -> Tensor.bernoulli(Tensor.of(new double[] {0.5, wrong}), new Generator(1)));
        }
    }

    @Test
    void multinomialDrawsInProportionToTheWeights() {
        Tensor weights = Tensor.of(new float[] {1, 0, 3, 4, 0, 2, 2, 0}, 2, 4);
        Tensor x = Tensor.multinomial(weights, 20000, true, new Generator(2));
        assertEquals(Shape.of(2, 20000), x.shape());
        double[][] expected = {{0.125, 0, 0.375, 0.5}, {0, 0.5, 0.5, 0}};
        for (int row = 0; row < 2; row++) {
            for (int c = 0; c < 4; c++) {
                assertEquals(expected[row][c], x.select(0, row).eq(c).to(DType.F64).mean().item(), 0.016);
            }
        }
        // Without replacement: the first of two draws follows the weights, the second those that are left.
        Tensor vector = Tensor.of(new double[] {1, 0, 3, 4});
        Generator generator = new Generator(3);
        int[][] counts = new int[4][4];
        for (int i = 0; i < 8000; i++) {
            long[] pair = Tensor.multinomial(vector, 2, false, generator).toLongArray();
            counts[(int) pair[0]][(int) pair[1]]++;
        }
        double[] w = {1, 0, 3, 4};
        for (int a = 0; a < 4; a++) {
            for (int b = 0; b < 4; b++) {
                double share = a == b ? 0 : w[a] / 8 * w[b] / (8 - w[a]);
                assertEquals(share, counts[a][b] / 8000.0, 0.025);
            }
        }
        long[] all = Tensor.multinomial(Tensor.ones(50), 50, false, generator).toLongArray();
        assertEquals(50, Arrays.stream(all).distinct().count());
    }

    @Test
    void weightsThatCannotBeDrawnFromAreRefused() {
        Generator generator = new Generator(1);
        Tensor none = Tensor.of(new float[] {1, 1, 0, 0}, 2, 2);
        for (float wrong : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class,
                    () -> Tensor.multinomial(Tensor.of(new float[] {1, wrong}), 1, true, generator));
        }
        String message =
                assertThrows(IllegalArgumentException.class, () -> Tensor.multinomial(none, 1, true, generator))
                        .getMessage();
        assertTrue(message.contains("row 1"), message);
        assertThrows(IllegalArgumentException.class,
                () -> Tensor.multinomial(Tensor.of(new float[] {1, 0, 2}), 3, false, generator));
        assertThrows(IllegalArgumentException.class, () -> Tensor.multinomial(Tensor.scalar(1), 1, true, generator));
        assertThrows(IllegalArgumentException.class, () -> Tensor.randint(generator, 3, 3, 1));
        assertThrows(IllegalArgumentException.class, () -> Tensor.randint(generator, Long.MIN_VALUE, 1, 1));
    }
}
