package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ops on shapes where the table of samples does not reach: views written through, empties, scalars, every type. */
class ShapesTest {
    private static void assertNumbers(Tensor x, Shape shape, double... numbers) {
        assertEquals(shape, x.shape());
        assertArrayEquals(numbers, x.toDoubleArray());
    }

    @Test
    void viewsAreWrittenThrough() {
        Tensor x = Tensor.zeros(3, 4);
        x.diagonal(1, 0, 1).fill_(1);
        x.diagonal(-2, 0, 1).fill_(2);
        x.diagonal(9, 0, 1).fill_(3);
        assertNumbers(x, Shape.of(3, 4), 0, 1, 0, 0, 0, 0, 1, 0, 2, 0, 0, 1);
        Tensor y = Tensor.arange(0, 7, 1, DType.F32);
        y.unfold(0, 2, 3).mul_(-1);
        assertNumbers(y, Shape.of(7), -0.0, -1, 2, -3, -4, 5, 6);
        y.asStrided(new long[] {2}, new long[] {3}, 2).fill_(9);
        assertNumbers(y, Shape.of(7), -0.0, -1, 9, -3, -4, 9, 6);
        assertTrue(x.squeeze().sharesStorage(x));
        assertTrue(x.unbind(0)[1].sharesStorage(x));
        assertTrue(x.chunk(1, 2)[1].sharesStorage(x));
        assertTrue(x.mT().sharesStorage(x));
        assertTrue(x.unflatten(1, 2, 2).sharesStorage(x));
        assertTrue(Tensor.meshgrid(y, y)[0].sharesStorage(y));
    }

    @Test
    void copiesShareNothing() {
        Tensor x = Tensor.arange(1);
        assertFalse(x.flip().sharesStorage(x));
        assertFalse(x.roll(0).sharesStorage(x));
        assertFalse(x.view(1, 1).tril(5).sharesStorage(x));
        assertFalse(x.view(1, 1).diag().sharesStorage(x));
        assertFalse(x.pad(0, 0).sharesStorage(x));
        assertFalse(x.view(1, 1).rot90(4, 0, 1).sharesStorage(x));
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeMoves(DType type) {
        Tensor x = Tensor.of(new double[] {1, 0, 1, 1, 0, 0}, 2, 3).to(type);
        assertNumbers(x.flip(1), Shape.of(2, 3), 1, 0, 1, 0, 0, 1);
        assertNumbers(x.roll(1, 1), Shape.of(2, 3), 1, 1, 0, 0, 1, 0);
        assertNumbers(x.triu(1), Shape.of(2, 3), 0, 0, 1, 0, 0, 0);
        assertNumbers(x.pad(new long[] {1, -2}, 1), Shape.of(2, 2), 1, 1, 1, 1);
        assertNumbers(x.pad(new long[] {1, 0}, PadMode.CIRCULAR), Shape.of(2, 4), 1, 1, 0, 1, 0, 1, 0, 0);
        assertNumbers(x.select(0, 1).diagEmbed(), Shape.of(3, 3), 1, 0, 0, 0, 0, 0, 0, 0, 0);
        assertNumbers(x.repeatInterleave(2, 0), Shape.of(4, 3), 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0);
        assertNumbers(x.tile(1, 2), Shape.of(2, 6), 1, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0);
        assertEquals(type, x.flip(0).dtype());
        assertEquals(type, x.pad(1, 1).dtype());
    }

    @Test
    void emptiesKeepTheirAxes() {
        Tensor x = Tensor.zeros(2, 0, 3);
        assertEquals(Shape.of(2, 0, 3), x.flip(0, 1).shape());
        assertEquals(Shape.of(2, 0, 3), x.roll(5).shape());
        assertEquals(Shape.of(2, 0, 3), x.roll(new long[] {1, 1}, new int[] {0, 1}).shape());
        assertEquals(Shape.of(2, 0, 3), x.tril().shape());
        assertEquals(Shape.of(3, 0), x.diagonal().shape());
        assertEquals(Shape.of(2, 0, 3, 3), x.diagEmbed().shape());
        assertEquals(Shape.of(0), x.flatten().shape());
        assertEquals(Shape.of(4, 0, 3), x.repeat(2, 2, 1).shape());
        assertEquals(Shape.of(0, 0, 3), x.repeat(0, 1, 1).shape());
        assertEquals(Shape.of(2, 0, 0), x.repeatInterleave(0, 2).shape());
        assertNumbers(x.pad(0, -1, 1, 0).select(0, 0), Shape.of(1, 2), 0, 0);
        assertEquals(Shape.of(2, 0, 2, 2), x.unfold(2, 2, 1).shape());
        assertEquals(3, x.chunk(1, 3).length);
        assertEquals(Shape.of(2, 0, 3), x.chunk(1, 3)[2].shape());
        assertEquals(0, x.unbind(1).length);
        assertEquals(2, x.unbind(0).length);
        assertEquals(Shape.of(0), Tensor.zeros(0).roll(3).shape());
        assertEquals(Shape.of(0, 2), Tensor.zeros(0).combinations(2, true).shape());
        assertEquals(Shape.of(0, 3), Tensor.zeros(2).combinations(3, false).shape());
        assertEquals(Shape.of(2, 2), Tensor.zeros(2, 0).matmul(Tensor.zeros(0, 2)).shape());
        assertEquals(0, Tensor.einsum("ij,ij->", Tensor.zeros(2, 0), Tensor.zeros(2, 0)).item());
        assertEquals(Shape.of(4, 5), Tensor.zeros(4, 0).cdist(Tensor.zeros(5, 0), 2).shape());
        assertEquals(Shape.of(0, 5), Tensor.zeros(0, 3).cdist(Tensor.zeros(5, 3), 2).shape());
    }

    @Test
    void scalarsHaveTheAxes0AndMinus1WherePyTorchLetsThem() {
        Tensor x = Tensor.scalar(3);
        assertNumbers(x.flatten(), Shape.of(1), 3);
        assertNumbers(x.flatten(-1, 0), Shape.of(1), 3);
        assertNumbers(x.squeeze(), Shape.of(), 3);
        assertNumbers(x.squeeze(0), Shape.of(), 3);
        assertNumbers(x.transpose(0, -1), Shape.of(), 3);
        assertNumbers(x.flip(-1), Shape.of(), 3);
        assertNumbers(x.roll(4), Shape.of(), 3);
        assertNumbers(x.roll(4, 0), Shape.of(), 3);
        assertNumbers(x.movedim(0, 0), Shape.of(), 3);
        assertNumbers(x.unfold(0, 1, 1), Shape.of(1), 3);
        assertNumbers(x.repeat(), Shape.of(), 3);
        assertNumbers(x.tile(2), Shape.of(2), 3, 3);
        assertNumbers(x.repeatInterleave(2), Shape.of(2), 3, 3);
        assertNumbers(x.kron(x), Shape.of(), 9);
        assertNumbers(x.tensordot(x, 0), Shape.of(), 9);
        assertNumbers(Tensor.blockDiag(x, x), Shape.of(2, 2), 3, 0, 0, 3);
        assertNumbers(Tensor.hstack(x, x), Shape.of(2), 3, 3);
        assertNumbers(Tensor.cartesianProd(Tensor.ones(2)), Shape.of(2), 1, 1);
    }

    @Test
    void axesOfSize1AloneAreDropped() {
        Tensor x = Tensor.zeros(1, 2, 1);
        assertEquals(Shape.of(2), x.squeeze().shape());
        assertEquals(Shape.of(2, 1), x.squeeze(0).shape());
        assertEquals(Shape.of(1, 2, 1), x.squeeze(1).shape());
        assertEquals(Shape.of(2), x.squeeze(0, 1, 2).shape());
    }

    @Test
    void cosineSimilarityBroadcastsAlongTheAxisItself() {
        Tensor x = Tensor.of(new double[] {1, 2, 2}, 3, 1);
        assertEquals(5 / (3 * Math.sqrt(3)), x.cosineSimilarity(Tensor.ones(DType.F64, 1, 1), 0).item(), 1e-15);
        assertEquals(0, Tensor.zeros(3).cosineSimilarity(Tensor.ones(3), 0).item());
    }

    @Test
    void integersMultiplyExactlyAndWrapAround() {
        Tensor big = Tensor.of(new long[] {1L << 62, 3}, 1, 2);
        assertEquals(3 * ((1L << 53) + 1), Tensor.of(new long[] {0, (1L << 53) + 1}).dot(big.select(0, 0)).getLong());
        assertEquals(3, big.matmul(Tensor.of(new long[] {4, 1}, 2, 1)).getLong(0, 0));
        assertEquals(44, Tensor.of(new byte[] {100}).dot(Tensor.of(new byte[] {3})).getLong());
    }
}
