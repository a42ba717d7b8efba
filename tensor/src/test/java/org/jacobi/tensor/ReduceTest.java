package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReduceTest {
    private interface Op {
        Tensor apply(Tensor x, int... axes);
    }

    private record Reduction(String name, Op op, ToDoubleFunction<double[]> expected, boolean emptyAllowed) {
    }

    private static final List<Reduction> REDUCTIONS = List.of(
            new Reduction("sum", Tensor::sum, values -> Arrays.stream(values).sum(), true),
            new Reduction("prod", Tensor::prod, values -> Arrays.stream(values).reduce(1, (a, b) -> a * b), true),
            new Reduction("sumOfSquares", Tensor::sumOfSquares, values -> Arrays.stream(values).map(x -> x * x).sum(),
                    true),
            new Reduction("mean", Tensor::mean, values -> Arrays.stream(values).sum() / values.length, true),
            new Reduction("amax", Tensor::amax, values -> Arrays.stream(values).max().orElseThrow(), false),
            new Reduction("amin", Tensor::amin, values -> Arrays.stream(values).min().orElseThrow(), false),
            new Reduction("any", Tensor::any, values -> Arrays.stream(values).anyMatch(x -> x != 0) ? 1 : 0, true),
            new Reduction("all", Tensor::all, values -> Arrays.stream(values).allMatch(x -> x != 0) ? 1 : 0, true));

    private static final long[][] SHAPES = {{}, {1}, {7}, {37}, {3, 5}, {2, 3, 4}, {2, 3, 2, 3}, {5, 1, 4}, {3, 0, 2}};

    /** Every set of axes of every shape, in every layout, against loops over plain arrays. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void reducesOverAnyAxes(DType dtype) {
        Random random = new Random(11);
        for (long[] sizes : SHAPES) {
            try (var _ = TensorScope.open()) {
                Tensor x = Check.random(random, dtype, sizes);
                if (!dtype.isFloating() && dtype != DType.BOOL) {
                    // Products of larger integers would leave the doubles in which the model computes.
                    x = x.clamp(0, 2).to(dtype);
                }
                for (int subset = 0; subset < 1 << sizes.length; subset++) {
                    int chosen = subset;
                    int[] axes = IntStream.range(0, sizes.length).filter(axis -> (chosen >> axis & 1) == 1).toArray();
                    checkAll(x, axes, random);
                }
            }
        }
    }

    private static void checkAll(Tensor x, int[] axes, Random random) {
        DType dtype = x.dtype();
        boolean[] reduced = new boolean[x.rank()];
        for (int axis = 0; axis < reduced.length; axis++) {
            int at = axis;
            reduced[axis] = axes.length == 0 || Arrays.stream(axes).anyMatch(a -> a == at);
        }
        for (Reduction reduction : REDUCTIONS) {
            boolean empty = x.numel() == 0;
            if (reduction.name.equals("mean") && !dtype.isFloating() || empty && !reduction.emptyAllowed) {
                continue;
            }
            ArrayModel expected = expected(ArrayModel.of(x), reduced, reduction.expected);
            boolean truth = reduction.name.equals("any") || reduction.name.equals("all");
            boolean keeps = reduction.name.equals("amax") || reduction.name.equals("amin");
            DType type = truth ? DType.BOOL : dtype.isFloating() || keeps ? dtype : DType.I64;
            // Negative axes must mean the same.
            int[] named = Arrays.stream(axes).map(axis -> random.nextBoolean() ? axis : axis - x.rank()).toArray();
            for (Tensor layout : Layouts.of(x, random)) {
                Tensor out = reduction.op.apply(layout, named);
                assertEquals(type, out.dtype(), reduction.name);
                Check.same(expected, out, type == DType.F32 ? 1e-5 : type == DType.F64 ? 1e-12 : 0,
                        () -> reduction.name + " of " + dtype + x.shape() + " over " + Arrays.toString(axes));
            }
        }
    }

    private static ArrayModel expected(ArrayModel x, boolean[] reduced, ToDoubleFunction<double[]> reduction) {
        List<Long> kept = new ArrayList<>();
        for (int axis = 0; axis < reduced.length; axis++) {
            if (!reduced[axis]) {
                kept.add(x.sizes[axis]);
            }
        }
        long[] sizes = kept.stream().mapToLong(Long::longValue).toArray();
        double[] out = new double[ArrayModel.numel(sizes)];
        for (int n = 0; n < out.length; n++) {
            long[] index = ArrayModel.index(sizes, n);
            double[] members = IntStream.range(0, x.values.length).filter(m -> {
                long[] full = ArrayModel.index(x.sizes, m);
                long[] rest = IntStream.range(0, reduced.length).filter(axis -> !reduced[axis])
                        .mapToLong(axis -> full[axis]).toArray();
                return Arrays.equals(rest, index);
            }).mapToDouble(m -> x.values[m]).toArray();
            out[n] = reduction.applyAsDouble(members);
        }
        return new ArrayModel(sizes, out);
    }

    @Test
    void keptAxesHaveSizeOne() {
        Tensor x = Tensor.ones(2, 3, 4);
        assertEquals(Shape.of(2, 1, 4), x.sum(true, 1).shape());
        assertEquals(Shape.of(1, 3, 1), x.mean(true, 0, -1).shape());
        assertEquals(Shape.of(1, 1, 1), x.amax(true).shape());
        assertEquals(Shape.of(2, 3, 1), x.amin(true, 2).shape());
    }

    @Test
    void sumsOfNothingAreZeroAndMeansAreNaN() {
        Tensor x = Tensor.zeros(2, 0);
        assertArrayEquals(new float[] {0, 0}, x.sum(1).toFloatArray());
        assertArrayEquals(new float[] {1, 1}, x.prod(1).toFloatArray());
        assertArrayEquals(new float[] {Float.NaN, Float.NaN}, x.mean(1).toFloatArray());
        assertArrayEquals(new boolean[] {true, true}, x.all(1).toBooleanArray());
        assertEquals(0, x.sum(0).numel());
        assertEquals(0, x.amax(0).numel());
        assertEquals(0, x.sum().item());
    }

    /** A million equal small numbers: accumulated in f32 one by one the sum would be off in the fourth digit. */
    @Test
    void longSumsKeepTheirPrecision() {
        Tensor x = Tensor.full(0.1, DType.F32, 1 << 20);
        assertEquals((1 << 20) * (double) 0.1f, x.sum().item(), 0.5);
        assertEquals(0.1f, x.mean().item(), 5e-7);
        Tensor columns = x.view(1 << 18, 4).sum(0);
        assertEquals((1 << 18) * (double) 0.1f, columns.getDouble(2), 3);
    }

    @Test
    void integersSumInLong() {
        assertEquals(2L * Integer.MAX_VALUE,
                Tensor.of(new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE}).sum().getLong());
        assertEquals(510, Tensor.of(new byte[] {-1, -1}).sum().getLong());
        assertEquals(2, Tensor.of(new boolean[] {true, false, true}).sum().getLong());
        assertEquals((1L << 53) + 1, Tensor.of(new long[] {1L << 53, 1}).sum().getLong());
        assertEquals(255, Tensor.of(new byte[] {1, -1}).amax().getLong());
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void extremesPropagateNaN(DType dtype) {
        for (int length : new int[] {1, 3, 8, 17, 64, 100}) {
            for (int at = 0; at < length; at += Math.max(1, length / 5)) {
                double[] values = new Random(length).doubles(length).toArray();
                values[at] = Double.NaN;
                Tensor x = Tensor.of(values).to(dtype);
                assertTrue(Double.isNaN(x.amax().item()) && Double.isNaN(x.amin().item()));
                assertEquals(at, x.argmax(0).getLong());
                assertEquals(at, x.argmin(0).getLong());
                Tensor matrix = Tensor.stack(1, x, Tensor.ones(dtype, length));
                assertArrayEquals(new double[] {Double.NaN, 1}, matrix.amax(0).toDoubleArray());
            }
        }
        double inf = Double.POSITIVE_INFINITY;
        assertEquals(-inf, Tensor.of(new double[] {-inf, -inf}).to(dtype).amax().item());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void argReductionsTakeTheFirst(DType dtype) {
        Random random = new Random(9);
        for (long[] sizes : new long[][] {{6}, {1}, {50}, {3, 5}, {2, 40, 3}, {4, 1, 2}}) {
            try (var _ = TensorScope.open()) {
                // Few different values, so that there are ties.
                Tensor x = Check.random(random, DType.BOOL, sizes).to(dtype);
                ArrayModel model = ArrayModel.of(x);
                for (int axis = 0; axis < sizes.length; axis++) {
                    for (Tensor layout : Layouts.of(x, random)) {
                        checkArg(model, axis, true, layout.argmax(axis));
                        checkArg(model, axis, false, layout.argmin(axis - sizes.length));
                    }
                }
            }
        }
    }

    private static void checkArg(ArrayModel x, int axis, boolean largest, Tensor found) {
        assertEquals(DType.I64, found.dtype());
        Tensor positions = found.unsqueeze(axis);
        for (int n = 0; n < positions.numel(); n++) {
            long[] index = ArrayModel.index(positions.shape().toArray(), n);
            long best = 0;
            for (long p = 1; p < x.sizes[axis]; p++) {
                double have = valueAt(x, index, axis, best);
                double next = valueAt(x, index, axis, p);
                best = largest ? next > have ? p : best : next < have ? p : best;
            }
            assertEquals(best, positions.getLong(index));
        }
    }

    private static double valueAt(ArrayModel x, long[] index, int axis, long position) {
        long[] full = index.clone();
        full[axis] = position;
        return x.at(full);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void softmaxRunsAlongAnyAxis(DType dtype) {
        Random random = new Random(2);
        Tensor x = Check.random(random, dtype, 3, 5, 4);
        for (int axis = 0; axis < 3; axis++) {
            Tensor exp = x.exp();
            Tensor expected = exp.div(exp.sum(true, axis));
            for (Tensor layout : Layouts.of(x, random)) {
                int at = axis;
                Check.same(ArrayModel.of(expected), layout.softmax(axis), 1e-6, () -> "softmax over " + at);
                Check.same(ArrayModel.of(expected.log()), layout.logSoftmax(axis - 3), 1e-5, () -> "logSoftmax " + at);
            }
        }
        Tensor large = Tensor.of(new double[] {1000, 999}).to(dtype);
        assertEquals(1 / (1 + Math.exp(-1)), large.softmax(0).getDouble(0), 1e-6);
    }
}
