package org.jacobi.tensor.backend.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.Philox;
import org.jacobi.tensor.backend.UnaryOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the tests of Tensor, which run through whatever backend the device has, do not see of the reference. */
class ReferenceBackendTest {
    private static final ReferenceBackend REFERENCE = new ReferenceBackend();

    private static int word(long seed, long call, long element) {
        int[] words = new int[4];
        Philox.block(words, seed, call, element / 4);
        return words[(int) (element % 4)];
    }

    @Test
    void randomNumbersAreDefinedByThePosition() {
        Tensor out = Tensor.empty(DType.F32, 3, 7);
        REFERENCE.uniform(out, 11, 5, -1, 3);
        Tensor normal = Tensor.empty(DType.F32, 7, 3).t();
        REFERENCE.normal(normal, 11, 6, 2, 0.5);
        Tensor kept = Tensor.empty(DType.F32, 3, 7);
        REFERENCE.dropout(kept, Tensor.full(0.7, DType.F32, 3, 7), 0.3, 11, 7);
        for (int i = 0; i < 21; i++) {
            assertEquals(-1 + 4 * Philox.uniform(word(11, 5, i)), (float) out.getDouble(i / 7, i % 7));
            int pair = i & ~1;
            assertEquals((float) (2 + 0.5 * Philox.normal(word(11, 6, pair), word(11, 6, pair + 1), i % 2 == 1)),
                    (float) normal.getDouble(i / 7, i % 7));
            assertEquals(Philox.uniform(word(11, 7, i)) >= 0.3 ? 0.7f * (float) (1 / 0.7) : 0,
                    (float) kept.getDouble(i / 7, i % 7));
        }
    }

    @Test
    void outputsMayBeAnOperandItself() {
        Tensor x = Tensor.of(new float[] {1, 2, 3});
        REFERENCE.binary(BinaryOp.MUL, x, x, x);
        assertArrayEquals(new float[] {1, 4, 9}, x.toFloatArray());
        REFERENCE.unary(UnaryOp.SQRT, x, x);
        assertArrayEquals(new float[] {1, 2, 3}, x.toFloatArray());
        REFERENCE.dropout(x, x, 0, 1, 1);
        assertArrayEquals(new float[] {1, 2, 3}, x.toFloatArray());
    }

    @Test
    void outputsMayBeStrided() {
        Tensor out = Tensor.zeros(6, 4).slice(0, 0, 6, 2).t();
        REFERENCE.matmul(out, Tensor.ones(4, 2), Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
        assertArrayEquals(new float[] {5, 7, 9, 5, 7, 9, 5, 7, 9, 5, 7, 9}, out.toFloatArray());
        Tensor ramp = Tensor.zeros(DType.I32, 10).slice(0, 1, 10, 3);
        REFERENCE.arange(ramp, 2, -3);
        assertArrayEquals(new int[] {2, -1, -4}, ramp.toIntArray());
        Tensor sums = Tensor.zeros(DType.F64, 1, 6).slice(1, 0, 6, 2);
        REFERENCE.fill(sums, 4);
        assertArrayEquals(new double[] {4, 4, 4}, sums.toDoubleArray());
    }

    @Test
    void outOfRangeNumbersSaturateAsInJavaAndBytesKeepEightBits() {
        Tensor x = Tensor.of(new double[] {1e30, -1e30, 300.5, -1});
        Tensor out = Tensor.empty(DType.I32, 4);
        REFERENCE.copy(out, x);
        assertArrayEquals(new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, 300, -1}, out.toIntArray());
        Tensor bytes = Tensor.empty(DType.U8, 4);
        REFERENCE.copy(bytes, x);
        assertArrayEquals(new int[] {255, 0, 44, 255}, bytes.toIntArray());
    }

    /** Every function is computed in double and rounded once. */
    @ParameterizedTest
    @EnumSource
    void functionsAreTheirDefinitions(UnaryOp op) {
        float[] values = {-3.5f, -0.5f, 0, 0.25f, 1, 80};
        Tensor out = Tensor.empty(op.isPredicate() ? DType.BOOL : DType.F32, 6);
        REFERENCE.unary(op, out, Tensor.of(values));
        for (int i = 0; i < values.length; i++) {
            double expected = op.apply(values[i]);
            assertEquals(op.isPredicate() ? expected : (float) expected, out.getDouble(i), op.name());
        }
    }

    @ParameterizedTest
    @EnumSource
    void functionsOfTwoOperandsAreTheirDefinitions(BinaryOp op) {
        float[] a = {-3.5f, -0.5f, 0, 0.25f, 1, 8};
        float[] b = {0.5f, 0, -1, 0.25f, -0.0f, 2};
        Tensor out = Tensor.empty(op.isPredicate() ? DType.BOOL : DType.F32, 6);
        REFERENCE.binary(op, out, Tensor.of(a), Tensor.of(b));
        for (int i = 0; i < a.length; i++) {
            double expected = op.apply((double) a[i], (double) b[i]);
            assertEquals(op.isPredicate() ? expected : (float) expected, out.getDouble(i), op.name());
        }
    }

    @Test
    void productsAccumulateInDouble() {
        Random random = new Random(1);
        double[] a = random.doubles(1000, -1, 1).toArray();
        double exact = 0;
        for (double x : a) {
            exact += (double) (float) x * (float) x;
        }
        Tensor vector = Tensor.of(a).to(DType.F32);
        Tensor out = Tensor.empty(DType.F32, Shape.of(1, 1));
        REFERENCE.matmul(out, vector.view(1, 1000), vector.view(1000, 1));
        assertEquals((float) exact, (float) out.item());
    }
}
