package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GeneratorTest {
    @Test
    void equalSeedsGiveEqualNumbersAndEveryCallOthers() {
        Generator generator = new Generator(42);
        float[] first = Tensor.rand(generator, 10, 7).toFloatArray();
        float[] second = Tensor.rand(generator, 10, 7).toFloatArray();
        assertFalse(Arrays.equals(first, second));
        generator.manualSeed(42);
        assertArrayEquals(first, Tensor.rand(generator, 70).toFloatArray());
        assertFalse(Arrays.equals(first, Tensor.rand(new Generator(43), 70).toFloatArray()));
    }

    @Test
    void twoNumbersAreTheWholeState() {
        Generator generator = new Generator(5);
        Tensor.randn(generator, 3);
        Tensor.randn(generator, 1000);
        assertEquals(2, generator.calls());
        Generator restored = new Generator(0).restore(generator.seed(), generator.calls());
        assertArrayEquals(Tensor.randn(generator, 9).toFloatArray(), Tensor.randn(restored, 9).toFloatArray());
    }

    @Test
    void singleNumbers() {
        Generator generator = new Generator(8);
        long[] counts = new long[6];
        double sum = 0;
        for (int i = 0; i < 12_000; i++) {
            double uniform = generator.nextDouble();
            assertTrue(uniform >= 0 && uniform < 1);
            sum += uniform;
            counts[(int) generator.nextLong(6)]++;
        }
        assertEquals(6000, sum, 120);
        for (long count : counts) {
            assertEquals(2000, count, 160);
        }
        assertEquals(24_000, generator.calls());
        assertEquals(new Generator(8).restore(8, 24_000).nextDouble(), generator.nextDouble());
        assertThrows(IllegalArgumentException.class, () -> generator.nextLong(0));
    }

    /** A number belongs to its position, not to its place in memory or to the size of the tensor. */
    @Test
    void numbersFollowThePosition() {
        float[] expected = Tensor.rand(new Generator(3), 6, 5).toFloatArray();
        Tensor transposed = Tensor.empty(DType.F32, 5, 6).t().uniform_(0, 1, new Generator(3));
        assertArrayEquals(expected, transposed.toFloatArray());
        assertArrayEquals(Arrays.copyOf(expected, 13), Tensor.rand(new Generator(3), 13).toFloatArray());
        float[] normal = Tensor.randn(new Generator(3), 6, 5).toFloatArray();
        assertArrayEquals(normal, Tensor.empty(DType.F32, 5, 6).t().normal_(0, 1, new Generator(3)).toFloatArray());
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void numbersHaveTheirDistributions(DType dtype) {
        Tensor uniform = Tensor.empty(dtype, 100_000).uniform_(-2, 6, new Generator(7));
        assertTrue(uniform.amin().item() >= -2 && uniform.amax().item() < 6);
        assertEquals(2, uniform.mean().item(), 0.03);
        assertEquals(64 / 12.0, uniform.sub(2).square().mean().item(), 0.05);
        Tensor normal = Tensor.empty(dtype, 100_000).normal_(3, 2, new Generator(8));
        assertEquals(3, normal.mean().item(), 0.03);
        assertEquals(4, normal.sub(3).square().mean().item(), 0.06);
        // The fourth moment of a normal distribution is 3 times the squared variance.
        assertEquals(48, normal.sub(3).square().square().mean().item(), 2);
    }
}
