package org.jacobi.layers.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SplitsTest {
    private static void assertCovers(long n, List<long[]> parts) {
        assertArrayEquals(LongStream.range(0, n).toArray(),
                parts.stream().flatMapToLong(Arrays::stream).sorted().toArray());
    }

    private static long count(long[] labels, long[] part, long label) {
        return Arrays.stream(part).filter(i -> labels[(int) i] == label).count();
    }

    @Test
    void randomSplit() {
        List<long[]> parts = Splits.random(10, 1, 0.7, 0.2, 0.1);
        assertEquals(List.of(7, 2, 1), parts.stream().map(part -> part.length).toList());
        assertCovers(10, parts);
        assertFalse(Arrays.equals(parts.get(0), Splits.random(10, 2, 0.7, 0.2, 0.1).get(0)));
        assertArrayEquals(parts.get(0), Splits.random(10, 1, 0.7, 0.2, 0.1).get(0));
        // As random_split: what is left over goes to the first parts.
        assertEquals(List.of(4, 4, 3),
                Splits.random(11, 1, 1 / 3.0, 1 / 3.0, 1 / 3.0).stream().map(p -> p.length).toList());
        assertThrows(IllegalArgumentException.class, () -> Splits.random(10, 1, 0.7, 0.2));
        assertThrows(IllegalArgumentException.class, () -> Splits.random(10, 1, 1.5, -0.5));
        assertThrows(IllegalArgumentException.class, () -> Splits.random(10, 1, Double.NaN, 1));
    }

    @Test
    void stratifiedSplit() {
        long[] labels = LongStream.range(0, 103).map(i -> i < 60 ? 1 : i < 100 ? 0 : 7).toArray();
        List<long[]> parts = Splits.stratified(labels, 3, 0.8, 0.1, 0.1);
        assertCovers(103, parts);
        assertEquals(48, count(labels, parts.get(0), 1));
        assertEquals(6, count(labels, parts.get(1), 1));
        assertEquals(4, count(labels, parts.get(2), 0));
        for (long[] part : parts) {
            assertEquals(1, count(labels, part, 7));
        }
        labels[102] = 0;
        var failure = assertThrows(IllegalArgumentException.class, () -> Splits.stratified(labels, 3, 0.8, 0.1, 0.1));
        assertTrue(failure.getMessage().contains("class 7 has 2 examples"), failure.getMessage());
    }

    @Test
    void folds() {
        List<Splits.Fold> folds = Splits.kFold(11, 3, 5);
        assertCovers(11, folds.stream().map(Splits.Fold::test).toList());
        assertEquals(List.of(4, 4, 3), folds.stream().map(fold -> fold.test().length).toList());
        for (Splits.Fold fold : folds) {
            assertCovers(11, List.of(fold.train(), fold.test()));
        }
        assertThrows(IllegalArgumentException.class, () -> Splits.kFold(3, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> Splits.kFold(3, 1, 0));
    }

    @Test
    void stratifiedFolds() {
        long[] labels = LongStream.range(0, 50).map(i -> i % 10 < 7 ? 0 : i % 10 < 9 ? 1 : 2).toArray();
        List<Splits.Fold> folds = Splits.stratifiedKFold(labels, 4, 5);
        assertCovers(50, folds.stream().map(Splits.Fold::test).toList());
        for (Splits.Fold fold : folds) {
            assertCovers(50, List.of(fold.train(), fold.test()));
            assertEquals(35 / 4.0, count(labels, fold.test(), 0), 0.76);
            assertEquals(10 / 4.0, count(labels, fold.test(), 1), 0.51);
            assertEquals(5 / 4.0, count(labels, fold.test(), 2), 0.76);
            assertEquals(50 / 4.0, fold.test().length, 0.51);
        }
        var failure = assertThrows(IllegalArgumentException.class, () -> Splits.stratifiedKFold(labels, 6, 5));
        assertTrue(failure.getMessage().contains("class 2 has 5 examples"), failure.getMessage());
    }

    @Test
    void viewsOfDataSets() {
        TensorDataset data = new TensorDataset(Tensor.arange(0, 12, 1, DType.F32).reshape(6, 2), Tensor.arange(6));
        assertEquals(3, data.subset(4, 1, 3).get(2).target().item());
        assertEquals("example 1", data.subset(4, 1, 3).describe(1));
        assertThrows(IllegalArgumentException.class, () -> data.subset(6));
        assertThrows(IndexOutOfBoundsException.class, () -> data.subset(5).get(1));
        assertThrows(IndexOutOfBoundsException.class, () -> data.get(-1));
        assertEquals(18, data.map(example -> example.input().sum().item() + 1).get(4), 0);
        ConcatDataset<Example> joined =
                new ConcatDataset<>(List.of(data.subset(), data.subset(5, 0), data.subset(), data));
        assertEquals(8, joined.size());
        assertEquals(5, joined.get(0).target().item());
        assertEquals(0, joined.get(1).target().item());
        assertEquals(3, joined.get(5).target().item());
        assertEquals("example 3 of part 3", joined.describe(5));
        assertThrows(IndexOutOfBoundsException.class, () -> joined.get(8));
        assertThrows(IllegalArgumentException.class, () -> new TensorDataset(Tensor.zeros(2), Tensor.zeros(3)));
    }
}
