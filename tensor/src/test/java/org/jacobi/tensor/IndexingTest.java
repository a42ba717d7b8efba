package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;

import org.jacobi.tensor.backend.ReduceOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IndexingTest {
    private static final long[][] SHAPES = {{5}, {1}, {4, 3}, {3, 1, 6}, {2, 3, 4}, {3, 17}};

    private static Tensor positions(Random random, long bound, long... sizes) {
        return Tensor.of(random.longs(ArrayModel.numel(sizes), 0, bound).toArray(), sizes);
    }

    @ParameterizedTest
    @EnumSource
    void indexSelectTakesSlices(DType dtype) {
        Random random = new Random(1);
        for (long[] sizes : SHAPES) {
            for (int axis = 0; axis < sizes.length; axis++) {
                for (long count : new long[] {0, 1, 7}) {
                    try (var _ = TensorScope.open()) {
                        Tensor x = Check.random(random, dtype, sizes);
                        Tensor index = positions(random, sizes[axis], count);
                        int at = axis;
                        ArrayModel expected = ArrayModel.of(x).map(x.shape().with(axis, count).toArray(),
                                place -> replaced(place, at, index.getLong(place[at])));
                        for (Tensor layout : Layouts.of(x, random)) {
                            Check.same(expected, layout.indexSelect(axis, Layouts.any(index, random)), 0,
                                    () -> "indexSelect of " + dtype + layout.shape() + " along " + at);
                        }
                    }
                }
            }
        }
    }

    private static long[] replaced(long[] index, int axis, long position) {
        long[] changed = index.clone();
        changed[axis] = position;
        return changed;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"BOOL", "F16", "BF16"})
    void indexAddAddsSlicesInOrder(DType dtype) {
        Random random = new Random(2);
        for (long[] sizes : SHAPES) {
            for (int axis = 0; axis < sizes.length; axis++) {
                try (var _ = TensorScope.open()) {
                    Tensor x = Check.random(random, dtype, sizes);
                    Tensor index = positions(random, sizes[axis], 6);
                    Tensor source = Check.random(random, dtype, x.shape().with(axis, 6).toArray());
                    ArrayModel expected = ArrayModel.of(x);
                    for (int n = 0; n < source.numel(); n++) {
                        long[] place = ArrayModel.index(source.shape().toArray(), n);
                        add(expected, replaced(place, axis, index.getLong(place[axis])), source.getDouble(place),
                                dtype);
                    }
                    for (Tensor layout : Layouts.of(x, random)) {
                        layout.indexAdd_(axis, index, Layouts.any(source, random));
                        Check.same(expected, layout, 1e-6, () -> "indexAdd_ to " + dtype + layout.shape());
                    }
                }
            }
        }
    }

    private static void add(ArrayModel model, long[] place, double value, DType dtype) {
        int flat = 0;
        for (int axis = 0; axis < place.length; axis++) {
            flat = (int) (flat * model.sizes[axis] + place[axis]);
        }
        double sum = model.values[flat] + value;
        model.values[flat] = dtype == DType.U8 ? (long) sum & 0xFF : dtype == DType.F32 ? (float) sum : sum;
    }

    @ParameterizedTest
    @EnumSource
    void gatherTakesElements(DType dtype) {
        Random random = new Random(3);
        for (long[] sizes : SHAPES) {
            for (int axis = 0; axis < sizes.length; axis++) {
                try (var _ = TensorScope.open()) {
                    Tensor x = Check.random(random, dtype, sizes);
                    long[] shape = smaller(random, sizes, axis);
                    Tensor index = positions(random, sizes[axis], shape);
                    int at = axis;
                    ArrayModel expected = ArrayModel.of(x).map(shape,
                            place -> replaced(place, at, index.getLong(place)));
                    for (Tensor layout : Layouts.of(x, random)) {
                        Check.same(expected, layout.gather(axis, Layouts.any(index, random)), 0,
                                () -> "gather of " + dtype + layout.shape() + " along " + at);
                    }
                }
            }
        }
    }

    /** An index may be smaller than the tensor, and along its own axis larger. */
    private static long[] smaller(Random random, long[] sizes, int axis) {
        long[] shape = new long[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            shape[i] = i == axis ? random.nextInt(8) : 1 + random.nextLong(sizes[i]);
        }
        return shape;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"BOOL", "F16", "BF16"})
    void scatterAddAddsElementsInOrder(DType dtype) {
        Random random = new Random(4);
        for (long[] sizes : SHAPES) {
            for (int axis = 0; axis < sizes.length; axis++) {
                try (var _ = TensorScope.open()) {
                    Tensor x = Check.random(random, dtype, sizes);
                    long[] shape = smaller(random, sizes, axis);
                    Tensor index = positions(random, sizes[axis], shape);
                    // The source may be larger than the index; what lies beyond is not used.
                    long[] larger = shape.clone();
                    larger[0] += 2;
                    Tensor source = Check.random(random, dtype, larger);
                    ArrayModel expected = ArrayModel.of(x);
                    for (int n = 0; n < index.numel(); n++) {
                        long[] place = ArrayModel.index(shape, n);
                        add(expected, replaced(place, axis, index.getLong(place)), source.getDouble(place), dtype);
                    }
                    for (Tensor layout : Layouts.of(x, random)) {
                        Check.same(expected, layout.scatterAdd(axis, index, Layouts.any(source, random)), 1e-6,
                                () -> "scatterAdd to " + dtype + layout.shape());
                        Check.same(ArrayModel.of(x), layout, 0, () -> "the operand of scatterAdd");
                        layout.scatterAdd_(axis, Layouts.any(index, random), source);
                        Check.same(expected, layout, 1e-6, () -> "scatterAdd_ to " + dtype + layout.shape());
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void catAndStackJoin(DType dtype) {
        Random random = new Random(5);
        Tensor x = Check.random(random, dtype, 3, 7, 2);
        for (int axis = 0; axis < 3; axis++) {
            Tensor[] parts = x.split(axis, 1, x.size(axis) - 1, 0);
            for (int i = 0; i < parts.length; i++) {
                parts[i] = Layouts.any(parts[i], random);
            }
            Check.same(ArrayModel.of(x), Tensor.cat(axis - 3, parts), 0, () -> "cat of " + dtype);
        }
        for (int axis = 0; axis <= 3; axis++) {
            Tensor stacked = Tensor.stack(axis, x, x.transpose(0, 1).copy().transpose(0, 1));
            assertEquals(2, stacked.size(axis));
            Check.same(ArrayModel.of(x), stacked.select(axis, 1), 0, () -> "stack of " + dtype);
        }
    }

    @Test
    void catPromotesTypes() {
        Tensor out = Tensor.cat(0, Tensor.of(new long[] {1, 2}), Tensor.of(new float[] {0.5f}));
        assertEquals(DType.F32, out.dtype());
        assertArrayEquals(new float[] {1, 2, 0.5f}, out.toFloatArray());
    }

    @Test
    void sourcesThatShareTheTargetsMemoryAreReadBeforeItChanges() {
        Tensor x = Tensor.arange(5);
        x.narrow(0, 1, 4).copy_(x.narrow(0, 0, 4));
        assertArrayEquals(new long[] {0, 0, 1, 2, 3}, x.toLongArray());
        Tensor square = Tensor.arange(4).view(2, 2);
        square.add_(square.t());
        assertArrayEquals(new long[] {0, 3, 3, 6}, square.toLongArray());
        Tensor sums = Tensor.arange(3);
        sums.indexAdd_(0, Tensor.of(new long[] {1, 2, 2}), sums);
        assertArrayEquals(new long[] {0, 1, 5}, sums.toLongArray());
        sums.scatterAdd_(0, Tensor.of(new long[] {2, 2, 0}), sums);
        assertArrayEquals(new long[] {5, 1, 6}, sums.toLongArray());
    }

    @Test
    void rangesAndIntegersAreViews() {
        Tensor x = Tensor.arange(24).view(2, 3, 4);
        Tensor view = x.get(Index.at(-1), Index.range(0, 3, 2), Index.newAxis(), Index.from(1));
        assertTrue(view.sharesStorage(x));
        assertArrayEquals(new long[] {2, 1, 3}, view.shape().toArray());
        assertArrayEquals(new long[] {13, 14, 15, 21, 22, 23}, view.toLongArray());
        view.fill_(0);
        assertEquals(0, x.getLong(1, 2, 3));
        assertFalse(x.get(Index.of(0)).sharesStorage(x));
        assertTrue(x.get().sharesStorage(x));
        assertEquals(0, x.get(Index.from(7)).size(0));
    }

    @Test
    void separatedIndexTensorsComeFirst() {
        Tensor x = Tensor.arange(24).view(2, 3, 4);
        Tensor out = x.get(Index.of(0, 1), Index.all(), Index.of(1, 3));
        assertEquals(Shape.of(2, 3), out.shape());
        assertArrayEquals(new long[] {1, 5, 9, 15, 19, 23}, out.toLongArray());
        // Neighbours stay in place, and so does what has an integer between.
        assertEquals(Shape.of(2, 5), x.get(Index.all(), Index.of(0, 1, 0, 2, 2), Index.at(0)).shape());
    }

    @Test
    void ofSeveralElementsForOnePlaceTheLastStaysAndSumsAddUpInOrder() {
        Tensor x = Tensor.zeros(3);
        x.set(Tensor.of(new float[] {1, 2, 3}), Index.of(1, 0, 1));
        assertArrayEquals(new float[] {2, 3, 0}, x.toFloatArray());
        x.indexPut_(Tensor.of(new float[] {0x1p30f, 1, -0x1p30f}), true, Index.of(2, 2, 2));
        // 1 is lost beside 2^30: the order is that of the index.
        assertArrayEquals(new float[] {2, 3, 0}, x.toFloatArray());
    }

    @Test
    void valuesThatShareTheTargetsMemoryAreReadBeforeItChanges() {
        Tensor x = Tensor.arange(5);
        x.set(x.get(Index.to(4)), Index.from(1));
        assertArrayEquals(new long[] {0, 0, 1, 2, 3}, x.toLongArray());
        Tensor y = Tensor.arange(5);
        y.set(y, Index.of(4, 3, 2, 1, 0));
        assertArrayEquals(new long[] {4, 3, 2, 1, 0}, y.toLongArray());
        // The index is the target itself.
        y.set(7, Index.of(y.get(Index.to(2))));
        assertArrayEquals(new long[] {4, 3, 2, 7, 7}, y.toLongArray());
        Tensor z = Tensor.of(new boolean[] {true, false, true});
        z.set(0, Index.mask(z));
        assertArrayEquals(new boolean[3], z.toBooleanArray());
        Tensor w = Tensor.of(new long[] {2, 0, 1});
        assertArrayEquals(new long[] {0, 1, 2}, w.scatter(0, w, w).toLongArray());
    }

    @Test
    void aSliceOfAnExpandedTensorMayBeSetWhereItsElementsAreItsOwn() {
        Tensor x = Tensor.zeros(3).expand(2, 3);
        x.set(1, Index.at(0), Index.of(2));
        assertArrayEquals(new float[] {0, 0, 1, 0, 0, 1}, x.toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> x.set(1, Index.all(), Index.of(2)));
        Tensor foreign = Tensor.foreign("map", DType.F32, Shape.of(3), Tensor.zeros(3).unscope().address(), this);
        assertThrows(IllegalArgumentException.class, () -> foreign.set(1, Index.of(0)));
        assertThrows(IllegalArgumentException.class, () -> foreign.set(1, Index.at(0)));
    }

    @Test
    void nothingIsSelectedOfNothing() {
        Tensor none = Tensor.zeros(0, 3);
        assertEquals(Shape.of(0, 3), none.get(Index.of()).shape());
        assertEquals(Shape.of(0), none.get(Index.mask(Tensor.zeros(DType.BOOL, 0, 3))).shape());
        assertEquals(Shape.of(2, 0), Tensor.zeros(4, 0).get(Index.of(1, 1)).shape());
        assertEquals(Shape.of(0, 2), none.nonzero().shape());
        none.set(1, Index.of());
        assertEquals(0, none.maskedSelect(none.gt(0)).numel());
        assertEquals(Shape.of(0, 4), Tensor.zeros(DType.I64, 0).oneHot(4).shape());
        assertEquals(0, Tensor.zeros(2).get(Index.mask(Tensor.scalar(0, DType.BOOL))).numel());
        Tensor x = Tensor.ones(2);
        assertArrayEquals(new float[] {1, 1},
                x.scatterReduce(0, Tensor.zeros(DType.I64, 0), Tensor.zeros(0), ReduceOp.MEAN, false).toFloatArray());
    }

    @Test
    void reductionsByIndexKnowNanAndTheExtremesOfEveryType() {
        Tensor index = Tensor.of(new long[] {0, 0});
        Tensor nan = Tensor.of(new float[] {Float.NaN, 1});
        for (ReduceOp how : List.of(ReduceOp.SUM, ReduceOp.PROD, ReduceOp.MEAN, ReduceOp.MAX, ReduceOp.MIN)) {
            assertEquals(Double.NaN, Tensor.zeros(1).scatterReduce(0, index, nan, how, true).item(), how.name());
        }
        for (DType dtype : List.of(DType.U8, DType.I32, DType.I64, DType.F64)) {
            Tensor x = Tensor.full(5, dtype, 1);
            Tensor source = Tensor.of(new long[] {3, 4}).to(dtype);
            assertEquals(4, x.scatterReduce(0, index, source, ReduceOp.MAX, false).item(), dtype.name());
            assertEquals(3, x.scatterReduce(0, index, source, ReduceOp.MIN, false).item(), dtype.name());
            assertEquals(12, x.scatterReduce(0, index, source, ReduceOp.PROD, false).item(), dtype.name());
            assertEquals(5, x.scatterReduce(0, index, source, ReduceOp.MAX, true).item(), dtype.name());
        }
        Tensor lows = Tensor.of(new long[] {Long.MIN_VALUE, Long.MIN_VALUE});
        assertEquals(Long.MIN_VALUE,
                Tensor.arange(1).scatterReduce(0, index, lows, ReduceOp.MAX, false).getLong(0));
        Tensor highs = Tensor.of(new long[] {Long.MAX_VALUE, Long.MAX_VALUE});
        assertEquals(Long.MAX_VALUE,
                Tensor.arange(1).scatterReduce(0, index, highs, ReduceOp.MIN, false).getLong(0));
    }
}
