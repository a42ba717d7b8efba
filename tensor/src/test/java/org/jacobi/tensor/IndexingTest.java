package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

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
}
