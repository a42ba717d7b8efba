package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.backend.ReduceOp;
import org.junit.jupiter.api.Test;

class InPlaceTest {
    /** Every method that changes a tensor, applied to a tensor of shape (2, 3). */
    private static Map<String, UnaryOperator<Tensor>> changes() {
        Tensor other = Tensor.full(2, DType.F32, 2, 3);
        Tensor index = Tensor.of(new long[] {0, 1, 0}, 1, 3);
        Generator generator = new Generator(1);
        Map<String, UnaryOperator<Tensor>> changes = new LinkedHashMap<>();
        changes.put("fill_", x -> x.fill_(3));
        changes.put("zero_", Tensor::zero_);
        changes.put("copy_", x -> x.copy_(other));
        changes.put("add_", x -> x.add_(other));
        changes.put("sub_", x -> x.sub_(other));
        changes.put("mul_", x -> x.mul_(other));
        changes.put("mul_ number", x -> x.mul_(2));
        changes.put("div_", x -> x.div_(other));
        changes.put("uniform_", x -> x.uniform_(0, 1, generator));
        changes.put("normal_", x -> x.normal_(0, 1, generator));
        changes.put("indexAdd_", x -> x.indexAdd_(0, Tensor.of(new long[] {1, 1}), other));
        changes.put("scatterAdd_", x -> x.scatterAdd_(0, index, other));
        changes.put("indexCopy_", x -> x.indexCopy_(0, Tensor.of(new long[] {1, 0}), other));
        changes.put("indexFill_", x -> x.indexFill_(1, Tensor.of(new long[] {1}), 4));
        changes.put("scatter_", x -> x.scatter_(0, index, other));
        changes.put("scatter_ number", x -> x.scatter_(0, index, 4));
        changes.put("scatterReduce_", x -> x.scatterReduce_(0, index, other, ReduceOp.MAX, true));
        changes.put("maskedScatter_", x -> x.maskedScatter_(other.gt(0), other));
        changes.put("set", x -> x.set(other, Index.ellipsis()));
        changes.put("set number", x -> x.set(3, Index.all(), Index.of(1, 0)));
        changes.put("indexPut_", x -> x.indexPut_(other, true, Index.of(0, 1)));
        changes.put("indexPut_ view", x -> x.indexPut_(other, true, Index.all()));
        return changes;
    }

    @Test
    void everyChangeIsCountedOnceAndSeenByAllViews() {
        changes().forEach((name, change) -> {
            Tensor x = Tensor.ones(2, 3);
            Tensor view = x.t();
            int before = view.version();
            assertSame(x, change.apply(x), name);
            assertEquals(before + 1, view.version(), name);
            // A change through a view counts as well, for the base and for other views.
            change.apply(view.t());
            assertEquals(before + 2, x.version(), name);
        });
    }

    @Test
    void readingCountsNothing() {
        Tensor x = Tensor.ones(2, 3);
        int before = x.version();
        x.add(1).sum(0).mul(x.t().matmul(x).sum()).toFloatArray();
        x.contiguous().reshape(3, 2).copy();
        assertEquals(before, x.version());
    }

    @Test
    void expandedTensorsCannotBeChanged() {
        changes().forEach((name, change) -> {
            Tensor narrow = Tensor.ones(1, 3);
            Tensor expanded = narrow.expand(2, 3);
            var error = assertThrows(IllegalArgumentException.class, () -> change.apply(expanded), name);
            String op = name.split(" ")[0];
            assertEquals(
                    op + ": axis 0 of shape (2, 3) is expanded, its elements share memory and cannot be changed one by "
                            + "one; use contiguous() first",
                    error.getMessage());
            assertArrayEquals(new float[] {1, 1, 1}, narrow.toFloatArray(), name);
            change.apply(expanded.contiguous());
        });
    }

    @Test
    void resultsMustFitTheType() {
        Tensor integers = Tensor.arange(3);
        assertThrows(IllegalArgumentException.class, () -> integers.add_(Tensor.ones(3)));
        assertThrows(IllegalArgumentException.class, () -> integers.mul_(0.5));
        assertThrows(IllegalArgumentException.class, () -> integers.div_(Tensor.arange(3)));
        Tensor flags = Tensor.of(new boolean[] {true, false});
        assertThrows(IllegalArgumentException.class, () -> flags.sub_(flags.logicalNot()));
        assertThrows(IllegalArgumentException.class, () -> integers.uniform_(0, 1, new Generator(1)));
        assertArrayEquals(new long[] {0, 1, 2}, integers.toLongArray());
        assertArrayEquals(new long[] {0, 3, 6}, integers.mul_(3).toLongArray());
        assertArrayEquals(new float[] {1, 2, 3}, Tensor.ones(3).add_(Tensor.arange(3)).toFloatArray());
    }

    @Test
    void operandsBroadcastToTheTargetOnly() {
        Tensor x = Tensor.ones(2, 3);
        x.mul_(Tensor.arange(3)).add_(Tensor.of(new float[] {10, 20}, 2, 1));
        assertArrayEquals(new float[] {10, 11, 12, 20, 21, 22}, x.toFloatArray());
        assertThrows(IllegalArgumentException.class, () -> Tensor.ones(3).add_(x));
        assertThrows(IllegalArgumentException.class, () -> Tensor.ones(3).copy_(x));
    }

    @Test
    void copyConverts() {
        Tensor x = Tensor.zeros(DType.I32, 2, 2);
        x.copy_(Tensor.of(new double[] {1.9, -1.9}));
        assertArrayEquals(new int[] {1, -1, 1, -1}, x.toIntArray());
    }
}
