package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Scalars, empty tensors, and what creates tensors. */
class EdgeShapeTest {
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void scalarsHaveOneElementAndNoAxes(DType dtype) {
        Tensor x = Tensor.scalar(1, dtype);
        assertEquals(0, x.rank());
        assertEquals(1, x.numel());
        assertEquals(Shape.of(), x.shape());
        assertEquals(1, x.item());
        assertEquals(1, x.getLong());
        assertTrue(x.isContiguous());
        assertEquals(1, x.amax().item());
        assertEquals(1, x.sum().item());
        assertEquals(Shape.of(), x.contiguous().reshape().permute().shape());
        assertEquals(Shape.of(1), x.unsqueeze(-1).shape());
        assertEquals(Shape.of(2, 3), x.expand(2, 3).shape());
        assertEquals(6, x.expand(2, 3).sum().item());
        assertEquals(Shape.of(2), Tensor.stack(0, x, x).shape());
        assertArrayEquals(new double[] {1}, x.toDoubleArray());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"F16", "BF16"})
    void emptyTensorsGoThroughEveryOp(DType dtype) {
        Tensor x = Tensor.zeros(dtype, 2, 0, 3);
        assertEquals(0, x.numel());
        assertEquals(Shape.of(2, 0, 3), x.add(x).shape());
        assertEquals(Shape.of(2, 0, 3), x.eq(x).shape());
        assertEquals(Shape.of(2, 0, 3), x.isNaN().shape());
        assertEquals(Shape.of(3, 0, 2), x.transpose(0, 2).copy().shape());
        assertEquals(Shape.of(0), x.flatten(0, -1).shape());
        assertEquals(Shape.of(5, 0), x.reshape(5, 0).shape());
        assertEquals(Shape.of(2, 3), x.sum(1).shape());
        assertEquals(0, x.sum().item());
        assertEquals(Shape.of(2, 2, 3), Tensor.cat(1, x, Tensor.ones(dtype, 2, 2, 3)).shape());
        assertEquals(Shape.of(0, 0, 3), x.indexSelect(0, Tensor.of(new long[0])).shape());
        assertEquals(Shape.of(2, 0, 3), x.gather(0, Tensor.zeros(DType.I64, 2, 0, 3)).shape());
        assertEquals(0, x.fill_(1).copy_(Tensor.scalar(0, dtype)).toDoubleArray().length);
        assertEquals(0, x.split(1, 4)[0].numel());
    }

    @Test
    void creation() {
        assertArrayEquals(new double[] {1, 1.5, 2}, Tensor.arange(1, 2.25, 0.5, DType.F64).toDoubleArray());
        assertArrayEquals(new long[] {3, 1, -1}, Tensor.arange(3, -2, -2, DType.I64).toLongArray());
        assertEquals(0, Tensor.arange(0).numel());
        assertArrayEquals(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, Tensor.eye(3).toFloatArray());
        assertEquals(0, Tensor.eye(0).numel());
        assertEquals(Shape.of(2, 2), Tensor.of(new int[] {1, 2, 3, 4}, 2, 2).shape());
        assertEquals(DType.I32, Tensor.of(new int[0]).dtype());
        assertArrayEquals(new long[] {7, 7}, Tensor.full(7.9, DType.I64, 2).toLongArray());
        assertArrayEquals(new boolean[] {true, true}, Tensor.full(0.5, DType.BOOL, 2).toBooleanArray());
        assertEquals(Shape.of(4, 0), Tensor.empty(DType.U8, 4, 0).shape());
    }

    @Test
    void elementsAreReadByPosition() {
        Tensor x = Tensor.arange(6).view(2, 3).t();
        assertEquals(4, x.getLong(1, 1));
        assertEquals(5, x.getDouble(-1, -1));
        assertEquals(2, x.getLong(-1, 0));
        assertEquals(Long.MAX_VALUE, Tensor.of(new long[] {Long.MAX_VALUE}).getLong(0));
        assertEquals(255, Tensor.of(new byte[] {-1}).getLong(0));
        assertEquals(-3, Tensor.of(new float[] {-3.9f}).getLong(0));
    }
}
