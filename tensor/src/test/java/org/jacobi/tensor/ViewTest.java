package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

class ViewTest {
    /** Long chains of random views, each step compared with the same step on a plain array. */
    @Test
    void randomChainsOfViewsFollowTheModel() {
        for (int seed = 0; seed < 400; seed++) {
            Random random = new Random(seed);
            try (var _ = TensorScope.open()) {
                long[] sizes = random.ints(random.nextInt(5), 0, 12).mapToLong(n -> n == 0 ? 0 : 1 + n % 4).toArray();
                Tensor base = Tensor.arange(ArrayModel.numel(sizes));
                Tensor tensor = base.view(sizes);
                ArrayModel model = ArrayModel.of(tensor);
                StringBuilder chain = new StringBuilder("seed " + seed + ": " + Arrays.toString(sizes));
                for (int step = 0; step < 6; step++) {
                    Step next = step(tensor, model, random);
                    tensor = next.tensor;
                    model = next.model;
                    chain.append(' ').append(next.name);
                    assertTrue(tensor.sharesStorage(base), chain::toString);
                    Check.same(model, tensor, 0, chain::toString);
                    assertEquals(isRowMajor(tensor), tensor.isContiguous(), chain::toString);
                    checkReshape(tensor, model, random, chain.toString());
                }
            }
        }
    }

    private record Step(String name, Tensor tensor, ArrayModel model) {
    }

    private static Step step(Tensor tensor, ArrayModel model, Random random) {
        int rank = tensor.rank();
        int axis = rank == 0 ? 0 : random.nextInt(rank);
        // Negative axes must mean the same.
        int named = random.nextBoolean() ? axis : axis - rank;
        switch (rank == 0 ? 3 : random.nextInt(7)) {
            case 0 -> {
                List<Integer> order = new ArrayList<>();
                for (int i = 0; i < rank; i++) {
                    order.add(i);
                }
                Collections.shuffle(order, random);
                int[] axes = order.stream().mapToInt(Integer::intValue).toArray();
                long[] sizes = Arrays.stream(axes).mapToLong(tensor::size).toArray();
                return new Step("permute" + order, tensor.permute(axes), model.map(sizes, index -> {
                    long[] source = new long[rank];
                    for (int i = 0; i < rank; i++) {
                        source[axes[i]] = index[i];
                    }
                    return source;
                }));
            }
            case 1 -> {
                long start = random.nextLong(tensor.size(axis) + 1);
                long length = random.nextLong(tensor.size(axis) - start + 1);
                return new Step("narrow" + List.of(named, start, length), tensor.narrow(named, start, length),
                        model.map(with(model.sizes, axis, length), index -> moved(index, axis, start + index[axis])));
            }
            case 2 -> {
                long every = 1 + random.nextLong(3);
                long from = random.nextLong(tensor.size(axis) + 1);
                long count = Math.ceilDiv(tensor.size(axis) - from, every);
                return new Step("slice" + List.of(named, from, every), tensor.slice(named, from, Long.MAX_VALUE, every),
                        model.map(with(model.sizes, axis, count),
                                index -> moved(index, axis, from + index[axis] * every)));
            }
            case 3 -> {
                int at = random.nextInt(rank + 1);
                long[] sizes = inserted(model.sizes, at, 1);
                return new Step("unsqueeze" + at, tensor.unsqueeze(random.nextBoolean() ? at : at - rank - 1),
                        model.map(sizes, index -> removed(index, at)));
            }
            case 4 -> {
                if (tensor.size(axis) == 0) {
                    return new Step("alias", tensor.alias(), model);
                }
                long position = random.nextLong(tensor.size(axis));
                return new Step("select" + List.of(named, position),
                        tensor.select(named, random.nextBoolean() ? position : position - tensor.size(axis)),
                        model.map(removed(model.sizes, axis), index -> inserted(index, axis, position)));
            }
            case 5 -> {
                if (tensor.size(axis) != 1) {
                    return new Step("transpose", tensor.transpose(named, -1), swapped(model, axis, rank - 1));
                }
                return new Step("squeeze" + named, tensor.squeeze(named),
                        model.map(removed(model.sizes, axis), index -> inserted(index, axis, 0)));
            }
            default -> {
                long[] sizes = inserted(model.sizes, 0, 1 + random.nextInt(2));
                for (int i = 1; i < sizes.length; i++) {
                    sizes[i] = sizes[i] == 1 ? 1 + random.nextInt(3) : sizes[i];
                }
                long[] asked = sizes.clone();
                if (rank > 0 && sizes[rank] == model.sizes[rank - 1]) {
                    asked[rank] = -1;
                }
                return new Step("expand" + Arrays.toString(sizes), tensor.expand(asked), model.broadcast(sizes));
            }
        }
    }

    private static ArrayModel swapped(ArrayModel model, int a, int b) {
        long[] sizes = model.sizes.clone();
        sizes[a] = model.sizes[b];
        sizes[b] = model.sizes[a];
        return model.map(sizes, index -> {
            long[] source = index.clone();
            source[a] = index[b];
            source[b] = index[a];
            return source;
        });
    }

    private static long[] with(long[] sizes, int axis, long size) {
        return moved(sizes, axis, size);
    }

    private static long[] moved(long[] index, int axis, long position) {
        long[] changed = index.clone();
        changed[axis] = position;
        return changed;
    }

    private static long[] inserted(long[] index, int axis, long value) {
        long[] wider = new long[index.length + 1];
        for (int i = 0; i < wider.length; i++) {
            wider[i] = i == axis ? value : index[i < axis ? i : i - 1];
        }
        return wider;
    }

    private static long[] removed(long[] index, int axis) {
        long[] fewer = new long[index.length - 1];
        for (int i = 0; i < fewer.length; i++) {
            fewer[i] = index[i < axis ? i : i + 1];
        }
        return fewer;
    }

    /** Reshapes to a random shape; a view must be given exactly when some strides can describe one. */
    private static void checkReshape(Tensor tensor, ArrayModel model, Random random, String chain) {
        long[] target = randomFactors(model.values.length, random);
        String what = chain + " to " + Arrays.toString(target);
        ArrayModel expected = new ArrayModel(target, model.values);
        Tensor reshaped = tensor.reshape(target);
        Check.same(expected, reshaped, 0, () -> what);
        if (describable(target, offsets(tensor))) {
            Tensor view = tensor.view(target);
            assertTrue(view.sharesStorage(tensor) && reshaped.sharesStorage(tensor), what);
            Check.same(expected, view, 0, () -> what);
        } else {
            assertThrows(IllegalArgumentException.class, () -> tensor.view(target), what);
            assertFalse(reshaped.sharesStorage(tensor), what);
        }
    }

    private static long[] randomFactors(int numel, Random random) {
        List<Long> sizes = new ArrayList<>();
        int rest = numel;
        while (rest > 1 || random.nextInt(3) == 0) {
            int factor = 1 + random.nextInt(Math.max(1, rest));
            if (rest == 0 || rest % factor != 0) {
                factor = rest == 0 ? 0 : 1;
            }
            sizes.add((long) factor);
            rest = factor == 0 ? 1 : rest / factor;
        }
        if (numel == 0 && !sizes.contains(0L)) {
            sizes.add(0L);
        }
        Collections.shuffle(sizes, random);
        return sizes.stream().mapToLong(Long::longValue).toArray();
    }

    /** Where each element lies, in elements from the first, in row-major order. */
    private static long[] offsets(Tensor tensor) {
        long[] sizes = tensor.shape().toArray();
        long[] offsets = new long[ArrayModel.numel(sizes)];
        for (int n = 0; n < offsets.length; n++) {
            long[] index = ArrayModel.index(sizes, n);
            for (int axis = 0; axis < sizes.length; axis++) {
                offsets[n] += index[axis] * tensor.stride(axis);
            }
        }
        return offsets;
    }

    /** Whether strides exist that put the elements of a shape at the given offsets. */
    private static boolean describable(long[] sizes, long[] offsets) {
        long[] strides = new long[sizes.length];
        for (int n = 0; n < offsets.length; n++) {
            long[] index = ArrayModel.index(sizes, n);
            if (Arrays.stream(index).sum() == 1) {
                for (int axis = 0; axis < sizes.length; axis++) {
                    strides[axis] += index[axis] * offsets[n];
                }
            }
        }
        for (int n = 0; n < offsets.length; n++) {
            long[] index = ArrayModel.index(sizes, n);
            long offset = 0;
            for (int axis = 0; axis < sizes.length; axis++) {
                offset += index[axis] * strides[axis];
            }
            if (offset != offsets[n]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRowMajor(Tensor tensor) {
        long[] offsets = offsets(tensor);
        for (int n = 0; n < offsets.length; n++) {
            if (offsets[n] != n) {
                return false;
            }
        }
        return true;
    }

    @Test
    void viewsShareTheirMemory() {
        Tensor base = Tensor.arange(12).view(3, 4);
        Tensor column = base.t().select(0, 1);
        base.select(0, 2).fill_(-1);
        assertArrayEquals(new long[] {1, 5, -1}, column.toLongArray());
        column.fill_(9);
        assertArrayEquals(new long[] {0, 9, 2, 3, 4, 9, 6, 7, -1, 9, -1, -1}, base.toLongArray());
    }

    @Test
    void reshapeFindsTheOpenSize() {
        Tensor x = Tensor.arange(24);
        assertEquals(Shape.of(2, 3, 4), x.reshape(2, -1, 4).shape());
        assertEquals(Shape.of(24), x.reshape(-1).shape());
        assertEquals(Shape.of(1, 24), x.reshape(-1, 24).shape());
        assertEquals(Shape.of(), Tensor.scalar(3).reshape().shape());
        assertEquals(Shape.of(1), Tensor.scalar(3).reshape(-1).shape());
    }

    @Test
    void flattenMergesARunOfAxes() {
        Tensor x = Tensor.arange(24).view(2, 3, 4);
        assertEquals(Shape.of(6, 4), x.flatten(0, 1).shape());
        assertEquals(Shape.of(2, 12), x.flatten(1, -1).shape());
        assertEquals(Shape.of(24), x.flatten(0, -1).shape());
        assertEquals(Shape.of(2, 3, 4), x.flatten(1, 1).shape());
        assertArrayEquals(new long[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11},
                x.select(0, 0).t().flatten(0, 1).toLongArray());
    }

    @Test
    void splitCutsAnAxis() {
        Tensor x = Tensor.arange(14).view(2, 7);
        Tensor[] pieces = x.split(1, 3);
        assertEquals(3, pieces.length);
        assertArrayEquals(new long[] {6, 13}, pieces[2].toLongArray());
        Tensor[] parts = x.split(-1, 2, 5);
        assertArrayEquals(new long[] {2, 3, 4, 5, 6, 9, 10, 11, 12, 13}, parts[1].toLongArray());
        assertTrue(parts[1].sharesStorage(x));
    }

    @Test
    void sliceClampsItsEndsLikePython() {
        Tensor x = Tensor.arange(6);
        assertArrayEquals(new long[] {4, 5}, x.slice(0, -2, 100, 1).toLongArray());
        assertArrayEquals(new long[] {0, 2, 4}, x.slice(0, -100, -1, 2).toLongArray());
        assertEquals(0, x.slice(0, 5, 2, 1).numel());
    }
}
