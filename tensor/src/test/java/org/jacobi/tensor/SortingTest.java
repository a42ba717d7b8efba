package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

import org.jacobi.natives.WorkerPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SortingTest {
    private static final float NAN = Float.NaN;
    private static final float INF = Float.POSITIVE_INFINITY;

    /** Numbers among which there are equal ones, both zeros, infinities and NaNs. */
    private static float[] awkward(int n, long seed) {
        Random random = new Random(seed);
        float[] special = {0f, -0f, NAN, -INF, INF, Float.intBitsToFloat(0xFFC00001), Float.MIN_VALUE, -1};
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = switch (random.nextInt(4)) {
                case 0 -> special[random.nextInt(special.length)];
                case 1 -> random.nextInt(-3, 4);
                default -> (float) random.nextGaussian();
            };
        }
        return x;
    }

    /** The positions in order, by the comparison that the ops are defined by. */
    private static long[] order(float[] x, boolean descending) {
        Comparator<Integer> byValue = (i, j) -> x[i] == x[j] ? 0 : Float.compare(x[i], x[j]);
        return IntStream.range(0, x.length).boxed().sorted(descending ? byValue.reversed() : byValue)
                .mapToLong(Integer::longValue).toArray();
    }

    private static int[] bits(float[] x, long[] order) {
        return Arrays.stream(order).mapToInt(i -> Float.floatToRawIntBits(x[(int) i])).toArray();
    }

    private static int[] bits(float[] x) {
        return bits(x, IntStream.range(0, x.length).asLongStream().toArray());
    }

    /** Around the lengths at which the kernel changes, in one row and in several, and cut into blocks. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 33, 4096, 4097, 65_536, 65_537, 300_001})
    void sortsStablyBitForBit(int n) {
        float[] x = awkward(n, n);
        for (boolean descending : new boolean[] {false, true}) {
            long[] order = order(x, descending);
            Located<Tensor> sorted = Tensor.of(x).sort(0, descending);
            assertArrayEquals(order, sorted.indices().toLongArray());
            assertArrayEquals(bits(x, order), bits(sorted.values().toFloatArray()));
            assertArrayEquals(order, Tensor.of(x).argsort(-1, descending).toLongArray());
            Located<Tensor> rows = Tensor.stack(1, Tensor.of(x), Tensor.of(x)).sort(0, descending);
            assertArrayEquals(order, rows.indices().select(1, 1).toLongArray());
        }
    }

    @Test
    void aLongRowOfEqualNumbersStaysInOrder() {
        assertArrayEquals(IntStream.range(0, 100_000).asLongStream().toArray(),
                Tensor.full(-3, DType.F32, 100_000).sort(0).indices().toLongArray());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void sortsEveryTypeAlongEveryAxis(DType dtype) {
        Random random = new Random(4);
        Tensor x = Check.random(random, dtype, 3, 5, 4);
        for (int axis = 0; axis < 3; axis++) {
            for (Tensor layout : Layouts.of(x, random)) {
                Located<Tensor> sorted = layout.sort(axis - 3);
                assertEquals(dtype, sorted.values().dtype());
                assertArrayEquals(x.gather(axis, sorted.indices()).toDoubleArray(), sorted.values().toDoubleArray());
                assertEquals(0, sorted.values().diff(axis).to(DType.F64).lt(0).any().item());
                assertArrayEquals(sorted.values().narrow(axis, 0, 2).toDoubleArray(),
                        layout.topk(2, axis, false).values().toDoubleArray());
                assertArrayEquals(sorted.values().narrow(axis, 1, 1).toDoubleArray(),
                        layout.kthvalue(2, true, axis).values().toDoubleArray());
            }
        }
    }

    @Test
    void sortsLargeIntegersExactly() {
        long[] x = {Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MIN_VALUE, -1};
        assertArrayEquals(new long[] {2, 3, 1, 0}, Tensor.of(x).argsort(0).toLongArray());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 4096, 70_000, 200_000})
    void selectsWhatSortingWouldPutThere(int n) {
        float[] x = awkward(n, n);
        Tensor t = Tensor.of(x);
        for (boolean largest : new boolean[] {true, false}) {
            long[] order = order(x, largest);
            for (int k : new int[] {1, Math.min(n, 7), Math.min(n, 1000), n / 8, n / 3, n}) {
                Located<Tensor> top = t.topk(k, 0, largest);
                long[] expected = Arrays.copyOf(order, k);
                assertArrayEquals(expected, top.indices().toLongArray(), "k = " + k);
                assertArrayEquals(bits(x, expected), bits(top.values().toFloatArray()), "k = " + k);
            }
        }
        long[] order = order(x, false);
        for (int k : new int[] {1, (n + 1) / 2, n}) {
            Located<Tensor> found = t.kthvalue(k, 0);
            assertEquals(order[k - 1], found.indices().getLong(), "k = " + k);
            assertEquals(x[(int) order[k - 1]], (float) found.values().item(), "k = " + k);
        }
        float[] numbers = new float[n];
        for (int i = 0; i < n; i++) {
            numbers[i] = Float.isNaN(x[i]) ? i : x[i];
        }
        float[] sorted = numbers.clone();
        Arrays.sort(sorted);
        assertEquals(sorted[(n - 1) / 2] + 0f, (float) Tensor.of(numbers).median().item() + 0f);
    }

    /** Numbers in an order that misleads a median of three, and equal ones, must not take quadratic time. */
    @Test
    void selectionWithstandsBadOrders() {
        int n = 60_000;
        float[] organ = new float[n];
        for (int i = 0; i < n; i++) {
            organ[i] = Math.min(i, n - i);
        }
        assertEquals(n / 4, Tensor.of(organ).median().item(), 1);
        assertEquals(7, Tensor.full(7, DType.F32, 1 << 20).median().item());
    }

    @Test
    void mediansAndNaN() {
        Tensor x = Tensor.of(new float[] {3, NAN, 1, NAN, 2, NAN, NAN, NAN, 4, 1, 3, 2}, 3, 4);
        assertArrayEquals(new float[] {NAN, NAN, 2}, x.median(1).values().toFloatArray());
        assertArrayEquals(new long[] {1, 1, 3}, x.median(1).indices().toLongArray());
        assertArrayEquals(new float[] {1, 2, 2}, x.nanMedian(1).values().toFloatArray());
        assertTrue(Double.isNaN(x.median().item()));
        assertEquals(2, x.nanMedian().item());
        assertTrue(Double.isNaN(Tensor.of(new float[] {NAN, NAN}).nanMedian().item()));
        assertEquals(2, Tensor.of(new long[] {4, 1, 2, 3}).median().getLong());
        assertEquals(5, Tensor.scalar(5).median(0).values().item());
        for (DType type : new DType[] {DType.F16, DType.F32, DType.F64}) {
            Tensor none = Tensor.zeros(type, 3, 0);
            assertTrue(Double.isNaN(none.median().item()) && Double.isNaN(none.nanMedian().item()));
            assertEquals(type, none.median().dtype());
        }
    }

    @Test
    void quantilesAtTheEdges() {
        Tensor x = Tensor.of(new float[] {1, 2, 3, 4});
        assertEquals(1, x.quantile(0).item());
        assertEquals(4, x.quantile(1).item());
        assertEquals(2.5, x.quantile(0.5).item());
        assertArrayEquals(new float[] {2, 2}, x.quantile(new double[] {0.5, 0.6}, QuantileMethod.LOWER).toFloatArray());
        assertTrue(Double.isNaN(Tensor.of(new float[] {1, NAN}).quantile(0).item()));
        assertEquals(1, Tensor.of(new float[] {1, NAN}).nanQuantile(1).item());
        assertEquals(Shape.of(2, 3), Tensor.ones(3, 4, 5).quantile(new double[] {0, 1}, QuantileMethod.LINEAR, 1, 2)
                .shape());
        assertEquals(Shape.of(3, 1), Tensor.ones(3, 1, 1).quantile(0.5, 1).shape());
    }

    @Test
    void uniqueElementsAndSlices() {
        Unique unique = Tensor.of(new long[] {3, 1, 3, 2, 1, 3}, 2, 3).unique();
        assertArrayEquals(new long[] {1, 2, 3}, unique.values().toLongArray());
        assertArrayEquals(new long[] {2, 0, 2, 1, 0, 2}, unique.inverse().toLongArray());
        assertEquals(Shape.of(2, 3), unique.inverse().shape());
        assertArrayEquals(new long[] {2, 1, 3}, unique.counts().toLongArray());
        // As in PyTorch, one NaN is not another.
        assertEquals(3, Tensor.of(new float[] {NAN, 1, NAN, 1}).unique().values().numel());
        Unique nothing = Tensor.zeros(0).unique();
        assertEquals(0, nothing.values().numel() + nothing.inverse().numel() + nothing.counts().numel());
        Unique rows = Tensor.of(new float[] {1, 0, 0, 5, 1, 0}, 3, 2).unique(0);
        assertArrayEquals(new float[] {0, 5, 1, 0}, rows.values().toFloatArray());
        assertArrayEquals(new long[] {1, 0, 1}, rows.inverse().toLongArray());
        assertArrayEquals(new long[] {1, 2}, rows.counts().toLongArray());
        assertArrayEquals(new float[] {1, 2, 1}, Tensor.of(new float[] {1, 1, 2, 1}).uniqueConsecutive().values()
                .toFloatArray());
    }

    @Test
    void searchesWithNaNAndWithNothing() {
        Tensor sorted = Tensor.of(new float[] {-0f, 1, 1, NAN});
        Tensor values = Tensor.of(new float[] {0, 1, 2, NAN, -INF});
        assertArrayEquals(new long[] {0, 1, 3, 3, 0}, sorted.searchsorted(values, false).toLongArray());
        assertArrayEquals(new long[] {1, 3, 3, 4, 0}, sorted.searchsorted(values, true).toLongArray());
        assertArrayEquals(new long[5], Tensor.zeros(0).searchsorted(values, true).toLongArray());
        assertEquals(1, sorted.searchsorted(Tensor.scalar(0.5), false).getLong());
        assertEquals(2, Tensor.of(new long[] {1, 5}).searchsorted(Tensor.scalar(5.5), false).getLong());
    }

    @Test
    void histogramsCountTheLastEdgeAndNothingOutside() {
        Tensor x = Tensor.of(new float[] {0, 1, 2, 3, 3, -1, 4, NAN});
        assertArrayEquals(new float[] {1, 1, 3}, x.histc(3, 0, 3).toFloatArray());
        Histogram given = x.histogram(Tensor.of(new float[] {0, 2, 4}));
        assertArrayEquals(new float[] {2, 4}, given.counts().toFloatArray());
        assertArrayEquals(new float[] {0, 3}, Tensor.of(new float[] {2, 2, 2}).histc(2, 0, 0).toFloatArray());
        assertArrayEquals(new long[] {0, 2, 0, 1, 0}, Tensor.of(new int[] {1, 3, 1}).bincount(5).toLongArray());
        assertEquals(0, Tensor.of(new long[0]).bincount(0).numel());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 100, 32_769, 100_003})
    void scansOfLongRows(long n) {
        Tensor x = Tensor.rand(new Generator(3), n);
        double[] sums = x.cumsum(0).toDoubleArray();
        double total = 0;
        for (int i = 0; i < n; i++) {
            total += x.getDouble(i);
            assertEquals(total, sums[i], 1e-6 * total);
        }
        double[] products = x.mul(0.02).add(0.99).cumprod(0).toDoubleArray();
        double product = 1;
        Tensor factors = x.mul(0.02).add(0.99);
        for (int i = 0; i < n; i++) {
            product *= factors.getDouble(i);
            assertEquals(product, products[i], 1e-6 * product);
        }
    }

    @Test
    void scansMeetNaNAndInfinity() {
        Tensor x = Tensor.of(new float[] {1, NAN, 3, -INF});
        assertArrayEquals(new float[] {1, NAN, NAN, NAN}, x.cummax(0).values().toFloatArray());
        assertArrayEquals(new long[] {0, 1, 1, 1}, x.cummin(0).indices().toLongArray());
        assertArrayEquals(new float[] {-INF, 2, INF, INF},
                Tensor.of(new float[] {-INF, 2, INF, -INF}).logcumsumexp(0).toFloatArray());
        assertEquals(0, Tensor.zeros(3, 0).cumsum(1).numel());
        assertEquals(1e9 + Math.log(2), Tensor.full(1e9, DType.F64, 2).logsumexp().item(), 1e-6);
        assertEquals(-INF, Tensor.full(-INF, DType.F32, 3).logsumexp().item());
        assertEquals(INF, Tensor.of(new float[] {1, INF}).logsumexp().item());
        assertEquals(-INF, Tensor.zeros(0).logsumexp().item());
        Tensor whole = Tensor.of(new long[] {0, 0, 3, 3}, 2, 2).logsumexp(1);
        assertEquals(DType.F32, whole.dtype());
        assertEquals(Math.log(2), whole.getDouble(0), 1e-6);
        assertEquals(3 + Math.log(2), whole.getDouble(1), 1e-6);
        assertEquals(DType.F32, Tensor.ones(2).gt(0).logsumexp().dtype());
    }

    /** A mean a million times the deviation: squares of uncentered numbers would leave no digit. */
    @Test
    void variancesFarFromZero() {
        float[] x = new float[100_000];
        for (int i = 0; i < x.length; i++) {
            x[i] = 1_000_000 + i % 2;
        }
        assertEquals(0.25, Tensor.of(x).var(0, false).item(), 1e-6);
        assertEquals(0.25, Tensor.stack(1, Tensor.of(x), Tensor.of(x)).var(0, false, 0).getDouble(1), 1e-6);
        assertTrue(Double.isNaN(Tensor.ones(1).var().item()));
        assertTrue(Double.isNaN(Tensor.zeros(0).var().item()));
        assertTrue(Double.isNaN(Tensor.of(new float[] {1, INF}).std().item()));
    }

    @Test
    void normsOfOddOrders() {
        Tensor x = Tensor.of(new float[] {3, 0, -4});
        assertEquals(2, x.norm(0).item());
        assertEquals(7, x.norm(1).item());
        assertEquals(5, x.norm(2).item(), 1e-6);
        assertEquals(4, x.norm(Double.POSITIVE_INFINITY).item());
        assertEquals(0, x.norm(Double.NEGATIVE_INFINITY).item());
        assertEquals(Math.pow(Math.sqrt(3) + 2, 2), x.norm(0.5).item(), 1e-5);
        assertEquals(0, Tensor.zeros(0).norm(2).item());
        assertArrayEquals(new float[] {0, 0}, Tensor.zeros(2).normalize(2, 0).toFloatArray());
        assertTrue(Double.isNaN(Tensor.of(new float[] {1, NAN}).norm(Double.POSITIVE_INFINITY).item()));
    }

    @Test
    void positionsInLongAndInShortRows() {
        for (int n : new int[] {10, 1000, 40_000, 100_000}) {
            float[] x = new float[n];
            x[n / 2] = 5;
            x[n - 1] = 5;
            x[n / 3] = -2;
            assertEquals(n / 2, Tensor.of(x).argmax().getLong());
            assertEquals(n / 3, Tensor.of(x).argmin(0).getLong());
            assertEquals(n / 2, Tensor.stack(1, Tensor.of(x), Tensor.zeros(n)).argmax(0).getLong(0));
            x[n / 3] = NAN;
            assertEquals(n / 3, Tensor.of(x).argmax().getLong());
            assertEquals(n / 3, Tensor.of(x).max(0).indices().getLong());
            assertTrue(Double.isNaN(Tensor.of(x).min(0).values().item()));
        }
    }

    @Test
    void sameBitsForAnyNumberOfThreads() {
        Tensor x = Tensor.randn(new Generator(5), 300_000);
        int before = WorkerPool.global().threads();
        float[][] results = new float[2][];
        try {
            for (int threads : new int[] {1, 3}) {
                WorkerPool.setThreads(threads);
                results[threads / 3] = Tensor.cat(0, x.cumsum(0), x.var().reshape(1), x.view(300, 1000).cumsum(0)
                        .reshape(-1), x.topk(99, 0).values(), x.sort(0).values(), x.prod().reshape(1)).toFloatArray();
            }
        } finally {
            WorkerPool.setThreads(before);
        }
        assertArrayEquals(results[0], results[1]);
    }

    private static void refused(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void wrongCallsSayWhatIsWrong() {
        Tensor x = Tensor.ones(2, 3);
        refused("sort: axis 2", () -> x.sort(2));
        refused("sort: axis 1", () -> Tensor.scalar(1).sort(1));
        refused("topk: there are no 4", () -> x.topk(4, 1));
        refused("topk: there are no -1", () -> x.topk(-1, 1));
        refused("kthvalue: there is no element number 0", () -> x.kthvalue(0, 1));
        refused("median: axis 0", () -> Tensor.zeros(0).median(0));
        refused("median: shape (0) has no elements", () -> Tensor.zeros(DType.I64, 0).median());
        refused("quantile: q must be", () -> x.quantile(1.5));
        refused("quantile: q must be", () -> x.quantile(Double.NaN));
        refused("quantile: axis 0 of shape (0) is empty", () -> Tensor.zeros(0).quantile(0.5));
        refused("quantile: needs a floating", () -> Tensor.arange(3).quantile(0.5));
        refused("quantile: axis -1 is named twice", () -> x.quantile(0.5, 1, -1));
        refused("searchsorted", () -> x.searchsorted(Tensor.ones(3, 3), false));
        refused("bucketize", () -> x.bucketize(x, false));
        refused("bincount: numbers must not be negative", () -> Tensor.of(new long[] {1, -2}).bincount(0));
        refused("bincount: needs a vector", () -> x.bincount(0));
        refused("histc: needs at least one bin", () -> x.histc(0, 0, 1));
        refused("histc: the range", () -> x.histc(3, 2, 1));
        refused("histogram: edges must rise", () -> x.histogram(Tensor.of(new float[] {1, 0})));
        refused("cumsum: axis 2", () -> x.cumsum(2));
        refused("logcumsumexp: needs a floating", () -> Tensor.arange(3).logcumsumexp(0));
        refused("diff: the order", () -> x.diff(-1, 0));
        refused("norm: p must be", () -> x.norm(Double.NaN));
        refused("var: needs a floating", () -> Tensor.arange(3).var());
        refused("argmax: axis 0", () -> Tensor.zeros(0).argmax());
        refused("max: axis -3", () -> x.max(-3));
        refused("cov: needs a matrix", () -> Tensor.ones(2, 2, 2).cov(1));
    }
}
