package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;

import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** The backward pass step by step gives what backward gives, and shows every gradient on its way. */
class BackwardWalkTest {
    private static Variable leaf(double... values) {
        return Variable.leaf(Tensor.of(values));
    }

    private static String numbers(List<Variable> gradients) {
        List<String> texts = new ArrayList<>();
        gradients.forEach(g -> texts.add(g == null ? "-" : java.util.Arrays.toString(g.value().toDoubleArray())));
        return String.join(" ", texts);
    }

    @Test
    void everyStepShowsWhatComesInAndGoesOut() {
        Variable x = leaf(2, 3);
        Variable c = Variable.constant(Tensor.of(new double[] {10, 20}));
        Variable loss = x.square().mul(c).sum();
        List<String> steps = new ArrayList<>();
        try (BackwardWalk walk = Engine.walk(loss)) {
            while (walk.hasNext()) {
                try (var _ = TensorScope.open()) {
                    Object next = walk.upNext();
                    BackwardWalk.Step step = walk.next();
                    assertSame(next, step.node() == null ? step.leaf() : step.node());
                    steps.add((step.node() == null ? "leaf" : step.node().name()) + ": " + numbers(step.douts()) + " > "
                            + numbers(step.grads()));
                }
            }
            assertThrows(NoSuchElementException.class, walk::next);
        }
        assertEquals(List.of("sum: [1.0] > [1.0, 1.0]", "mul: [1.0, 1.0] > [10.0, 20.0] -",
                "square: [10.0, 20.0] > [40.0, 120.0]", "leaf: [40.0, 120.0] > "), steps);
        assertArrayEquals(new double[] {40, 120}, x.grad().value().toDoubleArray());
        assertThrows(IllegalStateException.class, loss::backward, "the walk releases the graph, as backward does");
    }

    @Test
    void itGivesTheGradientsOfBackwardWhereTheyMeet() {
        Variable x = leaf(0.3, -0.7);
        Variable walked = leaf(0.3, -0.7);
        network(x).backward();
        try (BackwardWalk walk = Engine.walk(network(walked))) {
            walk.forEachRemaining(_ -> {
            });
        }
        assertArrayEquals(x.grad().value().toDoubleArray(), walked.grad().value().toDoubleArray(), 0);
    }

    private static Variable network(Variable x) {
        Variable h = x.tanh();
        Variable[] parts = h.mul(h).add(x).split(0, 1, 1);
        return parts[0].exp().mul(parts[1]).add(parts[0]).sum();
    }

    @Test
    void progressIsTold() {
        Variable x = leaf(1);
        Variable y = x.exp();
        Variable loss = y.neg();
        try (BackwardWalk walk = Engine.walk(loss)) {
            assertEquals(BackwardWalk.Progress.WAITING, walk.progress(loss.gradFn()));
            walk.next();
            assertEquals(BackwardWalk.Progress.CURRENT, walk.progress(loss.gradFn()));
            walk.next();
            assertEquals(BackwardWalk.Progress.DONE, walk.progress(loss.gradFn()));
            assertEquals(BackwardWalk.Progress.CURRENT, walk.progress(y.gradFn()));
            assertEquals(BackwardWalk.Progress.WAITING, walk.progress(x));
        }
        assertNull(x.grad());
    }

    @Test
    void aWalkLeftEarlyKeepsNoMemory() {
        long before = SlabAllocator.global().statistics().liveBytes();
        try (var _ = TensorScope.open()) {
            Variable x = Variable.leaf(Tensor.rand(Generator.global(), 100, 100));
            Variable loss = x.exp().mul(x).tanh().sum();
            long graph = SlabAllocator.global().statistics().liveBytes();
            try (BackwardWalk walk = Engine.walk(loss)) {
                walk.next();
                walk.next();
                walk.next();
            }
            assertTrue(SlabAllocator.global().statistics().liveBytes() <= graph);
        }
        // Less, if the collector frees meanwhile what other tests have left.
        assertTrue(SlabAllocator.global().statistics().liveBytes() <= before);
    }

    @Test
    void aStepIsReadable() {
        Variable loss = leaf(1, 2).tanh().sum();
        try (BackwardWalk walk = Engine.walk(loss)) {
            walk.next();
            String text = walk.next().toString();
            assertTrue(text.contains("tanh") && text.contains("org/jacobi/autograd/ops/Tanh.java")
                    && text.contains("dx = dout (1 - y²)") && text.contains("in  0  tensor(["), text);
        }
    }

    @Test
    void itRefusesWhatBackwardRefuses() {
        assertThrows(IllegalStateException.class, () -> Engine.walk(leaf(1, 2)));
        assertThrows(IllegalStateException.class,
                () -> Engine.walk(Variable.constant(Tensor.of(new double[] {1})).sum()));
    }

    @Test
    void hooksRunAndCanBeRemoved() {
        Variable x = leaf(2);
        HookHandle ten = x.registerHook(gradient -> gradient.mul(10));
        HookHandle five = x.registerHook(gradient -> gradient.mul(5));
        x.mul(3).backward();
        assertEquals(150, x.grad().item());
        ten.close();
        ten.close();
        x.zeroGrad();
        x.mul(3).backward();
        assertEquals(15, x.grad().item());
        five.close();
        x.zeroGrad();
        x.mul(3).backward();
        assertEquals(3, x.grad().item());
    }

    @Test
    void aHookMayRemoveItselfWhileItRuns() {
        Variable x = leaf(2);
        HookHandle[] once = new HookHandle[1];
        once[0] = x.registerHook(gradient -> {
            once[0].close();
            return gradient.neg();
        });
        x.registerHook(gradient -> gradient.mul(2));
        x.mul(3).backward();
        x.mul(3).backward();
        assertEquals(-6 + 6, x.grad().item());
    }

    @Test
    void retainGradTwiceOrOfALeafCountsOnce() {
        Variable x = leaf(2);
        x.retainGrad();
        Variable y = x.mul(3);
        y.retainGrad();
        y.retainGrad();
        y.mul(5).backward();
        assertEquals(15, x.grad().item());
        assertEquals(5, y.grad().item());
        assertThrows(IllegalStateException.class, () -> Variable.constant(Tensor.scalar(1)).retainGrad());
    }

    @Test
    void everyNodeKnowsItsSourceAndFormula() {
        Variable x = leaf(2);
        Variable mine = CustomGrad.apply("mine", in -> in[0].copy(), (dout, _, _) -> new Variable[] {dout}, x);
        assertEquals("org/jacobi/autograd/BackwardWalkTest.java", mine.gradFn().source());
        assertFalse(mine.gradFn().formula().isEmpty());
        assertEquals("org/jacobi/autograd/ops/Exp.java", x.exp().gradFn().source());
        assertEquals("dx = dout y", x.exp().gradFn().formula());
    }
}
