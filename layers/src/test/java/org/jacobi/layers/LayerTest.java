package org.jacobi.layers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class LayerTest {
    /** A layer with everything a layer can have: a part, an own parameter, a buffer, a shared parameter. */
    private static final class Model extends Layer {
        private final Linear first = add("block.first", new Linear(3, 3, true, new Generator(1)));
        private final Dropout drop = add("block.drop", new Dropout(0.5));
        private final Param scale = param("scale", Tensor.ones(3));
        private final Tensor count = buffer("count", Tensor.zeros(DType.I64, 2));
        private final Linear last = add("last", new Linear(first.weight(), null));
        private Tensor inner;

        @Override
        protected Variable compute(Variable x) {
            Variable hidden = drop.forward(first.forward(x)).mul(scale);
            inner = hidden.value();
            return last.forward(hidden);
        }
    }

    /** A layer that registers what a test wants. */
    private static final class Empty extends Layer {
        void put(String name) {
            param(name, Tensor.zeros(1));
        }

        @Override
        protected Variable compute(Variable x) {
            return x;
        }
    }

    private static Map<String, Tensor> copies(Layer layer) {
        Map<String, Tensor> copies = new LinkedHashMap<>();
        layer.stateDict().forEach((name, tensor) -> copies.put(name, tensor.copy()));
        return copies;
    }

    private static String refusal(Layer layer, Map<String, Tensor> state) {
        Map<String, Tensor> before = copies(layer);
        String message = assertThrows(IllegalArgumentException.class, () -> layer.loadStateDict(state)).getMessage();
        layer.stateDict().forEach((name, tensor) -> assertArrayEquals(before.get(name).toDoubleArray(),
                tensor.toDoubleArray(), name + " was changed"));
        return message;
    }

    @Test
    void ownParametersComeFirstThenThePartsInOrder() {
        Model model = new Model();
        assertEquals(List.of("scale", "block.first.weight", "block.first.bias"),
                new ArrayList<>(model.namedParameters().keySet()));
        assertEquals(List.of("count"), new ArrayList<>(model.namedBuffers().keySet()));
        assertEquals(List.of("scale", "block.first.weight", "block.first.bias", "count"),
                new ArrayList<>(model.stateDict().keySet()));
    }

    @Test
    void aSharedParameterCountsOnce() {
        Model model = new Model();
        assertSame(model.first.weight(), model.last.weight());
        assertEquals(3, model.parameters().size());
        assertEquals(9 + 3 + 3, model.parameterCount());
    }

    @Test
    void aSharedParameterGetsTheGradientsOfAllItsUses() {
        Linear inner = new Linear(2, 2, false, new Generator(3));
        Sequential model = new Sequential(inner, new Linear(inner.weight(), null));
        float[] w = inner.weight().value().toFloatArray();
        model.forward(Tensor.of(new float[] {1, 2}, 1, 2)).sum().backward();
        // y = W W x, summed: d/dW = 1 (W x)ᵀ + (Wᵀ 1) xᵀ.
        float[] wx = {w[0] + 2 * w[1], w[2] + 2 * w[3]};
        float[] columns = {w[0] + w[2], w[1] + w[3]};
        float[] expected = {wx[0] + columns[0], wx[1] + 2 * columns[0], wx[0] + columns[1], wx[1] + 2 * columns[1]};
        assertArrayEquals(expected, inner.weight().grad().value().toFloatArray(), 1e-6f);
    }

    @Test
    void parametersOutliveTheScopeTheyWereMadeIn() {
        Linear linear;
        Variable grad;
        try (var _ = TensorScope.open()) {
            linear = new Linear(2, 2);
            linear.forward(Tensor.ones(1, 2)).sum().backward();
            grad = linear.weight().grad();
        }
        assertFalse(linear.weight().value().isReleased());
        assertArrayEquals(new float[] {1, 1, 1, 1}, grad.value().toFloatArray());
    }

    @Test
    void withoutRecordingOnlyTheResultIsKept() {
        Model model = new Model();
        Variable out;
        try (var _ = NoGrad.open()) {
            out = model.forward(Tensor.ones(2, 3));
        }
        assertFalse(out.value().isReleased());
        assertTrue(model.inner.isReleased());
        try (var _ = TensorScope.open()) {
            model.forward(Tensor.ones(2, 3));
            assertFalse(model.inner.isReleased());
        }
    }

    @Test
    void aLayerThatPassesItsInputOnDoesNotReleaseIt() {
        Dropout drop = new Dropout(0.5);
        drop.eval();
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            Tensor x = Tensor.ones(2);
            assertSame(x, drop.forward(x).value());
            assertFalse(x.isReleased());
        }
    }

    @Test
    void modesReachAllParts() {
        Model model = new Model();
        assertTrue(model.isTraining() && model.drop.isTraining());
        model.eval();
        assertFalse(model.isTraining() || model.drop.isTraining());
        assertEquals(0, model.drop.probability());
        model.train();
        assertTrue(model.isTraining() && model.drop.isTraining());
        assertEquals(0.5, model.drop.probability());
    }

    @Test
    void zeroGradForgetsAllGradients() {
        Model model = new Model();
        model.forward(Tensor.ones(1, 3)).sum().backward();
        model.parameters().forEach(param -> assertNotNull(param.grad()));
        model.zeroGrad();
        model.parameters().forEach(param -> assertNull(param.grad()));
    }

    @Test
    void namesMustBeFreeAndMustNotContainEachOther() {
        Empty layer = new Empty();
        layer.put("a.b");
        layer.put("ab");
        for (String name : List.of("a.b", "a", "a.b.c")) {
            String message = assertThrows(IllegalArgumentException.class, () -> layer.put(name)).getMessage();
            assertTrue(message.startsWith("Empty: a part cannot be named '" + name + "' beside 'a.b'"), message);
        }
        for (String name : List.of("", ".a", "a.")) {
            assertThrows(IllegalArgumentException.class, () -> layer.put(name));
        }
    }

    @Test
    void onlyFloatingPointCanBeAParameter() {
        assertThrows(IllegalArgumentException.class, () -> new Param(Tensor.zeros(DType.I64, 2)));
    }

    // ---- state -----------------------------------------------------------------------------------------------------

    @Test
    void whatIsSavedCanBeLoaded() {
        Model source = new Model();
        source.scale.value().fill_(7);
        source.count.fill_(5);
        Model target = new Model();
        target.loadStateDict(source.stateDict());
        assertArrayEquals(new float[] {7, 7, 7}, target.scale.value().toFloatArray());
        assertArrayEquals(new long[] {5, 5}, target.count.toLongArray());
    }

    @Test
    void loadingConvertsFloatingTypes() {
        Model model = new Model();
        Map<String, Tensor> state = copies(model);
        state.put("scale", Tensor.of(new double[] {1, 2, 3}));
        model.loadStateDict(state);
        assertArrayEquals(new float[] {1, 2, 3}, model.scale.value().toFloatArray());
    }

    @Test
    void aSharedParameterMayBeGivenUnderEachOfItsNames() {
        Model model = new Model();
        Map<String, Tensor> state = copies(model);
        Tensor weight = Tensor.full(2, DType.F32, 3, 3);
        state.remove("block.first.weight");
        state.put("last.weight", weight);
        model.loadStateDict(state);
        assertEquals(2, model.first.weight().value().getDouble(1, 1));
        state.put("block.first.weight", weight.copy());
        model.loadStateDict(state);
        state.put("block.first.weight", Tensor.zeros(3, 3));
        assertTrue(refusal(model, state).contains("block.first.weight (given under two names with different numbers)"));
    }

    @Test
    void oneErrorNamesAllThatDoesNotFit() {
        Model model = new Model();
        Map<String, Tensor> state = copies(model);
        state.remove("block.first.bias");
        state.put("scale", Tensor.zeros(4));
        state.put("count", Tensor.zeros(2));
        state.put("head.weight", Tensor.zeros(1));
        assertEquals("loadStateDict: the saved tensors do not fit this Model: 1 missing: block.first.bias; "
                + "1 unexpected: head.weight; 2 misfits: scale (saved F32 (4), expected F32 (3)), "
                + "count (saved F32 (2), expected I64 (2)). Nothing was changed; load what was saved from the same "
                + "configuration", refusal(model, state));
    }

    @Test
    void longListsOfProblemsAreCut() {
        Map<String, Tensor> state = copies(new Model());
        for (int i = 0; i < 8; i++) {
            state.put("extra" + i, Tensor.zeros(1));
        }
        assertTrue(refusal(new Model(), state)
                .contains("8 unexpected: extra0, extra1, extra2, extra3, extra4 and 3 more"));
    }
}
