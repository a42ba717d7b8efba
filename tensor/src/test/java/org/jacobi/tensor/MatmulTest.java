package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MatmulTest {
    /** Shapes of both sides and of the product, by torch.matmul's rules. */
    private static final long[][][] SHAPES = {
        {{4}, {4}, {}},
        {{3, 4}, {4}, {3}},
        {{4}, {4, 5}, {5}},
        {{3, 4}, {4, 5}, {3, 5}},
        {{1, 1}, {1, 1}, {1, 1}},
        {{17, 19}, {19, 23}, {17, 23}},
        {{33, 64}, {64, 31}, {33, 31}},
        {{2, 3, 4}, {2, 4, 5}, {2, 3, 5}},
        {{2, 3, 4}, {4, 5}, {2, 3, 5}},
        {{3, 4}, {2, 4, 5}, {2, 3, 5}},
        {{2, 1, 3, 4}, {3, 4, 2}, {2, 3, 3, 2}},
        {{5, 2, 3, 4}, {1, 2, 4, 3}, {5, 2, 3, 3}},
        {{2, 3, 4}, {4}, {2, 3}},
        {{4}, {2, 4, 5}, {2, 5}},
        {{0, 4}, {4, 5}, {0, 5}},
        {{3, 0}, {0, 5}, {3, 5}},
        {{2, 0, 3}, {3, 4}, {2, 0, 4}}};

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void multipliesMatricesVectorsAndBatches(DType dtype) {
        Random random = new Random(4);
        for (long[][] shapes : SHAPES) {
            try (var _ = TensorScope.open()) {
                Tensor a = Check.random(random, dtype, shapes[0]);
                Tensor b = Check.random(random, dtype, shapes[1]);
                ArrayModel expected = product(ArrayModel.of(a), ArrayModel.of(b), shapes[2]);
                for (Tensor x : Layouts.of(a, random)) {
                    for (Tensor y : Layouts.of(b, random)) {
                        Check.same(expected, x.matmul(y), dtype == DType.F32 ? 1e-5 : 1e-13,
                                () -> "matmul of " + x.shape() + " and " + y.shape());
                    }
                }
            }
        }
    }

    private static ArrayModel product(ArrayModel a, ArrayModel b, long[] sizes) {
        int common = (int) a.sizes[a.sizes.length - 1];
        double[] out = new double[ArrayModel.numel(sizes)];
        for (int n = 0; n < out.length; n++) {
            long[] index = ArrayModel.index(sizes, n);
            for (int k = 0; k < common; k++) {
                out[n] += a.at(left(a, b, index, k)) * b.at(right(a, b, index, k));
            }
        }
        return new ArrayModel(sizes, out);
    }

    /** The left operand's index for an element of the product: its batch, its row, and k. */
    private static long[] left(ArrayModel a, ArrayModel b, long[] index, long k) {
        if (a.sizes.length == 1) {
            return new long[] {k};
        }
        int rows = index.length - (b.sizes.length == 1 ? 1 : 2);
        long[] source = batch(a, index, rows);
        source[source.length - 2] = index[rows];
        source[source.length - 1] = k;
        return source;
    }

    private static long[] right(ArrayModel a, ArrayModel b, long[] index, long k) {
        if (b.sizes.length == 1) {
            return new long[] {k};
        }
        long[] source = batch(b, index, index.length - (a.sizes.length == 1 ? 1 : 2));
        source[source.length - 2] = k;
        source[source.length - 1] = index[index.length - 1];
        return source;
    }

    private static long[] batch(ArrayModel operand, long[] index, int batchAxes) {
        int own = operand.sizes.length - 2;
        return Arrays.copyOf(Arrays.copyOfRange(index, batchAxes - own, batchAxes), own + 2);
    }

    @Test
    void transposedOperandsNeedNoCopies() {
        Random random = new Random(8);
        Tensor a = Check.random(random, DType.F32, 40, 30);
        Tensor b = Check.random(random, DType.F32, 40, 20);
        assertArrayEquals(a.t().copy().matmul(b).toFloatArray(), a.t().matmul(b).toFloatArray(), 1e-5f);
        assertEquals(Shape.of(30, 20), a.t().matmul(b).shape());
    }

    @Test
    void typesPromote() {
        assertEquals(DType.F64, Tensor.ones(2, 2).matmul(Tensor.ones(DType.F64, 2)).dtype());
        assertArrayEquals(new float[] {3, 7}, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)
                .matmul(Tensor.ones(DType.I64, 2)).toFloatArray());
    }

    /** The bias is added once however the product is cut: into rows, columns, parts of sums, or not at all for a vector. */
    @Test
    void linearAddsItsBiasOnce() {
        Generator random = new Generator(7);
        for (long[] size : new long[][] {{600, 256, 300}, {64, 512, 1024}, {3, 4096, 40}, {60, 8192, 50}, {1, 300, 500},
            {500, 300, 1}, {4, 0, 5}}) {
            try (var _ = TensorScope.open()) {
                Tensor x = Tensor.randn(random, size[0], size[1]);
                Tensor weight = Tensor.randn(random, size[2], size[1]);
                Tensor bias = Tensor.randn(random, size[2]).mul(100);
                Tensor out = Tensor.empty(DType.F32, size[0], size[2]).fill_(Double.NaN);
                out.backend().linear(out, x, weight, bias);
                Tensor expected = x.to(DType.F64).matmul(weight.to(DType.F64).t()).add(bias.to(DType.F64));
                assertTrue(out.to(DType.F64).sub(expected).abs().amax().item() < 5e-3, () -> Arrays.toString(size));
            }
        }
    }
}
