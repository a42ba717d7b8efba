package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** The reverse walk: which gradients arrive where, over graphs of every form, and what it refuses. */
class EngineTest {
    private static Variable leaf(double... values) {
        return Variable.leaf(Tensor.of(values));
    }

    private static void assertGrad(Variable variable, double... expected) {
        assertNotNull(variable.grad(), "there is no gradient");
        assertArrayEquals(expected, variable.grad().value().toDoubleArray(), 1e-12);
    }

    // ---- graphs ----------------------------------------------------------------------------------------------------

    @Test
    void everyPathOfADiamondCounts() {
        Variable x = leaf(2, 3);
        Variable left = x.mul(3);
        Variable right = x.square();
        left.mul(right).sum().backward();
        // d(3 x^3)/dx = 9 x^2
        assertGrad(x, 36, 81);
    }

    @Test
    void aDiamondOfDiamondsIsWalkedOnceANode() {
        // 60 diamonds one on the other have 2^60 paths; each node must be walked once.
        Variable x = leaf(1);
        Variable y = x;
        for (int i = 0; i < 60; i++) {
            y = y.add(y);
        }
        y.sum().backward();
        assertGrad(x, Math.scalb(1.0, 60));
    }

    @Test
    void oneVariableMayBeBothOperands() {
        Variable x = leaf(3, -2);
        x.mul(x).sum().backward();
        assertGrad(x, 6, -4);
    }

    @Test
    void aShortPathWaitsForTheLongOne() {
        Variable x = leaf(2);
        Variable y = x.mul(5);
        Variable along = y;
        for (int i = 0; i < 10; i++) {
            along = along.add(y);
        }
        along.mul(y).sum().backward();
        // 11 y^2 with y = 5 x
        assertGrad(x, 11 * 2 * 25 * 2);
    }

    @Test
    void aChainOfAMillionNodesPasses() {
        Variable x = leaf(1);
        try (var _ = TensorScope.open()) {
            Variable y = x;
            for (int i = 0; i < 1_000_000; i++) {
                y = y.neg();
            }
            y.backward();
        }
        assertGrad(x, 1);
    }

    @Test
    void unusedOutputsOfANodeCountAsZero() {
        Variable x = leaf(1, 2, 3, 4, 5, 6);
        Variable[] parts = x.split(0, 1, 2, 3);
        parts[1].mul(Tensor.of(new double[] {10, 20})).sum().backward();
        assertGrad(x, 0, 10, 20, 0, 0, 0);
    }

    @Test
    void allOutputsOfANodeMeetInOneBackward() {
        Variable x = leaf(1, 2, 3);
        Variable[] parts = x.split(0, 1);
        parts[0].mul(parts[1]).mul(parts[2]).sum().backward();
        assertGrad(x, 6, 3, 2);
    }

    @Test
    void aBranchThatLeadsNowhereIsIgnored() {
        Variable x = leaf(2);
        Variable used = x.mul(4);
        Variable unused = x.exp();
        used.sum().backward();
        assertGrad(x, 4);
        assertTrue(unused.requiresGrad());
    }

    @Test
    void constantsGetNoGradient() {
        Variable x = leaf(2);
        Variable c = Variable.constant(Tensor.of(new double[] {5}));
        x.mul(c).sum().backward();
        assertGrad(x, 5);
        assertNull(c.grad());
    }

    @Test
    void detachStopsTheGradient() {
        Variable x = leaf(3);
        x.mul(x.detach()).sum().backward();
        assertGrad(x, 3);
    }

    @Test
    void aLeafCanBeTheRoot() {
        Variable x = leaf(3);
        x.backward();
        assertGrad(x, 1);
    }

    // ---- roots -----------------------------------------------------------------------------------------------------

    @Test
    void aRootThatIsNoScalarNeedsAGradient() {
        Variable x = leaf(1, 2);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> x.mul(2).backward());
        assertTrue(e.getMessage().contains("(2)") && e.getMessage().contains("sum()"), e.getMessage());
    }

    @Test
    void aGivenGradientStartsTheWalkAndStaysAsItIs() {
        Variable x = leaf(1, 2);
        Tensor start = Tensor.of(new double[] {10, 100});
        x.mul(3).backward(start, false, false);
        assertGrad(x, 30, 300);
        assertArrayEquals(new double[] {10, 100}, start.toDoubleArray());
    }

    @Test
    void aGivenGradientOfAnotherShapeIsRefused() {
        Variable x = leaf(1, 2);
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> x.mul(3).backward(Tensor.ones(DType.F64, 3), false, false));
        assertTrue(e.getMessage().contains("(3)") && e.getMessage().contains("(2)"), e.getMessage());
    }

    @Test
    void aRootWithoutAGraphIsRefused() {
        Variable c = Variable.constant(Tensor.of(new double[] {1}));
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> c.mul(2).backward());
        assertTrue(e.getMessage().contains("requires a gradient"), e.getMessage());
    }

    // ---- released and changed --------------------------------------------------------------------------------------

    @Test
    void aReleasedGraphIsNotWalkedAgain() {
        Variable x = leaf(1, 2);
        Variable y = x.square().sum();
        y.backward();
        IllegalStateException e = assertThrows(IllegalStateException.class, y::backward);
        assertTrue(e.getMessage().contains("released") && e.getMessage().contains("retainGraph"), e.getMessage());
        assertGrad(x, 2, 4);
    }

    @Test
    void aGraphThatSharesAReleasedPartIsRefusedBeforeAnythingIsAdded() {
        Variable x = leaf(1);
        Variable w = leaf(7);
        Variable shared = x.square();
        shared.sum().backward();
        Variable other = shared.mul(w).sum();
        IllegalStateException e = assertThrows(IllegalStateException.class, other::backward);
        assertTrue(e.getMessage().contains("square"), e.getMessage());
        assertNull(w.grad());
        assertGrad(x, 2);
    }

    @Test
    void aRetainedGraphIsWalkedAgain() {
        Variable x = leaf(1, 2);
        Variable y = x.square().sum();
        y.backward(true, false);
        y.backward(true, false);
        assertGrad(x, 4, 8);
        y.backward();
        assertGrad(x, 6, 12);
        assertThrows(IllegalStateException.class, y::backward);
    }

    @Test
    void aSavedValueThatWasChangedInPlaceIsNoticed() {
        Variable x = leaf(1, 2);
        Variable y = x.exp();
        Variable z = y.sum();
        y.value().mul_(2);
        IllegalStateException e = assertThrows(IllegalStateException.class, z::backward);
        assertTrue(e.getMessage().contains("changed in place") && e.getMessage().contains("exp"), e.getMessage());
    }

    @Test
    void aChangeThroughAViewIsNoticed() {
        Variable x = leaf(1, 2, 3, 4);
        Variable y = x.square().sum();
        x.value().narrow(0, 1, 2).fill_(0);
        assertThrows(IllegalStateException.class, y::backward);
    }

    @Test
    void aChangeOfAValueThatWasNotSavedIsNoMatter() {
        Variable x = leaf(1, 2);
        Variable y = x.add(1);
        Variable z = y.mul(3).sum();
        x.value().fill_(9);
        z.backward();
        assertGrad(x, 3, 3);
    }

    // ---- hooks -----------------------------------------------------------------------------------------------------

    @Test
    void aHookSeesTheWholeGradientOnce() {
        Variable x = leaf(2);
        Variable y = x.mul(3);
        List<Double> seen = new ArrayList<>();
        y.registerHook(gradient -> {
            seen.add(gradient.item());
            return gradient;
        });
        y.add(y).add(y.square()).sum().backward();
        // d(2 y + y^2)/dy = 2 + 2 y = 14
        assertEquals(List.of(14.0), seen);
        assertGrad(x, 42);
    }

    @Test
    void aHookMayReplaceTheGradient() {
        Variable x = leaf(2, 3);
        Variable y = x.mul(3);
        y.registerHook(gradient -> gradient.mul(10));
        y.registerHook(gradient -> gradient.add(1));
        y.sum().backward();
        assertGrad(x, 33, 33);
    }

    @Test
    void aHookOfALeafRunsBeforeTheGradientIsAdded() {
        Variable x = leaf(2);
        x.registerHook(gradient -> gradient.neg());
        x.mul(3).sum().backward();
        assertGrad(x, -3);
    }

    @Test
    void aHookMustReturnAGradientOfTheShape() {
        Variable x = leaf(2, 3);
        Variable y = x.mul(3);
        y.registerHook(Variable::sum);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertTrue(e.getMessage().contains("hook") && e.getMessage().contains("(2)"), e.getMessage());
        Variable z = x.mul(3);
        z.registerHook(_ -> null);
        assertThrows(IllegalStateException.class, () -> z.sum().backward());
    }

    @Test
    void gradientsHaveTheVariablesType() {
        Variable x = Variable.leaf(Tensor.of(new float[] {1, 2, -3}));
        Variable y = x.relu();
        IllegalArgumentException seed = assertThrows(IllegalArgumentException.class,
                () -> y.backward(Tensor.of(new double[] {1, 2, 3}), true, false));
        assertTrue(seed.getMessage().contains("F64") && seed.getMessage().contains("F32"), seed.getMessage());
        y.registerHook(gradient -> gradient.to(DType.F64));
        IllegalStateException hook = assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertTrue(hook.getMessage().contains("F64"), hook.getMessage());
    }

    @Test
    void leavesDoNotShareAGradient() {
        Variable p = leaf(3, 4);
        Variable q = leaf(0, 0);
        try (var _ = TensorScope.open()) {
            p.add(q).square().sum().backward(true, true);
        }
        p.grad().value().mul_(Tensor.scalar(0.5, p.dtype()));
        assertGrad(p, 3, 4);
        assertGrad(q, 6, 8);
    }

    @Test
    void classNumbersMustBeI64() {
        Variable logits = Variable.leaf(Tensor.ones(3, 4));
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
                () -> logits.crossEntropy(Tensor.of(new int[] {0, 1, 2})));
        assertTrue(e.getMessage().contains("I64") && e.getMessage().contains("I32"), e.getMessage());
    }

    @Test
    void aHookOfAConstantIsRefused() {
        Variable c = Variable.constant(Tensor.ones(2));
        assertThrows(IllegalStateException.class, () -> c.registerHook(gradient -> gradient));
    }

    @Test
    void theHookOfOneOutputLeavesTheOthersAlone() {
        Variable x = leaf(1, 2, 3);
        Variable[] parts = x.split(0, 1);
        parts[1].registerHook(gradient -> gradient.mul(100));
        parts[0].add(parts[1]).add(parts[2]).sum().backward();
        assertGrad(x, 1, 100, 1);
    }

    @Test
    void retainGradKeepsAnIntermediateGradient() {
        Variable x = leaf(2, 3);
        Variable y = x.square();
        Variable z = x.exp();
        y.retainGrad();
        y.mul(5).sum().backward();
        assertGrad(y, 5, 5);
        assertNull(z.grad());
    }

    @Test
    void aRetainedGradientAccumulatesAsALeafsDoes() {
        Variable x = leaf(2, 3);
        Variable y = x.square();
        y.retainGrad();
        Variable loss = y.mul(5).sum();
        loss.backward(true, false);
        loss.backward(true, false);
        assertGrad(y, 10, 10);
        y.zeroGrad();
        loss.backward();
        assertGrad(y, 5, 5);
    }

    // ---- higher derivatives ----------------------------------------------------------------------------------------

    @Test
    void createGraphLetsAGradientBeDifferentiated() {
        Variable x = leaf(2);
        x.pow(3).sum().backward(true, true);
        Variable first = x.grad();
        assertEquals(12, first.item(), 1e-12);
        x.zeroGrad();
        first.sum().backward(true, true);
        Variable second = x.grad();
        assertEquals(12, second.item(), 1e-12);
        x.zeroGrad();
        second.sum().backward();
        assertGrad(x, 6);
    }

    @Test
    void gradientsWithAndWithoutAGraphAddUp() {
        Variable x = leaf(2);
        x.pow(3).sum().backward(true, true);
        x.square().sum().backward();
        assertGrad(x, 16);
        x.square().sum().backward(true, true);
        assertGrad(x, 20);
    }

    @Test
    void anAccumulatedGradientNeverOverwritesWhatItCameFrom() {
        // The gradient of a sum is an expanded view of the start, which must not be added to in place.
        Variable x = leaf(2, 3);
        x.sum().backward(true, true);
        x.square().sum().backward();
        assertGrad(x, 5, 7);
        Variable y = leaf(2, 3);
        Tensor start = Tensor.of(new double[] {10, 100});
        y.reshape(2).backward(start, true, true);
        y.square().sum().backward();
        assertArrayEquals(new double[] {10, 100}, start.toDoubleArray());
        assertGrad(y, 14, 106);
    }

    @Test
    void aPenaltyOnTheGradientReachesTheWeights() {
        // g = d(w x)^2/dx = 2 w^2 x; the penalty g^2 = 4 w^4 x^2 has derivative 16 w^3 x^2.
        Variable x = leaf(3);
        Variable w = leaf(2);
        Variable y = w.mul(x).square().sum();
        Variable g = Engine.grad(y, Variable.constant(Tensor.ones(DType.F64)), true, true, x)[0];
        g.square().sum().backward();
        assertGrad(w, 16 * 8 * 9);
    }

    // ---- NoGrad ----------------------------------------------------------------------------------------------------

    @Test
    void nothingIsRecordedUnderNoGrad() {
        Variable x = leaf(2);
        try (var _ = NoGrad.open()) {
            assertTrue(NoGrad.active());
            Variable y = x.mul(3);
            assertFalse(y.requiresGrad());
            assertNull(y.gradFn());
            try (var _ = NoGrad.open()) {
                assertFalse(x.exp().requiresGrad());
            }
            assertTrue(NoGrad.active());
        }
        assertFalse(NoGrad.active());
        assertTrue(x.mul(3).requiresGrad());
    }

    @Test
    void noGradIsAMatterOfOneThread() throws InterruptedException {
        Variable x = leaf(2);
        boolean[] recorded = new boolean[1];
        try (var _ = NoGrad.open()) {
            Thread thread = new Thread(() -> recorded[0] = x.mul(3).requiresGrad());
            thread.start();
            thread.join();
        }
        assertTrue(recorded[0]);
    }

    @Test
    void backwardDoesNotRecordAndLeavesRecordingAsItWas() {
        Variable x = leaf(2);
        boolean[] recorded = new boolean[1];
        Variable y = x.square();
        y.registerHook(gradient -> {
            recorded[0] = x.mul(gradient).requiresGrad();
            return gradient;
        });
        y.sum().backward();
        assertFalse(recorded[0]);
        assertFalse(NoGrad.active());
        assertFalse(x.grad().requiresGrad());
    }

    @Test
    void recordingIsAsItWasAfterAFailedBackward() {
        Variable x = leaf(2);
        Variable y = x.mul(1);
        y.registerHook(_ -> {
            throw new UnsupportedOperationException();
        });
        assertThrows(UnsupportedOperationException.class, () -> y.sum().backward());
        assertFalse(NoGrad.active());
    }

    @Test
    void integersCarryNoGradient() {
        assertThrows(IllegalArgumentException.class, () -> Variable.leaf(Tensor.arange(3)));
        Variable x = leaf(1.5, 2.5);
        assertFalse(x.to(DType.I64).requiresGrad());
    }

    // ---- asked-for gradients ---------------------------------------------------------------------------------------

    @Test
    void gradReturnsWhatIsAskedForAndLeavesTheLeavesAlone() {
        Variable x = leaf(2);
        Variable w = leaf(5);
        Variable apart = leaf(1);
        Variable y = w.mul(x);
        Variable[] grads;
        try (var scope = TensorScope.open()) {
            grads = Engine.grad(y.square().sum(), Variable.constant(Tensor.ones(DType.F64)), false, false, x, y, apart);
            assertEquals(100, grads[0].item());
            assertEquals(20, grads[1].item());
            assertNull(grads[2]);
            scope.keep(grads[0].value());
        }
        assertEquals(100, grads[0].item());
        assertNull(x.grad());
        assertNull(w.grad());
    }

    // ---- accumulation ----------------------------------------------------------------------------------------------

    @Test
    void gradientsAccumulateUntilZeroGrad() {
        Variable x = leaf(1, 2);
        x.square().sum().backward();
        x.mul(3).sum().backward();
        assertGrad(x, 5, 7);
        x.zeroGrad();
        assertNull(x.grad());
        x.mul(4).sum().backward();
        assertGrad(x, 4, 4);
    }

    @Test
    void zeroGradKeepsTheMemoryForTheNextBackward() {
        Variable x = leaf(1, 2);
        x.square().sum().backward();
        long address = x.grad().value().address();
        x.zeroGrad();
        x.exp().sum().backward();
        assertEquals(address, x.grad().value().address());
    }

    @Test
    void aGradientOutlivesTheStepsScope() {
        Variable x = leaf(1, 2);
        try (var _ = TensorScope.open()) {
            x.square().sum().backward();
        }
        assertGrad(x, 2, 4);
        try (var _ = TensorScope.open()) {
            x.sum().backward();
        }
        assertGrad(x, 3, 5);
    }

    @Test
    void mixedTypesGiveEachInputItsOwn() {
        Variable x = Variable.leaf(Tensor.of(new float[] {1, 2}));
        Variable w = leaf(3, 4);
        x.mul(w).sum().backward();
        assertEquals(DType.F32, x.grad().dtype());
        assertEquals(DType.F64, w.grad().dtype());
        assertArrayEquals(new float[] {3, 4}, x.grad().value().toFloatArray());
        assertGrad(w, 1, 2);
    }
}
