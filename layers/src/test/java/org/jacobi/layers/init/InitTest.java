package org.jacobi.layers.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class InitTest {
    private static final int OUT = 120;
    private static final int IN = 80;

    private final Generator generator = new Generator(1);
    private final Tensor weight = Tensor.zeros(OUT, IN);

    private void assertUniform(double bound) {
        assertEquals(bound, weight.abs().amax().item(), 0.01 * bound);
        assertTrue(weight.abs().amax().item() <= bound * 1.0000001);
        assertNormal(bound / Math.sqrt(3));
    }

    private void assertNormal(double std) {
        assertEquals(0, weight.mean().item(), 0.05 * std);
        assertEquals(std, Math.sqrt(weight.square().mean().item()), 0.03 * std);
    }

    @Test
    void constants() {
        assertSame(weight, Init.ones_(weight));
        assertEquals(OUT * IN, weight.sum().item());
        assertEquals(0, Init.zeros_(weight).abs().sum().item());
    }

    @Test
    void uniformAndNormal() {
        assertSame(weight, Init.uniform_(weight, -0.5, 0.5, generator));
        assertUniform(0.5);
        assertSame(weight, Init.normal_(weight, 0, 0.02, generator));
        assertNormal(0.02);
    }

    @Test
    void xavier() {
        assertSame(weight, Init.xavierUniform_(weight, 2, generator));
        assertUniform(2 * Math.sqrt(6.0 / (IN + OUT)));
        assertSame(weight, Init.xavierNormal_(weight, 2, generator));
        assertNormal(2 * Math.sqrt(2.0 / (IN + OUT)));
    }

    @Test
    void kaiming() {
        assertSame(weight, Init.kaimingUniform_(weight, 0, generator));
        assertUniform(Math.sqrt(6.0 / IN));
        Init.kaimingUniform_(weight, Math.sqrt(5), generator);
        assertUniform(1 / Math.sqrt(IN));
        assertSame(weight, Init.kaimingNormal_(weight, 0, generator));
        assertNormal(Math.sqrt(2.0 / IN));
    }

    @Test
    void aKernelSumsOverItsWholeField() {
        Tensor kernel = Init.kaimingNormal_(Tensor.zeros(50, 10, 5, 4), 0, generator);
        assertEquals(Math.sqrt(2.0 / (10 * 5 * 4)), Math.sqrt(kernel.square().mean().item()), 0.005);
    }

    @Test
    void sameSeedSameNumbers() {
        float[] first = Init.normal_(weight, 0, 1, new Generator(9)).toFloatArray();
        assertArrayEquals(first, Init.normal_(weight, 0, 1, new Generator(9)).toFloatArray());
    }

    @Test
    void aVectorHasNoFan() {
        assertThrows(IllegalArgumentException.class, () -> Init.kaimingUniform_(Tensor.zeros(3), 0, generator));
    }

    // ---- torch.nn.init's others ------------------------------------------------------------------------------------

    @Test
    void gains() {
        assertEquals(1, Init.calculateGain(Nonlinearity.LINEAR));
        assertEquals(1, Init.calculateGain(Nonlinearity.SIGMOID));
        assertEquals(5.0 / 3, Init.calculateGain(Nonlinearity.TANH));
        assertEquals(Math.sqrt(2), Init.calculateGain(Nonlinearity.RELU));
        assertEquals(Math.sqrt(2 / 1.0001), Init.calculateGain(Nonlinearity.LEAKY_RELU), 1e-15);
        assertEquals(Math.sqrt(2 / 1.04), Init.calculateGain(Nonlinearity.LEAKY_RELU, 0.2), 1e-15);
        assertEquals(0.75, Init.calculateGain(Nonlinearity.SELU));
    }

    @Test
    void kaimingWithModeAndNonlinearity() {
        Init.kaimingUniform_(weight, 0, FanMode.FAN_OUT, Nonlinearity.TANH, generator);
        assertUniform(5.0 / 3 * Math.sqrt(3.0 / OUT));
        Init.kaimingNormal_(weight, 0, FanMode.FAN_OUT, Nonlinearity.RELU, generator);
        assertNormal(Math.sqrt(2.0 / OUT));
        Tensor kernel =
                Init.kaimingNormal_(Tensor.zeros(50, 10, 5, 4), 0, FanMode.FAN_OUT, Nonlinearity.LINEAR, generator);
        assertEquals(1 / Math.sqrt(50 * 5 * 4), Math.sqrt(kernel.square().mean().item()), 0.001);
    }

    @Test
    void truncatedNormalStaysInItsBounds() {
        Tensor x = Init.truncNormal_(Tensor.zeros(100_000), 1, 2, 0, 4, generator);
        assertTrue(x.amin().item() >= 0 && x.amax().item() <= 4);
        // Mean and variance of a normal distribution cut at a = -1/2 and b = 3/2 deviations.
        double a = -0.5;
        double b = 1.5;
        double mass = 0.9331927987 - 0.3085375387;
        double shift = (density(a) - density(b)) / mass;
        assertEquals(1 + 2 * shift, x.mean().item(), 0.02);
        double variance = 4 * (1 + (a * density(a) - b * density(b)) / mass - shift * shift);
        assertEquals(variance, x.var().item(), 0.02);
        assertThrows(IllegalArgumentException.class, () -> Init.truncNormal_(x, 0, 1, 1, 1, generator));
        assertThrows(IllegalArgumentException.class, () -> Init.truncNormal_(x, 0, 0, 0, 1, generator));
    }

    private static double density(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    @Test
    void orthogonalRowsOrColumns() {
        for (long[] shape : new long[][] {{5, 5}, {3, 8}, {8, 3}, {4, 3, 2, 2}}) {
            Tensor w = Init.orthogonal_(Tensor.zeros(DType.F64, shape), 1.5, generator);
            Tensor matrix = w.reshape(shape[0], -1);
            Tensor gram = matrix.size(0) <= matrix.size(1) ? matrix.matmul(matrix.transpose(0, 1))
                    : matrix.transpose(0, 1).matmul(matrix);
            double[] expected = Tensor.eye(gram.size(0)).mul(2.25).toDoubleArray();
            assertArrayEquals(expected, gram.toDoubleArray(), 1e-12);
        }
        assertThrows(IllegalArgumentException.class, () -> Init.orthogonal_(Tensor.zeros(3), 1, generator));
    }

    @Test
    void onesOnDiagonals() {
        assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0}, Init.eye_(Tensor.ones(2, 3)).toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> Init.eye_(Tensor.ones(2)));
        Tensor x = Tensor.ones(4, 3, 3);
        Init.dirac_(x, 1);
        assertEquals(3, x.sum().item());
        for (int c = 0; c < 3; c++) {
            assertEquals(1, x.select(0, c).select(0, c).select(0, 1).item());
        }
        Tensor grouped = Init.dirac_(Tensor.ones(4, 2, 3, 5), 2);
        assertEquals(4, grouped.sum().item());
        assertEquals(1, grouped.select(0, 3).select(0, 1).select(0, 1).select(0, 2).item());
        assertThrows(IllegalArgumentException.class, () -> Init.dirac_(Tensor.ones(4, 2, 3), 3));
        assertThrows(IllegalArgumentException.class, () -> Init.dirac_(Tensor.ones(4, 2), 1));
    }

    @Test
    void sparseColumns() {
        Tensor x = Init.sparse_(Tensor.zeros(30, 20), 0.33, 0.5, generator);
        double[] zeros = x.eq(0).to(DType.I64).sum(0).toDoubleArray();
        for (double count : zeros) {
            assertEquals(10, count); // 9.9 rows, rounded up
        }
        assertEquals(0.5, Math.sqrt(x.square().sum().item() / (20 * 20)), 0.05);
        assertThrows(IllegalArgumentException.class, () -> Init.sparse_(Tensor.zeros(3), 0.5, 1, generator));
    }

    @Test
    void oneNumber() {
        assertEquals(3 * OUT * IN, Init.constant_(weight, 3).sum().item());
    }
}
