package org.jacobi.layers.init;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
