package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** What the reverse walk holds: gradients between nodes are freed as they are consumed, and saved values with them. */
class EngineMemoryTest {
    private static final long ELEMENTS = 1 << 16;
    private static final long BYTES = ELEMENTS * Float.BYTES;

    private static long live() {
        return SlabAllocator.global().statistics().liveBytes();
    }

    /** Checks that at no time more than a few gradients were live. */
    private static void assertFew(int gradients, List<Long> notes, long before) {
        long most = notes.stream().mapToLong(Long::longValue).max().orElseThrow() - before;
        // Half a gradient is for scalars, which share pages with nothing else.
        assertTrue(most <= gradients * BYTES + BYTES / 2,
                () -> "the walk held " + (double) most / BYTES + " gradients at once");
    }

    /** Has a hook note, at this variable's turn in the walk, how much memory is live. */
    private static Variable watched(Variable variable, List<Long> notes) {
        variable.registerHook(gradient -> {
            notes.add(live());
            return gradient;
        });
        return variable;
    }

    @Test
    void aLongChainHoldsAFewGradientsOnly() {
        Variable x = Variable.leaf(Tensor.ones(ELEMENTS));
        try (var _ = TensorScope.open()) {
            Variable y = x;
            List<Long> notes = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                y = watched(y.mul(1.01), notes);
            }
            Variable loss = y.sum();
            long before = live();
            loss.backward();
            assertEquals(200, notes.size());
            assertFew(4, notes, before);
            // What stays is x's gradient.
            assertTrue(live() - before <= 2 * BYTES, () -> live() - before + " bytes are left");
        }
    }

    @Test
    void gradientsOfParametersAreNotHeldTwice() {
        List<Variable> weights = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            weights.add(Variable.leaf(Tensor.ones(ELEMENTS)));
        }
        // The first walk makes the gradients' own memory, the second fills it again.
        for (int round = 0; round < 2; round++) {
            try (var _ = TensorScope.open()) {
                Variable y = Variable.constant(Tensor.ones(ELEMENTS));
                List<Long> notes = new ArrayList<>();
                for (Variable weight : weights) {
                    y = watched(y.mul(weight), notes);
                }
                Variable loss = y.sum();
                long before = live();
                loss.backward();
                if (round == 1) {
                    assertFew(4, notes, before);
                }
                weights.forEach(Variable::zeroGrad);
            }
        }
    }

    @Test
    void branchesAddUpInPlace() {
        Variable x = Variable.leaf(Tensor.ones(ELEMENTS));
        try (var _ = TensorScope.open()) {
            Variable base = x.mul(2);
            List<Long> notes = new ArrayList<>();
            Variable total = null;
            for (int i = 0; i < 100; i++) {
                Variable branch = watched(base.mul(i), notes);
                total = total == null ? branch.sum() : total.add(branch.sum());
            }
            long before = live();
            total.backward();
            assertFew(5, notes, before);
        }
        assertEquals(2 * 99 * 100 / 2, x.grad().value().getDouble(0));
    }

    @Test
    void hooksHoldNothingBack() {
        Variable x = Variable.leaf(Tensor.ones(ELEMENTS));
        try (var _ = TensorScope.open()) {
            Variable y = x;
            List<Long> notes = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                y = y.mul(1.01);
                y.registerHook(gradient -> gradient.mul(0.99));
                watched(y, notes);
            }
            Variable loss = y.sum();
            long before = live();
            loss.backward();
            assertFew(5, notes, before);
        }
    }

    @Test
    void aScopedStepLeavesNothingBehind() {
        Variable w = Variable.leaf(Tensor.ones(256, 256));
        Tensor x = Tensor.ones(64, 256);
        long afterFirst = 0;
        for (int step = 0; step < 5; step++) {
            try (var _ = TensorScope.open()) {
                Variable.constant(x).matmul(w).tanh().square().mean().backward();
                w.zeroGrad();
            }
            if (step == 0) {
                afterFirst = live();
            }
        }
        // Less may be live: what other tests dropped is collected at any time.
        long expected = afterFirst;
        assertTrue(live() <= expected, () -> live() - expected + " bytes are left");
    }

    @Test
    void aWalkOutsideScopesLeavesOnlyTheLeavesGradients() {
        Variable x = Variable.leaf(Tensor.ones(4));
        Variable y = x;
        for (int i = 0; i < 10_000; i++) {
            y = y.mul(1.0001);
        }
        Variable loss = y.sum();
        long before = SlabAllocator.global().statistics().liveBlocks();
        loss.backward();
        long after = SlabAllocator.global().statistics().liveBlocks();
        assertTrue(after - before < 10, () -> after - before + " blocks more are live");
    }
}
