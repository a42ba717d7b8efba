package org.jacobi.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.reference.ReferenceBackend;
import org.junit.jupiter.api.Test;

class EinsumTest {
    /** Random equations against the definition: a sum over all letters of the product of all elements. */
    @Test
    void randomEquationsGiveWhatTheDefinitionGives() {
        for (int seed = 0; seed < 600; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(seed % 10 == 0 ? 10 : 4);
            int letters = 1 + random.nextInt(5);
            long[] sizes = random.longs(letters, 0, 12).map(n -> n == 0 ? 0 : 1 + n % 3).toArray();
            StringBuilder equation = new StringBuilder();
            List<Tensor> operands = new ArrayList<>();
            List<int[]> labels = new ArrayList<>();
            try (var _ = TensorScope.open()) {
                for (int i = 0; i < count; i++) {
                    int[] mine = random.ints(random.nextInt(4), 0, letters).toArray();
                    // One size of 1 in an operand that names the letter once: it broadcasts.
                    long[] shape = Arrays.stream(mine).mapToLong(label -> sizes[label]).toArray();
                    int broadcast = mine.length == 0 ? 0 : random.nextInt(mine.length);
                    if (random.nextInt(3) == 0 && mine.length > 0
                            && Arrays.stream(mine).filter(label -> label == mine[broadcast]).count() == 1) {
                        shape[broadcast] = 1;
                    }
                    operands.add(Check.random(random, DType.F64, shape));
                    labels.add(mine);
                    equation.append(i == 0 ? "" : ",").append(text(mine));
                }
                int[] used = labels.stream().flatMapToInt(Arrays::stream).distinct().filter(_ -> random.nextBoolean())
                        .toArray();
                String whole = equation + "->" + text(used);
                Check.same(definition(operands, labels, used, letters),
                        Tensor.einsum(whole, operands.toArray(Tensor[]::new)), 1e-12, () -> whole);
            }
        }
    }

    private static String text(int[] labels) {
        StringBuilder text = new StringBuilder();
        for (int label : labels) {
            text.append((char) (label % 2 == 0 ? 'a' + label : 'A' + label));
        }
        return text.toString();
    }

    private static ArrayModel definition(List<Tensor> operands, List<int[]> labels, int[] result, int letters) {
        long[] sizes = new long[letters];
        Arrays.fill(sizes, 1);
        for (int i = 0; i < operands.size(); i++) {
            for (int axis = 0; axis < labels.get(i).length; axis++) {
                long size = operands.get(i).size(axis);
                sizes[labels.get(i)[axis]] = size == 1 ? sizes[labels.get(i)[axis]] : size;
            }
        }
        long[] shape = Arrays.stream(result).mapToLong(label -> sizes[label]).toArray();
        double[] sums = new double[ArrayModel.numel(shape)];
        long total = Arrays.stream(sizes).reduce(1, (a, b) -> a * b);
        for (long item = 0; item < total; item++) {
            long[] index = new long[letters];
            long rest = item;
            for (int label = 0; label < letters; label++) {
                index[label] = rest % sizes[label];
                rest /= sizes[label];
            }
            double product = 1;
            for (int i = 0; i < operands.size(); i++) {
                Tensor operand = operands.get(i);
                long[] at = new long[operand.rank()];
                for (int axis = 0; axis < at.length; axis++) {
                    at[axis] = operand.size(axis) == 1 ? 0 : index[labels.get(i)[axis]];
                }
                product *= operand.getDouble(at);
            }
            int at = 0;
            for (int label : result) {
                at = (int) (at * sizes[label] + index[label]);
            }
            sums[at] += product;
        }
        return ArrayModel.of(shape.length == 0 ? Tensor.scalar(sums[0], DType.F64) : Tensor.of(sums, shape));
    }

    // ---- the order of contractions ---------------------------------------------------------------------------------

    @Test
    void aChainOfMatricesIsContractedFromItsThinEnd() {
        Einsum.Path path = Einsum.path("ij,jk,kl->il", Shape.of(100, 100), Shape.of(100, 100), Shape.of(100, 1));
        assertEquals(List.of(new Einsum.Step(1, 2, "jk,kl->jl", 2e4), new Einsum.Step(0, 3, "ij,jl->il", 2e4)),
                path.steps());
        assertEquals(4e4, path.flops());
        assertEquals(3e6, path.naiveFlops());
        assertEquals(100, path.largest());
        assertTrue(path.toString().contains("jk,kl->jl"), path::toString);
    }

    /** No order of contractions is better than the one that dynamic programming found. */
    @Test
    void theOrderOfFewOperandsIsTheBest() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int count = 3 + random.nextInt(3);
            long[] sizes = random.longs(6, 1, 20).toArray();
            List<Integer> masks = new ArrayList<>();
            Shape[] shapes = new Shape[count];
            StringBuilder equation = new StringBuilder();
            for (int i = 0; i < count; i++) {
                int[] mine = random.ints(8, 0, 6).distinct().limit(1 + random.nextInt(3)).toArray();
                shapes[i] = Shape.of(Arrays.stream(mine).mapToLong(label -> sizes[label]).toArray());
                masks.add(Arrays.stream(mine).map(label -> 1 << label).sum());
                equation.append(i == 0 ? "" : ",").append(text(mine));
            }
            int all = masks.stream().reduce(0, (a, b) -> a | b);
            int result = all & random.nextInt(64);
            String whole = equation + "->" + text(random.ints(0, 6).distinct().limit(6).sorted()
                    .filter(label -> (result >>> label & 1) == 1).toArray());
            // What only one operand has is summed before.
            for (int i = 0; i < count; i++) {
                int mine = masks.set(i, 0);
                masks.set(i, mine & masks.stream().reduce(result, (a, b) -> a | b));
            }
            assertEquals(cheapest(masks, result, sizes), Einsum.path(whole, shapes).flops(), 0, whole);
        }
    }

    private static double cheapest(List<Integer> masks, int result, long[] sizes) {
        if (masks.size() == 1) {
            return 0;
        }
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < masks.size(); i++) {
            for (int j = i + 1; j < masks.size(); j++) {
                List<Integer> rest = new ArrayList<>(masks);
                int both = rest.remove(j) | rest.remove(i);
                int kept = both & rest.stream().reduce(result, (a, b) -> a | b);
                rest.add(kept);
                double cost = kept == both ? 1 : 2;
                for (int label = 0; label < sizes.length; label++) {
                    cost *= (both >>> label & 1) == 1 ? sizes[label] : 1;
                }
                best = Math.min(best, cost + cheapest(rest, result, sizes));
            }
        }
        return best;
    }

    @Test
    void manyOperandsAreContractedGreedily() {
        // 26 matrices in a chain: all at once would be 20^27 operations.
        Tensor[] chain = new Tensor[26];
        StringBuilder equation = new StringBuilder();
        Tensor product = Tensor.eye(20);
        for (int i = 0; i < chain.length; i++) {
            chain[i] = Tensor.randn(new Generator(i), 20, 20).mul(0.2);
            product = product.matmul(chain[i]);
            equation.append(i == 0 ? "" : ",").append((char) ('a' + i)).append((char) (i == 25 ? 'A' : 'b' + i));
        }
        Tensor result = Tensor.einsum(equation + "->aA", chain);
        assertTrue(result.sub(product).abs().amax().item() < 1e-4);
        Shape[] shapes = Arrays.stream(chain).map(Tensor::shape).toArray(Shape[]::new);
        assertEquals(25 * 2 * 8000.0, Einsum.path(equation + "->aA", shapes).flops());
    }

    // ---- memory ----------------------------------------------------------------------------------------------------

    private static final class CountingCopies extends ReferenceBackend {
        private int copies;

        @Override
        public void copy(Tensor out, Tensor x) {
            copies++;
            super.copy(out, x);
        }
    }

    @Test
    void transposesAndBatchesReachTheMatrixProductAsStrides() {
        assertEquals(0, copies("ij,jk->ik", Shape.of(2, 3), Shape.of(3, 4)));
        assertEquals(0, copies("ji,kj->ki", Shape.of(3, 2), Shape.of(4, 3)));
        assertEquals(0, copies("bij,jk->bik", Shape.of(5, 2, 3), Shape.of(3, 4)));
        assertEquals(0, copies("bthd,bshd->bhts", Shape.of(2, 3, 4, 5), Shape.of(2, 6, 4, 5)));
        assertEquals(0, copies("bhts,bshd->bthd", Shape.of(2, 4, 3, 6), Shape.of(2, 6, 4, 5)));
        assertEquals(0, copies("bthd,hde->bte", Shape.of(2, 3, 4, 5), Shape.of(4, 5, 6)));
        assertEquals(0, copies("bte,hde->bthd", Shape.of(2, 3, 6), Shape.of(4, 5, 6)));
        assertEquals(1, copies("bthd,dhe->bte", Shape.of(2, 3, 4, 5), Shape.of(5, 4, 6)));
    }

    private static int copies(String equation, Shape a, Shape b) {
        CountingCopies counting = new CountingCopies();
        Backend before = Device.CPU.use(counting);
        try {
            Tensor.einsum(equation, Tensor.ones(a.toArray()), Tensor.ones(b.toArray()));
        } finally {
            Device.CPU.use(before);
        }
        return counting.copies;
    }

    @Test
    void theResultIsAHandleOfItsOwnInTheScope() {
        Tensor x = Tensor.arange(6).view(2, 3);
        Tensor same = Tensor.einsum("ij", x);
        assertNotSame(x, same);
        assertTrue(same.sharesStorage(x));
        same.release();
        assertArrayEquals(new long[] {0, 3, 1, 4, 2, 5}, Tensor.einsum("ij->ji", x).toLongArray());
        Tensor kept;
        try (var scope = TensorScope.open()) {
            kept = scope.keep(Tensor.einsum("ij,kj->ik", x, x));
        }
        assertArrayEquals(new long[] {5, 14, 14, 50}, kept.toLongArray());
    }
}
