package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Random indices of every kind in every order, read and written, against libtorch. */
class IndexParityTest {
    private static final int CASES = 2000;

    @Test
    void randomIndicesSelectWhatLibtorchSelects() {
        Libtorch.require();
        Random random = new Random(1);
        for (int i = 0; i < CASES; i++) {
            try (var _ = TensorScope.open(); var _ = new PointerScope()) {
                check(random);
            }
        }
    }

    private static void check(Random random) {
        long[] sizes = random.longs(random.nextInt(5), 0, 5).toArray();
        Index[] indices = indices(random, sizes);
        String where = "shape " + Arrays.toString(sizes) + ", indices " + Arrays.toString(indices);
        Operand operand = Operand.constant(sizes);
        Layout layout = random.nextBoolean() ? Layout.TRANSPOSED : Layout.SLICED;
        Tensor x = operand.make(DType.F32, layout, new SplittableRandom(random.nextLong()), false);
        org.bytedeco.pytorch.Tensor twin = Libtorch.tensor(operand, x.toDoubleArray());

        Index[] plain = withoutWideMasks(indices);
        Tensor out = x.get(indices);
        org.bytedeco.pytorch.Tensor expected = twin.index(Libtorch.indices(plain));
        assertArrayEquals(expected.shape(), out.shape().toArray(), where);
        assertArrayEquals(Libtorch.numbers(expected), out.toDoubleArray(), where);

        Tensor value = Tensor.scalar(-7);
        org.bytedeco.pytorch.Tensor written = twin.clone();
        written.index_put_(Libtorch.indices(plain), torch.full(out.shape().toArray(), Libtorch.number(-7)));
        assertArrayEquals(Libtorch.numbers(written), x.indexPut(value, false, indices).toDoubleArray(), where);

        // Each element of a gradient of ones counts how often it was read.
        org.bytedeco.pytorch.Tensor read = twin.detach().set_requires_grad(true);
        org.bytedeco.pytorch.Tensor again = read.index(Libtorch.indices(plain));
        Libtorch.backward(again, torch.ones_like(again));
        Tensor counts = Tensor.zeros(sizes).indexPut_(Tensor.ones(out.shape().toArray()), true, indices);
        assertArrayEquals(Libtorch.numbers(read.grad()), counts.toDoubleArray(), where);
    }

    /**
     * Returns the positions of masks in place of those that have several axes: libtorch takes a range behind such a mask for
     * one of the mask's own axes.
     */
    private static Index[] withoutWideMasks(Index... indices) {
        return Arrays.stream(indices)
                .flatMap(index -> index instanceof Index.Mask(Tensor mask) && mask.rank() > 1
                        ? Arrays.stream(mask.nonzeroTuple()).map(Index::of)
                        : Stream.of(index))
                .toArray(Index[]::new);
    }

    /** Returns indices that fit a shape; all index tensors broadcast. */
    private static Index[] indices(Random random, long[] sizes) {
        List<Index> indices = new ArrayList<>();
        // A mask's positions are as many as it says: beside one, other index tensors hold a single position.
        boolean masked = random.nextInt(3) == 0;
        boolean haveMask = false;
        long count = random.nextInt(4);
        int axis = 0;
        boolean skipped = false;
        while (axis < sizes.length && (skipped || random.nextInt(6) > 0)) {
            long size = sizes[axis];
            switch (random.nextInt(8)) {
                case 0 -> indices.add(Index.newAxis());
                case 1 -> {
                    indices.add(size == 0 ? Index.all() : Index.at(random.nextLong(-size, size)));
                    axis++;
                }
                case 2, 3 -> {
                    indices.add(Index.range(random.nextLong(-6, 6), random.nextLong(-6, 7), 1 + random.nextInt(3)));
                    axis++;
                }
                case 4 -> {
                    // What follows an ellipsis must name all axes that are left.
                    if (!skipped) {
                        indices.add(Index.ellipsis());
                        axis += random.nextInt(sizes.length - axis + 1);
                        skipped = true;
                    }
                }
                default -> {
                    if (masked && !haveMask && random.nextBoolean()) {
                        int rank = Math.min(random.nextInt(3), sizes.length - axis);
                        long[] shape = Arrays.copyOfRange(sizes, axis, axis + rank);
                        Tensor mask = Tensor.empty(DType.F32, Shape.of(shape));
                        for (int i = 0; i < mask.numel(); i++) {
                            mask.view(-1).set(random.nextInt(2), Index.at(i));
                        }
                        indices.add(Index.mask(mask.to(DType.BOOL)));
                        haveMask = true;
                        axis += rank;
                    } else {
                        long[] shape = switch (masked ? 3 : random.nextInt(4)) {
                            case 0 -> new long[] {count};
                            case 1 -> new long[] {2, count};
                            case 2 -> new long[] {2, 1};
                            default -> new long[] {1};
                        };
                        long numel = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
                        indices.add(size == 0 ? Index.all()
                                : Index.of(Tensor.of(random.longs(numel, -size, size).toArray(), shape)));
                        axis++;
                    }
                }
            }
        }
        return indices.toArray(Index[]::new);
    }
}
