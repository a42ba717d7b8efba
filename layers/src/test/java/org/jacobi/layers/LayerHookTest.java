package org.jacobi.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jacobi.autograd.Anomaly;
import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.Batch;
import org.jacobi.autograd.HookHandle;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.natives.SlabAllocator;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Hooks of layers, and the path that errors inside a model name. */
class LayerHookTest {
    /** y = scale x². */
    private static final class Squared extends Layer {
        private final Param scale = param("scale", Tensor.of(new float[] {3, 3}));

        @Override
        protected Variable compute(Variable x) {
            return x.square().mul(scale);
        }
    }

    private static final class Thrower extends Layer {
        private final RuntimeException exception;

        Thrower(RuntimeException exception) {
            this.exception = exception;
        }

        @Override
        protected Variable compute(Variable x) {
            throw exception;
        }
    }

    private static Variable leaf(float... values) {
        return Variable.leaf(Tensor.of(values));
    }

    private static String text(Variable v) {
        return v == null ? "null" : Arrays.toString(v.value().toFloatArray());
    }

    // ---- hooks -----------------------------------------------------------------------------------------------------

    @Test
    void forwardHooksSeeAndReplaceInOrder() {
        Squared layer = new Squared();
        List<String> seen = new ArrayList<>();
        layer.registerForwardPreHook((_, in) -> {
            seen.add("pre " + text(in));
            return in.add(1);
        });
        layer.registerForwardPreHook((which, in) -> {
            assertSame(layer, which);
            seen.add("pre " + text(in));
            return null;
        });
        HookHandle after = layer.registerForwardHook((_, in, out) -> {
            seen.add("post " + text(in) + " " + text(out));
            return out.neg();
        });
        assertEquals("[-12.0, -27.0]", text(layer.forward(leaf(1, 2))));
        assertEquals(List.of("pre [1.0, 2.0]", "pre [2.0, 3.0]", "post [2.0, 3.0] [12.0, 27.0]"), seen);
        after.close();
        try (var _ = NoGrad.open()) {
            assertEquals("[12.0, 27.0]", text(layer.forward(leaf(1, 2))));
        }
    }

    @Test
    void aBackwardHookSeesTheGradientsOfThisUseOnly() {
        Squared layer = new Squared();
        List<String> seen = new ArrayList<>();
        HookHandle handle = layer.registerFullBackwardHook((which, gradInput, gradOutput) -> {
            assertSame(layer, which);
            seen.add(text(gradInput) + " " + text(gradOutput));
            return gradInput.mul(10);
        });
        Variable x = leaf(1, 2);
        Variable y = layer.forward(x);
        // x is used outside, too, and y twice: dy = 5 + 2, dx through the layer 6 x dy.
        y.mul(5).add(y.mul(2)).add(x.mul(100)).sum().backward();
        assertEquals(List.of("[42.0, 84.0] [7.0, 7.0]"), seen);
        assertArrayEquals(new float[] {520, 940}, x.grad().value().toFloatArray());
        handle.close();
        x.zeroGrad();
        layer.forward(x).sum().backward();
        assertEquals(1, seen.size());
        assertEquals("[6.0, 12.0]", text(x.grad()));
    }

    /** A layer that examples go through as a batch: the hook sees them at once, and what it returns counts. */
    @Test
    void aBackwardHookUnderVmapSeesTheBatch() {
        Squared layer = new Squared();
        List<String> seen = new ArrayList<>();
        layer.registerFullBackwardHook((_, gradInput, gradOutput) -> {
            seen.add(Arrays.toString(Batch.value(gradInput).toFloatArray()) + " "
                    + Arrays.toString(Batch.value(gradOutput).toFloatArray()));
            return gradInput.mul(10);
        });
        Variable x = Variable.leaf(Tensor.of(new float[] {1, 2, 3, 4}).reshape(2, 2));
        Autograd.vmap((Variable one) -> layer.forward(one).sum()).apply(x).sum().backward();
        assertEquals(List.of("[6.0, 12.0, 18.0, 24.0] [1.0, 1.0, 1.0, 1.0]"), seen);
        assertArrayEquals(new float[] {60, 120, 180, 240}, x.grad().value().toFloatArray());
    }

    @Test
    void aBackwardHookOfALayerWhoseInputNeedsNoGradientGetsNull() {
        Squared layer = new Squared();
        List<String> seen = new ArrayList<>();
        HookHandle handle = layer.registerFullBackwardHook((_, gradInput, gradOutput) -> {
            seen.add(text(gradInput) + " " + text(gradOutput));
            return null;
        });
        layer.forward(Tensor.of(new float[] {1, 2})).sum().backward();
        assertEquals(List.of("null [1.0, 1.0]"), seen);
        handle.close();
        layer.registerFullBackwardHook((_, _, gradOutput) -> gradOutput);
        Variable loss = layer.forward(Tensor.of(new float[] {1, 2})).sum();
        assertThrows(IllegalStateException.class, loss::backward);
    }

    @Test
    void backwardHooksOfSeveralUsesAndOfCreateGraph() {
        Squared layer = new Squared();
        List<String> seen = new ArrayList<>();
        layer.registerFullBackwardHook((_, gradInput, gradOutput) -> {
            seen.add(text(gradInput) + " " + text(gradOutput));
            return null;
        });
        Variable x = leaf(1, 1);
        layer.forward(layer.forward(x)).sum().backward(true, true);
        assertEquals(List.of("[18.0, 18.0] [1.0, 1.0]", "[108.0, 108.0] [18.0, 18.0]"), seen);
        assertTrue(x.grad().requiresGrad());
    }

    @Test
    void backwardHooksHoldNoMemory() {
        Squared layer = new Squared();
        layer.registerFullBackwardHook((_, _, _) -> null);
        Variable x = Variable.leaf(Tensor.rand(Generator.global(), 100, 2).unscope());
        long after = 0;
        for (int i = 0; i < 3; i++) {
            try (var _ = TensorScope.open()) {
                layer.forward(x).sum().backward();
            }
            if (i == 0) {
                after = SlabAllocator.global().statistics().liveBytes();
            }
        }
        assertEquals(after, SlabAllocator.global().statistics().liveBytes());
    }

    @Test
    void namedLayersAreTheWholeTreeEachOnce() {
        Squared shared = new Squared();
        Sequential model = new Sequential(new Sequential(shared, new Dropout(0)), shared);
        assertEquals(List.of("", "0", "0.0", "0.1"), List.copyOf(model.namedLayers().keySet()));
        assertSame(shared, model.namedLayers().get("0.0"));
    }

    // ---- paths -----------------------------------------------------------------------------------------------------

    @Test
    void anErrorInsideAModelNamesTheLayer() {
        Sequential model = new Sequential(new Linear(4, 3), new Sequential(new Linear(5, 2)));
        for (boolean record : new boolean[] {true, false}) {
            try (var _ = record ? null : NoGrad.open()) {
                IllegalArgumentException e =
                        assertThrows(IllegalArgumentException.class, () -> model.forward(Tensor.zeros(2, 4)));
                assertTrue(e.getMessage().startsWith("1.0 (Linear): linear: x of shape (2, 3)"), e.getMessage());
                assertEquals(1, e.getMessage().split("\\(Linear\\)", -1).length - 1, e.getMessage());
                assertTrue(e.getStackTrace()[0].getClassName().endsWith("ops.Linear"));
            }
        }
    }

    @Test
    void aLayerAloneHasNoPath() {
        Layer layer = new Linear(4, 3);
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> layer.forward(Tensor.zeros(2, 3)));
        assertTrue(e.getMessage().startsWith("linear: "), e.getMessage());
    }

    @Test
    void causesAreKeptAndUnknownTypesPass() {
        Exception cause = new Exception("deep");
        IllegalStateException known = new IllegalStateException("known", cause);
        IllegalStateException told = assertThrows(IllegalStateException.class,
                () -> new Sequential(new Thrower(known)).forward(Tensor.zeros(1)));
        assertEquals("0 (Thrower): known", told.getMessage());
        assertSame(cause, told.getCause());
        RuntimeException own = new RuntimeException("own") {
        };
        assertSame(own, assertThrows(RuntimeException.class,
                () -> new Sequential(new Thrower(own)).forward(Tensor.zeros(1))));
        // The path is that of the second failure, not of the first.
        assertEquals("0.0 (Thrower): known", assertThrows(IllegalStateException.class,
                () -> new Sequential(new Sequential(new Thrower(known))).forward(Tensor.zeros(1))).getMessage());
    }

    @Test
    void anomaliesNameTheLayer() {
        Squared layer = new Squared();
        layer.registerForwardHook((_, _, out) -> out.neg().sqrt());
        Sequential model = new Sequential(new Dropout(0), layer);
        try (var _ = Anomaly.detect()) {
            ArithmeticException e = assertThrows(ArithmeticException.class, () -> model.forward(leaf(1, 2)));
            assertTrue(e.getMessage().contains("forward of sqrt") && e.getMessage().contains("in layer 1 (Squared)"),
                    e.getMessage());
        }
    }
}
