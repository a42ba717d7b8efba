package org.jacobi.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CasesTest {
    /** What a laptop computes in a moment. */
    private static final double SMALL_FLOP = 1e9;
    private static final double SMALL_BYTES = 1e7;

    @Test
    void namesAreUniqueAndFindTheirCase() {
        Set<String> seen = new HashSet<>();
        for (Case which : Case.all()) {
            assertTrue(seen.add(which.name()), () -> which.name() + " is there twice");
            // JMH cuts parameters at commas; the command's patterns and JVM arguments must be able to hold a name.
            assertTrue(which.name().matches("[A-Za-z0-9+-]+"), which::name);
            assertEquals(which, Case.named(which.name()));
        }
        assertThrows(IllegalArgumentException.class, () -> Case.named("matmul"));
    }

    @Test
    void everyGroupHasCases() {
        for (Case.Group group : Case.Group.values()) {
            assertTrue(Case.all().stream().anyMatch(which -> which.group() == group), group::word);
        }
    }

    @Test
    void smallCasesComputeFiniteNumbersThatDiffer() {
        int tried = 0;
        for (Case which : Case.all()) {
            if (which.flop() < SMALL_FLOP && which.bytes() < SMALL_BYTES) {
                tried++;
                try (var _ = TensorScope.open()) {
                    Work work = which.ours(Input.make(which.inputs()));
                    work.run();
                    List<float[]> results = work.results();
                    assertFalse(results.isEmpty(), which::name);
                    for (float[] numbers : results) {
                        float first = numbers[0];
                        boolean same = true;
                        for (float number : numbers) {
                            assertTrue(Float.isFinite(number), () -> which.name() + " computed " + number);
                            same &= number == first;
                        }
                        assertTrue(numbers.length == 1 || !same, () -> which.name() + " computed one number only");
                    }
                }
            }
        }
        assertTrue(tried > Case.all().size() / 2, "only " + tried + " cases are small");
    }

    @Test
    void aTrainingStepLearns() {
        try (var _ = TensorScope.open()) {
            for (TrainCase which : TrainTable.CASES) {
                float[] losses = which.ours(Input.make(which.inputs())).results().getFirst();
                assertTrue(losses[losses.length - 1] < losses[0], () -> which.name() + ": " + List.of(losses[0]));
            }
        }
    }

    @Test
    void productsAreCounted() {
        assertEquals(2.0 * 64 * 64 * 64, Case.named("matmul-64x64x64").flop());
        assertEquals(2.0 * 48 * 64 * 32 * 64, Case.named("batchedMatmulTransposed-48x64x32x64").flop());
        assertEquals(7.0 * 4 * 65536, Case.named("adamW-65536").bytes());
    }

    @Test
    void aFloorHasTheProductsOfItsStep() {
        assertEquals(TrainTable.CASES, TrainTable.FLOORS.stream().map(FloorCase::step).toList());
        double linear = 6.0 * 768 * (4 * 12 * 128 * 128 + 65 * 128);
        double attention = 6.0 * 2 * 48 * 64 * 64 * 32 * 4;
        assertEquals(linear + attention, Case.named("babygpt-floor").flop());
        assertEquals(linear + attention, Case.named("babygpt").flop());
    }

    @Test
    void aFloorsCallsComputeTheProduct() {
        TrainCase step = TrainTable.CASES.getFirst();
        for (boolean transA : new boolean[] {false, true}) {
            for (boolean transB : new boolean[] {false, true}) {
                var product = new FloorCase.Product(transA, transB, 65, 33, 17, 1, 1);
                try (var _ = TensorScope.open()) {
                    float[] c = new FloorCase(step, List.of(product)).ours(new Tensor[0]).results().getFirst();
                    Tensor a = Tensor.randn(new Generator(1), 65 * 17)
                            .view(transA ? new long[] {17, 65} : new long[] {65, 17});
                    Tensor b = Tensor.randn(new Generator(1), 33 * 17)
                            .view(transB ? new long[] {33, 17} : new long[] {17, 33});
                    float[] expected = (transA ? a.t() : a).matmul(transB ? b.t() : b).toFloatArray();
                    assertArrayEquals(expected, c, 1e-4f);
                }
            }
        }
    }

    @Test
    void differencesBetweenTheSidesAreSeen() {
        assertEquals(0.25,
                SameWork.largestDifference("a", List.of(new float[] {1, -4}), List.of(new float[] {1, -3.2f})),
                1e-6);
        assertTrue(Double.isNaN(
                SameWork.largestDifference("a", List.of(new float[] {Float.NaN}), List.of(new float[] {1}))));
        assertThrows(IllegalStateException.class,
                () -> SameWork.largestDifference("a", List.of(new float[1]), List.of(new float[2])));
    }

    @Test
    void thePeerComputesTheSame() {
        Assumptions.assumeTrue(Peer.installed().isPresent(), "built without the profile peers");
        List<Case> twins = Case.all().stream().filter(which -> Peer.find().whyNot(which) == null).toList();
        SameWork same = SameWork.compute(twins);
        assertEquals(twins.size(), same.largestDifferences().size());
        assertTrue(same.peer().get("MKL").contains("Math Kernel Library"), same.peer()::toString);
    }
}
