package org.jacobi.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;

import org.jacobi.autograd.Autograd;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.autograd.Vmap;
import org.jacobi.layers.Param;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GPTTest {
    private static final GPTConfig BABY = new GPTConfig(65, 64, 4, 4, 128, 0, false, true, true);
    private static final GPTConfig TINY = new GPTConfig(11, 8, 2, 2, 16, 0, true, true, false);

    private static GPTConfig tiny(double dropout, boolean bias, boolean tied) {
        return new GPTConfig(11, 8, 2, 2, 16, dropout, bias, tied, false);
    }

    private static Tensor tokens(long seed, GPTConfig config, long... sizes) {
        return Tensor.empty(DType.F32, sizes).uniform_(0, config.vocabSize(), new Generator(seed)).to(DType.I64);
    }

    // ---- shape, names, counts --------------------------------------------------------------------------------------

    @Test
    void tokensGoToLogits() {
        GPT model = new GPT(TINY, new Generator(1));
        for (long length : new long[] {1, 5, 8}) {
            assertEquals(Shape.of(3, length, 11), model.forward(tokens(2, TINY, 3, length)).shape());
        }
    }

    @Test
    void parametersHaveGPT2sNames() {
        GPTConfig config = new GPTConfig(11, 8, 1, 2, 16, 0, true, false, false);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        new GPT(config).namedParameters().forEach((name, param) -> shapes.put(name, param.shape()));
        Map<String, Shape> expected = new LinkedHashMap<>();
        expected.put("transformer.wte.weight", Shape.of(11, 16));
        expected.put("transformer.wpe.weight", Shape.of(8, 16));
        expected.put("transformer.h.0.ln_1.weight", Shape.of(16));
        expected.put("transformer.h.0.ln_1.bias", Shape.of(16));
        expected.put("transformer.h.0.attn.c_attn.weight", Shape.of(48, 16));
        expected.put("transformer.h.0.attn.c_attn.bias", Shape.of(48));
        expected.put("transformer.h.0.attn.c_proj.weight", Shape.of(16, 16));
        expected.put("transformer.h.0.attn.c_proj.bias", Shape.of(16));
        expected.put("transformer.h.0.ln_2.weight", Shape.of(16));
        expected.put("transformer.h.0.ln_2.bias", Shape.of(16));
        expected.put("transformer.h.0.mlp.c_fc.weight", Shape.of(64, 16));
        expected.put("transformer.h.0.mlp.c_fc.bias", Shape.of(64));
        expected.put("transformer.h.0.mlp.c_proj.weight", Shape.of(16, 64));
        expected.put("transformer.h.0.mlp.c_proj.bias", Shape.of(16));
        expected.put("transformer.ln_f.weight", Shape.of(16));
        expected.put("transformer.ln_f.bias", Shape.of(16));
        expected.put("lm_head.weight", Shape.of(11, 16));
        assertEquals(new ArrayList<>(expected.entrySet()), new ArrayList<>(shapes.entrySet()));
    }

    @Test
    void nanoGPTsBabyHas804096Parameters() {
        GPT model = new GPT(BABY);
        assertEquals(804_096, model.parameterCount());
        assertTrue(model.namedParameters().keySet().stream().noneMatch(name -> name.endsWith("bias")));
        assertEquals(1 + 1 + 4 * 6 + 1, model.parameters().size());
    }

    @Test
    void aConfigurationCountsItsParametersWithoutMakingThem() {
        for (boolean bias : new boolean[] {false, true}) {
            for (boolean tied : new boolean[] {false, true}) {
                GPTConfig config = tiny(0, bias, tied);
                assertEquals(new GPT(config).parameterCount(), config.parameterCount());
            }
        }
        assertEquals(1e9 * (12e18 + 2e9), new GPTConfig(1, 1, 1_000_000_000, 1, 1_000_000_000, 0, false, true, true)
                .parameterCount(), 1e20);
    }

    @Test
    void anUntiedHeadHasItsOwnWeight() {
        GPT tied = new GPT(tiny(0, true, true));
        GPT untied = new GPT(tiny(0, true, false));
        assertFalse(tied.stateDict().containsKey("lm_head.weight"));
        assertEquals(tied.parameterCount() + 11 * 16, untied.parameterCount());
    }

    @Test
    void aTiedHeadCanBeLoadedUnderEitherName() {
        GPT source = new GPT(TINY, new Generator(1));
        Map<String, Tensor> state = new LinkedHashMap<>(source.stateDict());
        state.put("lm_head.weight", state.remove("transformer.wte.weight"));
        GPT target = new GPT(TINY, new Generator(2));
        target.loadStateDict(state);
        Tensor idx = tokens(3, TINY, 2, 8);
        assertArrayEquals(source.forward(idx).value().toFloatArray(), target.forward(idx).value().toFloatArray());
    }

    @Test
    void anotherShapesStateIsRefused() {
        GPT model = new GPT(tiny(0, true, false));
        String message = assertThrows(IllegalArgumentException.class,
                () -> model.loadStateDict(new GPT(tiny(0, false, true)).stateDict())).getMessage();
        assertTrue(message.contains("do not fit this GPT"), message);
        assertTrue(message.contains("transformer.h.0.ln_1.bias"), message);
    }

    // ---- initialisation --------------------------------------------------------------------------------------------

    @Test
    void parametersStartAsInGPT2() {
        GPTConfig config = new GPTConfig(65, 64, 2, 4, 64, 0, true, false, true);
        new GPT(config, new Generator(7)).namedParameters().forEach((name, param) -> {
            double mean = param.value().mean().item();
            double std = Math.sqrt(param.value().sub(mean).square().mean().item());
            if (name.endsWith("bias")) {
                assertEquals(0, param.value().abs().amax().item(), name);
            } else if (name.contains("ln_")) {
                assertEquals(1, param.value().amin().item(), name);
                assertEquals(1, param.value().amax().item(), name);
            } else {
                double expected = name.endsWith("c_proj.weight") ? 0.01 : 0.02;
                assertEquals(0, mean, 0.05 * expected, name);
                assertEquals(expected, std, 0.05 * expected, name);
            }
        });
    }

    @Test
    void theSeedDecidesTheParameters() {
        Map<String, Tensor> first = new GPT(TINY, new Generator(1)).stateDict();
        new GPT(TINY, new Generator(1)).stateDict().forEach(
                (name, tensor) -> assertArrayEquals(first.get(name).toFloatArray(), tensor.toFloatArray(), name));
        assertFalse(first.get("transformer.wte.weight").eq(new GPT(TINY, new Generator(2)).stateDict()
                .get("transformer.wte.weight")).any().item() != 0);
    }

    @Test
    void anUntrainedModelGuessesEvenly() {
        GPT model = new GPT(BABY, new Generator(3));
        double loss = model.forward(tokens(4, BABY, 2, 64)).crossEntropy(tokens(5, BABY, 2, 64)).item();
        assertEquals(Math.log(65), loss, 0.1);
    }

    // ---- what it computes ------------------------------------------------------------------------------------------

    /** The model as its paper's formulas have it, on one text, with nothing fused or batched. */
    private static Tensor formulas(GPTConfig config, Map<String, Tensor> w, Tensor text) {
        long T = text.size(0);
        long hs = config.headSize();
        Tensor x = w.get("transformer.wte.weight").indexSelect(0, text)
                .add(w.get("transformer.wpe.weight").narrow(0, 0, T));
        Tensor hidden = Tensor.arange(T).gt(Tensor.arange(T).unsqueeze(1));
        for (int i = 0; i < config.layers(); i++) {
            String h = "transformer.h." + i + ".";
            Tensor qkv = linear(w, h + "attn.c_attn", norm(w, h + "ln_1", x));
            Tensor[] heads = new Tensor[config.heads()];
            for (int n = 0; n < heads.length; n++) {
                Tensor q = qkv.narrow(1, n * hs, hs);
                Tensor k = qkv.narrow(1, config.channels() + n * hs, hs);
                Tensor v = qkv.narrow(1, 2L * config.channels() + n * hs, hs);
                Tensor scores = q.matmul(k.t()).mul(1 / Math.sqrt(hs)).maskedFill(hidden, Double.NEGATIVE_INFINITY);
                heads[n] = scores.softmax(1).matmul(v);
            }
            x = x.add(linear(w, h + "attn.c_proj", Tensor.cat(1, heads)));
            Tensor wide = linear(w, h + "mlp.c_fc", norm(w, h + "ln_2", x));
            x = x.add(linear(w, h + "mlp.c_proj", config.exactGelu() ? wide.gelu() : wide.geluTanh()));
        }
        String head = config.tiedHead() ? "transformer.wte" : "lm_head";
        return linear(w, head, norm(w, "transformer.ln_f", x));
    }

    private static Tensor linear(Map<String, Tensor> w, String name, Tensor x) {
        Tensor y = x.matmul(w.get(name + ".weight").t());
        return w.containsKey(name + ".bias") ? y.add(w.get(name + ".bias")) : y;
    }

    private static Tensor norm(Map<String, Tensor> w, String name, Tensor x) {
        Tensor centered = x.sub(x.mean(true, 1));
        Tensor y = centered.div(centered.square().mean(true, 1).add(1e-5).sqrt()).mul(w.get(name + ".weight"));
        return w.containsKey(name + ".bias") ? y.add(w.get(name + ".bias")) : y;
    }

    @Test
    void itComputesWhatTheFormulasSay() {
        for (boolean flag : new boolean[] {false, true}) {
            GPTConfig config = new GPTConfig(11, 8, 2, 2, 16, 0, flag, !flag, flag);
            GPT model = new GPT(config, new Generator(1));
            // Larger numbers than at the start, so that every part matters.
            model.parameters().forEach(param -> param.value().uniform_(-0.5, 0.5, new Generator(param.numel())));
            Tensor idx = tokens(2, config, 2, 7);
            Tensor logits = model.forward(idx).value();
            for (int b = 0; b < 2; b++) {
                assertArrayEquals(formulas(config, model.stateDict(), idx.select(0, b)).toFloatArray(),
                        logits.select(0, b).toFloatArray(), 1e-4f);
            }
        }
    }

    @Test
    void laterTokensDoNotChangeEarlierLogits() {
        GPT model = new GPT(TINY, new Generator(1));
        Tensor a = tokens(2, TINY, 1, 8);
        Tensor b = a.copy();
        b.narrow(1, 5, 3).fill_(0);
        float[] first = model.forward(a).value().narrow(1, 0, 5).toFloatArray();
        assertArrayEquals(first, model.forward(b).value().narrow(1, 0, 5).toFloatArray(), 1e-6f);
    }

    @Test
    void everyParameterGetsAGradient() {
        GPT model = new GPT(tiny(0.1, true, false), new Generator(1));
        model.forward(tokens(2, TINY, 2, 8)).crossEntropy(tokens(3, TINY, 2, 8)).backward();
        model.namedParameters().forEach((name, param) -> {
            assertNotNull(param.grad(), name);
            assertTrue(param.grad().value().abs().amax().item() > 0, name);
        });
    }

    @Test
    void dropoutIsForTraining() {
        GPT model = new GPT(tiny(0.3, true, true), new Generator(1));
        Tensor idx = tokens(2, TINY, 2, 8);
        Generator.global().manualSeed(4);
        float[] dropped = model.forward(idx).value().toFloatArray();
        Generator.global().manualSeed(4);
        assertArrayEquals(dropped, model.forward(idx).value().toFloatArray());
        model.eval();
        GPT without = new GPT(tiny(0, true, true), new Generator(1));
        float[] whole = without.forward(idx).value().toFloatArray();
        assertArrayEquals(whole, model.forward(idx).value().toFloatArray());
        assertFalse(Tensor.of(whole).eq(Tensor.of(dropped)).all().item() != 0);
    }

    @Test
    void itLearnsOneBatchByHeart() {
        GPT model = new GPT(TINY, new Generator(1));
        AdamW optimizer = new AdamW(model.parameters(), 1e-2);
        Tensor idx = tokens(2, TINY, 4, 8);
        Tensor targets = tokens(3, TINY, 4, 8);
        double last = 0;
        for (int step = 0; step < 150; step++) {
            try (var _ = TensorScope.open()) {
                Variable loss = model.forward(idx).crossEntropy(targets);
                loss.backward();
                optimizer.step();
                optimizer.zeroGrad();
                last = loss.item();
            }
        }
        assertTrue(last < 0.05, "loss " + last);
        for (Param param : model.parameters()) {
            assertFalse(param.value().isReleased());
        }
    }

    // ---- with a cache ----------------------------------------------------------------------------------------------

    private static void assertCachedEqualsUncached(GPTConfig config, long... pieces) {
        GPT model = new GPT(config, new Generator(1));
        model.parameters().forEach(param -> param.value().uniform_(-0.3, 0.3, new Generator(param.numel())));
        model.eval();
        Tensor idx = tokens(2, config, 2, config.contextLength());
        KVCache cache = new KVCache(config, 2);
        try (var _ = NoGrad.open()) {
            Tensor whole = model.forward(idx).value();
            for (int round = 0; round < 2; round++) {
                long at = 0;
                for (long piece : pieces) {
                    Variable logits = model.forward(idx.narrow(1, at, piece), cache);
                    assertFalse(logits.requiresGrad());
                    assertArrayEquals(whole.narrow(1, at, piece).toFloatArray(), logits.value().toFloatArray(), 1e-4f);
                    at += piece;
                    assertEquals(at, cache.length());
                }
                cache.reset();
            }
        }
    }

    @Test
    void cachedLogitsEqualUncachedOnes() {
        assertCachedEqualsUncached(TINY, 1, 1, 1, 1, 1, 1, 1, 1);
        assertCachedEqualsUncached(TINY, 8);
        assertCachedEqualsUncached(TINY, 3, 1, 4);
        assertCachedEqualsUncached(tiny(0.5, false, false), 5, 2, 1);
        assertCachedEqualsUncached(BABY, 40, 1, 1, 22);
    }

    @Test
    void theCacheIsRefusedWhereItDoesNotFit() {
        GPT model = new GPT(TINY);
        KVCache cache = new KVCache(TINY, 1);
        assertThrows(IllegalStateException.class, () -> model.forward(tokens(1, TINY, 1, 1), cache));
        model.eval();
        model.forward(tokens(1, TINY, 1, 6), cache);
        assertRefused("3 tokens do not fit behind the 6 that were seen; the context length is 8",
                () -> model.forward(tokens(1, TINY, 1, 3), cache));
        assertRefused("tokens must have shape (1, T)", () -> model.forward(tokens(1, TINY, 2, 1), cache));
        GPT other = new GPT(tiny(0, true, false));
        other.eval();
        assertRefused("made for GPTConfig[vocabSize=11", () -> other.forward(tokens(1, TINY, 1, 1), cache));
        assertRefused("batch is 0", () -> new KVCache(TINY, 0));
        assertEquals(6, cache.length());
        assertEquals(8, cache.capacity());
    }

    @Test
    void whatTheCacheHoldsOutlivesScopes() {
        GPT model = new GPT(TINY);
        model.eval();
        KVCache cache;
        Variable logits;
        try (var _ = TensorScope.open()) {
            cache = new KVCache(TINY, 1);
            model.forward(tokens(1, TINY, 1, 2), cache);
        }
        logits = model.forward(tokens(1, TINY, 1, 2), cache);
        assertEquals(Shape.of(1, 2, 11), logits.shape());
    }

    // ---- errors ----------------------------------------------------------------------------------------------------

    @Test
    void wrongTokensAreNamed() {
        GPT model = new GPT(TINY);
        assertRefused("T from 1 to the context length 8, got (1, 9)", () -> model.forward(tokens(1, TINY, 1, 9)));
        assertRefused("got (1, 0)", () -> model.forward(Tensor.empty(DType.I64, 1, 0)));
        assertRefused("got (3)", () -> model.forward(tokens(1, TINY, 3)));
        assertRefused("index 11 is out of range", () -> model.forward(Tensor.of(new long[] {11}, 1, 1)));
        assertRefused("must be I64", () -> model.forward(Tensor.ones(1, 1)));
    }

    @Test
    void configurationsOutOfRangeNameTheField() {
        assertRefused("vocabSize is 0", () -> new GPTConfig(0, 8, 2, 2, 16, 0, true, true, false));
        assertRefused("contextLength is 0", () -> new GPTConfig(11, 0, 2, 2, 16, 0, true, true, false));
        assertRefused("layers is -1", () -> new GPTConfig(11, 8, -1, 2, 16, 0, true, true, false));
        assertRefused("heads is 0", () -> new GPTConfig(11, 8, 2, 0, 16, 0, true, true, false));
        assertRefused("channels is 0", () -> new GPTConfig(11, 8, 2, 2, 0, 0, true, true, false));
        assertRefused("channels 16 cannot be shared evenly by heads 3",
                () -> new GPTConfig(11, 8, 2, 3, 16, 0, true, true, false));
        assertRefused("dropout is 1.0", () -> new GPTConfig(11, 8, 2, 2, 16, 1, true, true, false));
    }

    private static void assertRefused(String part, Executable code) {
        String message = assertThrows(IllegalArgumentException.class, code).getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void perExampleGradientsAreThoseOfEachTextAlone() {
        GPT model = new GPT(TINY, new Generator(1));
        Variable texts = Variable.constant(tokens(2, TINY, 3, 6));
        Variable next = Variable.constant(tokens(3, TINY, 3, 6));
        Variable[] params = model.parameters().toArray(Variable[]::new);
        BinaryOperator<Variable> loss =
                (text, target) -> model.forward(text.unsqueeze(0)).crossEntropy(target.unsqueeze(0));
        Set<String> fallbacks = Vmap.fallbacks();
        Variable[] all = Autograd.perExampleGradients(loss, texts, next, params);
        assertEquals(fallbacks, Vmap.fallbacks());
        for (int i = 0; i < 3; i++) {
            Variable[] alone = Autograd.grad(loss.apply(texts.select(0, i), next.select(0, i)), params);
            for (int p = 0; p < params.length; p++) {
                assertArrayEquals(alone[p].value().toDoubleArray(), all[p].select(0, i).value().toDoubleArray(), 1e-6);
            }
        }
        try (var _ = NoGrad.open()) {
            Variable losses = Autograd.vmap(loss).apply(texts, next);
            assertEquals(loss.apply(texts.select(0, 2), next.select(0, 2)).item(), losses.value().getDouble(2), 1e-6);
        }
    }
}
