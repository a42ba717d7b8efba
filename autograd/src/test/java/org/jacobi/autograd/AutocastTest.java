package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.TimeSteps;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ops of every list in their types, gradients in those of the leaves, and what a scope must not disturb. */
class AutocastTest {
    private TensorScope scope;
    private Variable x;
    private Variable w;
    private Variable b;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
        x = randn(1, 4, 6);
        w = randn(2, 6, 6);
        b = randn(3, 6);
    }

    @AfterEach
    void close() {
        assertNull(Autocast.type());
        scope.close();
    }

    private static Variable randn(long seed, long... sizes) {
        return Variable.leaf(Tensor.randn(new Generator(seed), sizes));
    }

    private static Tensor i64(long... numbers) {
        return Tensor.of(numbers);
    }

    private static double[] numbers(Variable variable) {
        return variable.value().to(DType.F64).toDoubleArray();
    }

    // ---- the lists -------------------------------------------------------------------------------------------------

    private static final Tensor CLASSES = i64(0, 1, 2, 3);
    private static final Tensor SIGNS = Tensor.of(new float[] {1, -1, 1, -1});

    /** How each op of the lists is called on two (4, 6) variables, the first of which has numbers between 0.1 and 0.9. */
    private static Map<String, Function<Variable[], Variable>> calls() {
        Map<String, Function<Variable[], Variable>> calls = new TreeMap<>();
        TimeSteps steps = TimeSteps.of(2, 2);
        calls.put("convolution",
                v -> v[0].unsqueeze(1).conv1d(v[1].reshape(8, 1, 3), v[1].reshape(-1).narrow(0, 0, 8)));
        calls.put("einsum", v -> Variable.einsum("ij,ij->ij", v[0], v[1]));
        calls.put("linear", v -> v[0].linear(v[1], v[1].select(1, 0)));
        calls.put("matmul", v -> v[0].matmul(v[1].t()));
        calls.put("prelu", v -> v[0].prelu(v[1].select(0, 0)));
        calls.put("scaledDotProductAttention",
                v -> v[0].reshape(1, 2, 4, 3).scaledDotProductAttention(v[1].reshape(1, 2, 4, 3),
                        v[1].reshape(1, 2, 4, 3),
                        true));
        calls.put("rnn", v -> v[0].narrow(1, 0, 2).rnn(v[1].narrow(0, 0, 2).narrow(1, 0, 2), null,
                v[1].narrow(0, 2, 2).narrow(1, 0, 2), false, steps));
        calls.put("gru", v -> v[0].gru(v[1].t().narrow(1, 0, 2), null, v[1].narrow(0, 2, 2).narrow(1, 0, 2), steps));
        calls.put("lstm",
                v -> v[0].narrow(1, 0, 4).lstm(v[1].narrow(1, 0, 1), null, v[1].narrow(0, 2, 2).narrow(1, 0, 1),
                        v[0].narrow(0, 2, 2).narrow(1, 0, 1), steps).output());
        Map<String, UnaryOperator<Variable>> functions = Map.ofEntries(Map.entry("acos", Variable::acos),
                Map.entry("asin", Variable::asin), Map.entry("cosh", Variable::cosh),
                Map.entry("erfinv", Variable::erfinv),
                Map.entry("exp", Variable::exp), Map.entry("expm1", Variable::expm1), Map.entry("log", Variable::log),
                Map.entry("log10", Variable::log10), Map.entry("log1p", Variable::log1p),
                Map.entry("log2", Variable::log2),
                Map.entry("pow", v -> v.pow(2)), Map.entry("reciprocal", Variable::reciprocal),
                Map.entry("rsqrt", Variable::rsqrt), Map.entry("sinh", Variable::sinh),
                Map.entry("softplus", Variable::softplus), Map.entry("tan", Variable::tan),
                Map.entry("cumprod", v -> v.cumprod(1)), Map.entry("cumsum", v -> v.cumsum(1)),
                Map.entry("logSoftmax", v -> v.logSoftmax(1)), Map.entry("logsumexp", v -> v.logsumexp(1)),
                Map.entry("norm", v -> v.norm(2, 1)), Map.entry("prod", v -> v.prod(1)),
                Map.entry("softmax", v -> v.softmax(1)), Map.entry("sum", v -> v.sum(1)),
                Map.entry("crossEntropy", v -> v.crossEntropy(CLASSES)), Map.entry("nllLoss", v -> v.nllLoss(CLASSES)),
                Map.entry("multiMarginLoss", v -> v.multiMarginLoss(CLASSES, 1, 1, null, Reduction.MEAN)),
                Map.entry("hingeEmbeddingLoss",
                        v -> v.select(1, 0).hingeEmbeddingLoss(SIGNS, 1, Reduction.MEAN)),
                Map.entry("ctcLoss", v -> v.reshape(4, 1, 6).ctcLoss(i64(1, 2).reshape(1, 2), i64(4),
                        i64(2), 0, false)));
        functions.forEach((name, f) -> calls.put(name, v -> f.apply(v[0])));
        calls.put("cdist", v -> v[0].cdist(v[1], 2));
        calls.put("cosineSimilarity", v -> v[0].cosineSimilarity(v[1], 1));
        calls.put("layerNorm", v -> v[0].layerNorm(v[1].select(0, 0), v[1].select(0, 1), 1e-5));
        calls.put("groupNorm", v -> v[0].reshape(1, 4, -1).groupNorm(2, v[1].select(0, 0).narrow(0, 0, 4),
                v[1].select(0, 1).narrow(0, 0, 4), 1e-5));
        calls.put("rmsNorm", v -> v[0].rmsNorm(v[1].select(0, 0), 1e-5));
        calls.put("binaryCrossEntropy", v -> v[0].binaryCrossEntropy(v[0].detach(), null, Reduction.NONE));
        calls.put("binaryCrossEntropyWithLogits",
                v -> v[1].binaryCrossEntropyWithLogits(v[0], null, null, Reduction.NONE));
        calls.put("cosineEmbeddingLoss", v -> v[0].cosineEmbeddingLoss(v[1], SIGNS, 0, Reduction.NONE));
        calls.put("gaussianNllLoss", v -> v[1].gaussianNllLoss(v[0], v[0], true, 1e-6, Reduction.NONE));
        calls.put("huberLoss", v -> v[0].huberLoss(v[1], 1, Reduction.NONE));
        calls.put("klDiv", v -> v[1].klDiv(v[0], false, Reduction.NONE));
        calls.put("l1Loss", v -> v[0].l1Loss(v[1], Reduction.NONE));
        calls.put("marginRankingLoss", v -> v[0].select(1, 0).marginRankingLoss(v[1].select(1, 0), SIGNS, 1,
                Reduction.NONE));
        calls.put("mse", v -> v[0].mse(v[1], Reduction.NONE));
        calls.put("poissonNllLoss", v -> v[1].poissonNllLoss(v[0], true, true, 1e-8, Reduction.NONE));
        calls.put("smoothL1Loss", v -> v[0].smoothL1Loss(v[1], 1, Reduction.NONE));
        calls.put("tripletMarginLoss",
                v -> v[0].tripletMarginLoss(v[1], v[0].add(1), 1, 2, 1e-6, true, Reduction.NONE));
        return calls;
    }

    private static Variable[] operands(DType type) {
        return new Variable[] {
            Variable.leaf(Tensor.rand(new Generator(4), 4, 6).mul(0.8).add(0.1).to(DType.BF16).to(type)),
            Variable.leaf(Tensor.rand(new Generator(5), 4, 6).to(DType.BF16).to(type))};
    }

    @Test
    void everyOpOfTheListsComputesInItsType() {
        Map<String, Function<Variable[], Variable>> calls = calls();
        var names = new TreeSet<>(Autocast.LOW);
        names.addAll(Autocast.WIDE);
        assertEquals(names, new TreeSet<>(calls.keySet()));
        calls.forEach((name, call) -> {
            boolean low = Autocast.LOW.contains(name);
            DType computed = low ? DType.BF16 : DType.F32;
            // The operands' numbers have 16 bits, so that the same call on operands of the right type is what is expected.
            Variable[] alike = operands(computed);
            Variable expected = call.apply(alike);
            expected.to(DType.F32).square().sum().backward();
            for (DType given : new DType[] {DType.F32, DType.BF16}) {
                Variable[] in = operands(given);
                Variable found;
                try (var _ = Autocast.to(DType.BF16)) {
                    found = call.apply(in);
                }
                assertEquals(computed, found.dtype(), name + " of " + given);
                assertArrayEquals(numbers(expected), numbers(found), name + " of " + given);
                found.to(DType.F32).square().sum().backward();
                for (int i = 0; i < in.length; i++) {
                    assertEquals(in[i].grad() == null, alike[i].grad() == null, name);
                    if (in[i].grad() != null) {
                        assertEquals(given, in[i].grad().dtype(), name);
                        double[] right = numbers(alike[i].grad());
                        double[] grads = numbers(in[i].grad());
                        for (int k = 0; k < grads.length; k++) {
                            assertEquals(right[k], grads[k], 0.02 * (1 + Math.abs(right[k])), name + " of " + given);
                        }
                    }
                }
            }
        });
    }

    @Test
    void otherOpsPromote() {
        try (var _ = Autocast.to(DType.BF16)) {
            Variable low = x.linear(w, b);
            assertEquals(DType.BF16, low.gelu().dtype());
            assertEquals(DType.BF16, low.dropout(0.5).dtype());
            assertEquals(DType.BF16, low.mean().dtype());
            assertEquals(DType.F32, low.add(x).dtype());
            assertEquals(DType.F32, low.atan2(x).dtype());
            assertEquals(DType.F32, Variable.cat(0, low, x).dtype());
            assertEquals(DType.F32, low.select(0, 0).dot(b).dtype());
            assertEquals(DType.F32, low.tensordot(w, 1).dtype());
            assertEquals(DType.F32, low.scatterAdd(0, i64(0).reshape(1, 1), x).dtype());
            assertEquals(DType.F32, low.indexPut(b, true, Index.of(0)).dtype());
            assertEquals(DType.BF16, low.unsqueeze(1).conv1d(x.reshape(8, 1, 3), null).dtype());
            Variable batch = low.unsqueeze(2);
            assertEquals(DType.BF16, batch.batchNorm(null, null, b, b, true, 0.1, 1e-5).dtype());
        }
    }

    @Test
    void f64AndIntegersStayAsTheyAre() {
        Variable wide = x.detach().to(DType.F64);
        try (var _ = Autocast.to(DType.BF16)) {
            assertEquals(DType.F64, wide.matmul(wide.t()).dtype());
            assertEquals(DType.F64, wide.softmax(1).dtype());
            assertEquals(DType.I64, Variable.constant(i64(1, 2)).sum().dtype());
        }
    }

    @Test
    void halfIsATypeToo() {
        try (var _ = Autocast.to(DType.F16)) {
            assertEquals(DType.F16, Autocast.type());
            assertEquals(DType.F16, x.linear(w, b).dtype());
        }
        assertEquals("Autocast: the type is F32; it must be BF16 or F16",
                assertThrows(IllegalArgumentException.class, () -> Autocast.to(DType.F32)).getMessage());
    }

    // ---- gradients -------------------------------------------------------------------------------------------------

    private Variable network(Variable in) {
        return in.linear(w, b).gelu().linear(w, b).add(in).softmax(1);
    }

    private static Variable low(Variable v) {
        return v.to(DType.BF16);
    }

    /** What the network is in a scope, with the casts written out. */
    private Variable cast(Variable in) {
        Variable lowW = low(w);
        Variable lowB = low(b);
        return low(in).linear(lowW, lowB).gelu().linear(lowW, lowB).add(in).softmax(1);
    }

    private double[][] gradients(Function<Variable, Variable> f, boolean insideBackward) {
        Variable loss = f.apply(x).select(1, 2).mul(3).sum();
        if (insideBackward) {
            try (var _ = Autocast.to(DType.BF16)) {
                loss.backward();
            }
        } else {
            loss.backward();
        }
        double[][] all = {loss.value().toDoubleArray(), numbers(x.grad()), numbers(w.grad()), numbers(b.grad())};
        for (Variable leaf : new Variable[] {x, w, b}) {
            assertEquals(DType.F32, leaf.grad().dtype());
            leaf.zeroGrad();
        }
        return all;
    }

    private static void assertSameBits(double[][] expected, double[][] found) {
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], "number " + i);
        }
    }

    /** The same but for the order of additions in f32. */
    private static void assertNear(double[][] expected, double[][] found) {
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], 1e-7, "number " + i);
        }
    }

    private static <T> T autocast(Supplier<T> work) {
        try (var _ = Autocast.to(DType.BF16)) {
            return work.get();
        }
    }

    @Test
    void isTheSameAsCastsByHand() {
        double[][] expected = gradients(this::cast, false);
        assertSameBits(expected, gradients(in -> autocast(() -> network(in)), false));
        assertSameBits(expected, gradients(in -> autocast(() -> network(in)), true));
        double[][] plain = gradients(this::network, false);
        assertFalse(Arrays.equals(expected[2], plain[2]), "nothing was rounded");
        assertArrayEquals(plain[2], expected[2], 0.05);
    }

    @Test
    void higherDerivatives() {
        Function<Variable, Variable> second = y -> {
            Variable g = Autograd.grad(new Variable[] {y.square().sum()}, new Variable[] {x}, true)[0];
            assertEquals(DType.F32, g.dtype());
            return Autograd.grad(g.square().sum(), w)[0];
        };
        assertArrayEquals(numbers(second.apply(cast(x))), numbers(second.apply(autocast(() -> network(x)))));
    }

    @Test
    void functionTransforms() {
        UnaryOperator<Variable> loss = in -> network(in).square().sum();
        UnaryOperator<Variable> byHand = in -> cast(in).square().sum();
        Variable v = x.detach();
        assertArrayEquals(numbers(Autograd.grad(byHand).apply(v)),
                numbers(autocast(() -> Autograd.grad(loss).apply(v))));
        UnaryOperator<Variable> row = in -> network(in.unsqueeze(0)).square().sum();
        UnaryOperator<Variable> rowByHand = in -> cast(in.unsqueeze(0)).square().sum();
        assertArrayEquals(numbers(Autograd.vmap(Autograd.grad(rowByHand)).apply(v)),
                numbers(autocast(() -> Autograd.vmap(Autograd.grad(row)).apply(v))));
        assertArrayEquals(numbers(Autograd.jvp(byHand, v, v).product()),
                numbers(autocast(() -> Autograd.jvp(loss, v, v)).product()));
    }

    @Test
    void checkpointsRunAgainAsTheyRan() {
        // With scopes of its own for each half, since a checkpoint has one, too.
        double[][] expected =
                gradients(in -> autocast(() -> network(in)).mul(autocast(() -> network(in))), false);
        // The parameters are converted before the checkpoint, or after it.
        Function<Variable, Variable> some = in -> autocast(() -> Checkpoint.apply(this::network, in).mul(network(in)));
        assertNear(expected, gradients(in -> autocast(() -> network(in).mul(Checkpoint.apply(this::network, in))),
                false));
        assertNear(expected, gradients(some, false));
        assertNear(expected, gradients(some, true));
        double[][] plain = gradients(in -> network(in).mul(network(in)), false);
        assertNear(plain, gradients(in -> Checkpoint.apply(this::network, in).mul(network(in)), true));
    }

    // ---- converted leaves ------------------------------------------------------------------------------------------

    /** Returns the converted weight that a product used. */
    private Variable converted() {
        Variable y = x.matmul(w);
        return y.gradFn().inputs()[1];
    }

    @Test
    void aLeafIsConvertedOnceInAScope() {
        try (var _ = Autocast.to(DType.BF16)) {
            Variable first = converted();
            assertEquals(DType.BF16, first.dtype());
            assertSame(first, converted());
            w.value().mul_(2);
            Variable second = converted();
            assertNotSame(first, second);
            assertArrayEquals(numbers(low(w)), numbers(second));
            x.matmul(w).sum().backward();
            assertNotSame(second, converted()); // a backward has released it
            x.matmul(w).sum().backward(); // so that this one can be walked
            Variable third = converted();
            try (var _ = Autocast.to(DType.F16)) {
                assertEquals(DType.F16, converted().dtype());
            }
            assertSame(third, converted());
            try (var _ = Autocast.off()) {
                assertSame(w, converted());
            }
        }
        try (var _ = Autocast.to(DType.BF16)) {
            try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
                x.matmul(w);
            }
            assertTrue(converted().requiresGrad()); // not what was converted without a gradient, and freed
        }
    }

    @Test
    void convertedParametersAddUpGradientsOfAllTheirUses() {
        autocast(() -> x.matmul(w).matmul(w)).sum().backward();
        double[] found = numbers(w.grad());
        w.zeroGrad();
        Variable lowW = low(w);
        low(x).matmul(lowW).matmul(lowW).to(DType.F32).sum().backward();
        assertArrayEquals(numbers(w.grad()), found, 0.1);
    }

    // ---- scopes ----------------------------------------------------------------------------------------------------

    @Test
    void aScopeIsItsThreads() throws InterruptedException {
        AtomicReference<DType> there = new AtomicReference<>(DType.BOOL);
        AtomicReference<DType> result = new AtomicReference<>();
        try (var _ = Autocast.to(DType.BF16)) {
            Thread thread = new Thread(() -> {
                there.set(Autocast.type());
                result.set(x.matmul(w).dtype());
            });
            thread.start();
            thread.join();
        }
        assertNull(there.get());
        assertEquals(DType.F32, result.get());
    }

    @Test
    void scopesNest() {
        try (var _ = Autocast.to(DType.BF16)) {
            try (var _ = Autocast.off()) {
                assertNull(Autocast.type());
                assertEquals(DType.F32, x.matmul(w).dtype());
                try (var _ = Autocast.to(DType.F16)) {
                    assertEquals(DType.F16, x.matmul(w).dtype());
                }
            }
            assertEquals(DType.BF16, x.matmul(w).dtype());
            assertThrows(IllegalArgumentException.class, () -> x.matmul(b.unsqueeze(0)));
            assertEquals(DType.BF16, Autocast.type());
        }
        assertEquals(DType.F32, x.matmul(w).dtype());
    }

    @Test
    void nothingIsRecordedWithoutGradients() {
        try (var _ = Autocast.to(DType.BF16); var _ = NoGrad.open()) {
            Variable y = network(x);
            assertFalse(y.requiresGrad());
            assertEquals(DType.F32, y.dtype());
        }
    }

    @Test
    void hooksAndWalksSeeNoScope() {
        AtomicReference<DType> seen = new AtomicReference<>(DType.BOOL);
        try (var _ = Autocast.to(DType.BF16)) {
            Variable y = x.linear(w, b);
            y.registerHook(gradient -> {
                seen.set(Autocast.type());
                return gradient;
            });
            Variable loss = y.sum();
            BackwardWalk walk = Engine.walk(loss);
            while (walk.hasNext()) {
                walk.next();
            }
        }
        assertNull(seen.get());
        assertEquals(DType.F32, w.grad().dtype());
    }
}
