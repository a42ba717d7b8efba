package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TensorPrinterTest {
    private static void prints(String expected, Tensor tensor) {
        assertEquals(expected.stripTrailing(), tensor.toString());
    }

    @Test
    void matricesHaveAlignedColumns() {
        prints("""
                tensor([[1.0000, 2.0000],
                        [3.0000, 4.0000]], shape=(2, 2), dtype=F32)
                """, Tensor.of(new float[] {1, 2, 3, 4}, 2, 2));
        prints("""
                tensor([[  1,  -2],
                        [300,   4]], shape=(2, 2), dtype=I64)
                """, Tensor.of(new long[] {1, -2, 300, 4}, 2, 2));
        prints("""
                tensor([[ true],
                        [false]], shape=(2, 1), dtype=BOOL)
                """, Tensor.of(new boolean[] {true, false}, 2, 1));
    }

    @Test
    void scalarsVectorsAndEmptyTensors() {
        prints("tensor(3.1416, shape=(), dtype=F64)", Tensor.scalar(Math.PI, DType.F64));
        prints("tensor(7, shape=(), dtype=U8)", Tensor.scalar(7, DType.U8));
        prints("tensor([ 0.5000, -0.2500], shape=(2), dtype=F32)", Tensor.of(new float[] {0.5f, -0.25f}));
        prints("tensor([], shape=(0), dtype=F32)", Tensor.zeros(0));
        prints("tensor([], shape=(2, 0), dtype=I32)", Tensor.zeros(DType.I32, 2, 0));
        prints("tensor([9223372036854775807], shape=(1), dtype=I64)", Tensor.of(new long[] {Long.MAX_VALUE}));
    }

    @Test
    void stacksOfMatricesStandApart() {
        prints("""
                tensor([[[0, 1],
                         [2, 3]],

                        [[4, 5],
                         [6, 7]]], shape=(2, 2, 2), dtype=I64)
                """, Tensor.arange(8).view(2, 2, 2));
    }

    @Test
    void viewsPrintTheirOwnElements() {
        prints("""
                tensor([[0, 3],
                        [1, 4],
                        [2, 5]], shape=(3, 2), dtype=I64)
                """, Tensor.arange(6).view(2, 3).t());
        prints("tensor([5, 5, 5], shape=(3), dtype=I64)", Tensor.of(new long[] {5}).expand(3));
    }

    @Test
    void wideRangesPrintWithExponents() {
        prints("tensor([1.0000e+00, 1.0000e-05], shape=(2), dtype=F64)", Tensor.of(new double[] {1, 1e-5}));
        prints("tensor([1.0000e+09], shape=(1), dtype=F32)", Tensor.of(new float[] {1e9f}));
        prints("tensor([ 0.0000e+00, -1.2346e-10], shape=(2), dtype=F64)", Tensor.of(new double[] {0, -1.23456e-10}));
        prints("tensor([100.0000,   0.5000,   0.0000], shape=(3), dtype=F32)", Tensor.of(new float[] {100, 0.5f, 0}));
    }

    @Test
    void numbersThatAreNone() {
        prints("tensor([   nan,    inf,   -inf, 1.0000], shape=(4), dtype=F32)",
                Tensor.of(new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1}));
        prints("tensor([nan], shape=(1), dtype=F32)", Tensor.of(new float[] {Float.NaN}));
    }

    @Test
    void longAxesAreAbbreviated() {
        prints("tensor([   0,    1,    2, ..., 1998, 1999, 2000], shape=(2001), dtype=I64)", Tensor.arange(2001));
        prints("""
                tensor([[   0,    1,    2, ...,   97,   98,   99],
                        [ 100,  101,  102, ...,  197,  198,  199],
                        [ 200,  201,  202, ...,  297,  298,  299],
                        ...,
                        [9700, 9701, 9702, ..., 9797, 9798, 9799],
                        [9800, 9801, 9802, ..., 9897, 9898, 9899],
                        [9900, 9901, 9902, ..., 9997, 9998, 9999]], shape=(100, 100), dtype=I64)
                """, Tensor.arange(10_000).view(100, 100));
        // The axes that are short stay whole.
        assertTrue(Tensor.zeros(500, 6).toString().contains("[0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000]"));
        assertTrue(Tensor.zeros(50, 50, 50, 50).toString().length() < 20_000);
    }

    @Test
    void longRowsAreBroken() {
        prints("""
                tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
                        18, 19], shape=(20), dtype=I64)
                """, Tensor.arange(20));
    }
}
