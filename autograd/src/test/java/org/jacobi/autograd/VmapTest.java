package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.FftNorm;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Functions of one example on many: in one go, with gradients inside and outside. */
class VmapTest {
    private static Variable randn(long seed, long... sizes) {
        return Variable.constant(Tensor.randn(new Generator(seed), sizes).to(DType.F64));
    }

    private static void assertClose(Variable expected, Variable actual) {
        assertEquals(expected.shape(), actual.shape());
        assertArrayEquals(expected.value().toDoubleArray(), actual.value().toDoubleArray(), 1e-9);
    }

    /** Runs f for one example after the other. */
    private static Variable loop(UnaryOperator<Variable> f, Variable x) {
        Variable[] parts = new Variable[Math.toIntExact(x.size(0))];
        for (int i = 0; i < parts.length; i++) {
            parts[i] = f.apply(x.select(0, i));
        }
        return Variable.stack(0, parts);
    }

    private static void assertSays(Class<? extends Exception> type, String part, Runnable call) {
        Exception e = assertThrows(type, call::run);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void theFunctionRunsOnceAndSeesOneExample() {
        AtomicInteger calls = new AtomicInteger();
        Variable x = randn(1, 5, 3);
        Variable y = Autograd.vmap((Variable one) -> {
            calls.incrementAndGet();
            assertEquals(Shape.of(3), one.shape());
            assertEquals(1, one.rank());
            assertEquals(3, one.numel());
            assertEquals(3, one.size(-1));
            return one.square().sum();
        }).apply(x);
        assertEquals(1, calls.get());
        assertClose(x.square().sum(1), y);
    }

    @Test
    void axesGoWhereTheyAreTold() {
        Variable x = randn(2, 3, 5, 2);
        assertClose(x.transpose(0, 1).sum(true, 1).permute(1, 2, 0),
                Autograd.vmap((Variable one) -> one.sum(true, 0), 1, -1).apply(x));
        Variable w = randn(3, 2, 4);
        assertClose(x.matmul(w),
                Autograd.vmap((Variable one, Variable weight) -> one.matmul(weight), -2, Vmap.WHOLE, 1).apply(x, w));
    }

    @Test
    void severalInputsAndOutputs() {
        Variable x = randn(4, 5, 3);
        Variable y = randn(5, 3, 5);
        Variable[] out = Autograd.vmap(in -> new Variable[] {in[0].mul(in[1]).sum(), in[2].exp()},
                new int[] {0, 1, Vmap.WHOLE}, new int[] {0, 1}).apply(new Variable[] {x, y, randn(6, 2)});
        assertClose(x.mul(y.t()).sum(1), out[0]);
        // What does not depend on the example is the same for all.
        assertClose(randn(6, 2).exp().unsqueeze(1).expand(2, 5), out[1]);
    }

    @Test
    void nestedOnesAreAnOuterProduct() {
        Variable x = randn(7, 4);
        Variable y = randn(8, 3);
        Variable table =
                Autograd.vmap((Variable a) -> Autograd.vmap((Variable b) -> a.sub(b).square()).apply(y)).apply(x);
        assertClose(x.unsqueeze(1).sub(y.unsqueeze(0)).square(), table);
    }

    @Test
    void ranksOfOperandsMeetAsIfThereWereNoBatch() {
        Variable x = randn(9, 4, 3);
        Variable y = randn(10, 4, 2, 3);
        Variable c = randn(11, 2, 3);
        BinaryOperator<Variable> f = (a, b) -> a.add(b).mul(c).sub(a);
        Variable[] parts = new Variable[4];
        for (int i = 0; i < 4; i++) {
            parts[i] = f.apply(x.select(0, i), y.select(0, i));
        }
        assertClose(Variable.stack(0, parts), Autograd.vmap(f).apply(x, y));
    }

    // ---- gradients -------------------------------------------------------------------------------------------------

    private final Variable w1 = Variable.leaf(randn(20, 8, 6).value());
    private final Variable b1 = Variable.leaf(randn(21, 8).value());
    private final Variable gain = Variable.leaf(randn(22, 8).value());
    private final Variable w2 = Variable.leaf(randn(23, 3, 8).value());
    private final Variable[] parameters = {w1, b1, gain, w2};

    private Variable logits(Variable x) {
        return x.linear(w1, b1).layerNorm(gain, null, 1e-5).gelu().linear(w2, null);
    }

    private Variable loss(Variable x) {
        return logits(x).logSoftmax(-1).select(-1, 1).neg().sum();
    }

    @Test
    void perExampleGradientsAreThoseOfALoop() {
        Variable x = randn(30, 5, 6);
        Variable[] all = Autograd.perExampleGradients(this::loss, x, parameters);
        for (int i = 0; i < 5; i++) {
            Variable[] one = Autograd.grad(loss(x.select(0, i)), parameters);
            for (int p = 0; p < parameters.length; p++) {
                assertClose(one[p], all[p].select(0, i));
            }
        }
        for (Variable parameter : parameters) {
            assertEquals(null, parameter.grad());
        }
    }

    @Test
    void perExampleGradientsOfAFunctionOfTheParameters() {
        Variable x = randn(31, 5, 6);
        Variable w = randn(32, 3, 6);
        BinaryOperator<Variable> loss = (weight, one) -> one.linear(weight, null).square().sum();
        Variable all = Autograd.vmap(Autograd.grad(loss), Vmap.WHOLE, 0, 0).apply(w, x);
        assertEquals(Shape.of(5, 3, 6), all.shape());
        for (int i = 0; i < 5; i++) {
            assertClose(Autograd.grad(loss).apply(w, x.select(0, i)), all.select(0, i));
        }
    }

    @Test
    void gradientsPassThroughToWhatIsTheSameForAll() {
        Variable x = Variable.leaf(randn(33, 5, 6).value());
        Autograd.vmap(this::loss).apply(x).sum().backward();
        double[][] batched = new double[5][];
        for (int p = 0; p < 4; p++) {
            batched[p] = parameters[p].grad().value().toDoubleArray();
            parameters[p].zeroGrad();
        }
        batched[4] = x.grad().value().toDoubleArray();
        x.zeroGrad();
        loop(this::loss, x).sum().backward();
        for (int p = 0; p < 4; p++) {
            assertArrayEquals(parameters[p].grad().value().toDoubleArray(), batched[p], 1e-9);
        }
        assertArrayEquals(x.grad().value().toDoubleArray(), batched[4], 1e-9);
    }

    @Test
    void targetsCanBeEachExamplesOwn() {
        Variable x = randn(34, 5, 6);
        Variable classes = Variable.constant(Tensor.of(new long[] {0, 2, 1, -100, 2}));
        BinaryOperator<Variable> loss = (one, target) -> logits(one.unsqueeze(0)).crossEntropy(target.unsqueeze(0));
        Variable losses = Autograd.vmap(loss).apply(x, classes);
        for (int i = 0; i < 5; i++) {
            Variable one = logits(x.narrow(0, i, 1)).crossEntropy(Tensor.of(new long[] {classes.value().getLong(i)}));
            assertEquals(one.item(), losses.value().getDouble(i), 1e-12);
        }
    }

    @Test
    void rowsOfATableByEachExamplesIndex() {
        Variable table = Variable.leaf(randn(35, 7, 3).value());
        Variable index = Variable.constant(Tensor.of(new long[] {1, 2, 1, 6, 0, 6}).reshape(3, 2));
        UnaryOperator<Variable> f = i -> table.embedding(i).square().sum();
        Variable[] each = Autograd.perExampleGradients(f, index, table);
        assertEquals(Shape.of(3, 7, 3), each[0].shape());
        Autograd.vmap(f).apply(index).sum().backward();
        assertClose(each[0].sum(0), table.grad());
        assertArrayEquals(new double[] {0, 0, 0}, each[0].select(0, 0).select(0, 6).value().toDoubleArray());
    }

    @Test
    void derivativesOfDerivativesByExample() {
        Variable x = randn(36, 4, 3);
        UnaryOperator<Variable> f = one -> one.softmax(0).square().sum().mul(one.exp().sum());
        assertClose(loop(in -> Autograd.hessian(f, in), x),
                Autograd.vmap((Variable in) -> Autograd.hessian(f, in)).apply(x));
        Variable v = randn(37, 3);
        assertClose(loop(in -> Autograd.jvp(f, in, v).product(), x),
                Autograd.vmap((Variable in) -> Autograd.jvp(f, in, v).product()).apply(x));
        assertClose(loop(in -> Autograd.hvp(f, in, v).product(), x),
                Autograd.vmap((Variable in) -> Autograd.hvp(f, in, v).product()).apply(x));
        // And around it: the Jacobian of a mapped function is diagonal in the examples.
        Variable jacobian = Autograd.jacobian(Autograd.vmap(f), x);
        assertEquals(Shape.of(4, 4, 3), jacobian.shape());
        assertClose(Autograd.grad(f).apply(x.select(0, 2)), jacobian.select(0, 2).select(0, 2));
        assertArrayEquals(new double[3], jacobian.select(0, 2).select(0, 1).value().toDoubleArray());
    }

    @Test
    void gradientsOfPerExampleGradients() {
        Variable x = Variable.leaf(randn(38, 4, 3).value());
        Variable w = Variable.leaf(randn(39, 3).value());
        UnaryOperator<Variable> f = one -> one.mul(w).tanh().square().sum();
        UnaryOperator<Variable> penalty = in -> Autograd.grad(f).apply(in).square().sum();
        Autograd.vmap(penalty).apply(x).sum().backward();
        double[] dx = x.grad().value().toDoubleArray();
        double[] dw = w.grad().value().toDoubleArray();
        x.zeroGrad();
        w.zeroGrad();
        loop(penalty, x).sum().backward();
        assertArrayEquals(x.grad().value().toDoubleArray(), dx, 1e-9);
        assertArrayEquals(w.grad().value().toDoubleArray(), dw, 1e-9);
    }

    @Test
    void attentionOfEachExample() {
        Variable q = Variable.leaf(randn(40, 3, 2, 2, 4, 5).value());
        Variable k = randn(41, 3, 2, 2, 4, 5);
        UnaryOperator<Variable> f = one -> one.scaledDotProductAttention(k.select(0, 1), one, true);
        assertClose(loop(f, q), Autograd.vmap(f).apply(q));
        Variable weights = randn(42, 2, 2, 4, 5);
        UnaryOperator<Variable> g = Autograd.grad((Variable one) -> f.apply(one).mul(weights).sum());
        assertClose(loop(g, q), Autograd.vmap(g).apply(q));
    }

    // ---- random numbers --------------------------------------------------------------------------------------------

    @Test
    void everyExampleDrawsNumbersOfItsOwn() {
        Variable same = Variable.constant(Tensor.ones(2, 64));
        Variable y = Autograd.vmap((Variable one) -> one.dropout(0.5, new Generator(3))).apply(same);
        assertNotEquals(y.select(0, 0).value().toString(), y.select(0, 1).value().toString());
        // A variable from outside, too.
        Variable whole = Variable.constant(Tensor.ones(64));
        Variable z = Autograd.vmap((Variable one) -> whole.dropout(0.5, new Generator(3)).add(one)).apply(
                Variable.constant(Tensor.zeros(2)));
        assertNotEquals(z.select(0, 0).value().toString(), z.select(0, 1).value().toString());
    }

    @Test
    void theGradientIsDroppedWhereTheExampleWas() {
        Variable x = Variable.constant(Tensor.ones(3, 32));
        Autograd.Product p = Autograd.vjp(Autograd.vmap((Variable one) -> one.dropout(0.5, new Generator(4))), x,
                Variable.constant(Tensor.ones(3, 32)));
        assertArrayEquals(p.output().value().toDoubleArray(), p.product().value().toDoubleArray());
        // In the rows of a Jacobian, which are a batch of gradients, the same elements are dropped.
        Variable jacobian = Autograd.jacobian(one -> one.dropout(0.5, new Generator(4)), x.select(0, 0));
        assertArrayEquals(x.select(0, 0).dropout(0.5, new Generator(4)).value().toDoubleArray(),
                jacobian.sum(0).value().toDoubleArray());
    }

    // ---- what does not go in one go --------------------------------------------------------------------------------

    /** An op without a rule for batches. */
    private record Twice(Variable[] inputs, Saved saved) implements GradFn {
        static Variable apply(Variable x) {
            return Variable.record(x.value().mul(2), _ -> new Twice(new Variable[] {x}, Saved.of()), x);
        }

        @Override
        public Variable[] backward(Variable... douts) {
            return new Variable[] {apply(douts[0])};
        }
    }

    @Test
    void anOpWithoutARuleIsCalledForOneExampleAfterTheOther() {
        AtomicInteger calls = new AtomicInteger();
        UnaryOperator<Variable> mapped = Autograd.vmap((Variable one) -> {
            calls.incrementAndGet();
            return Twice.apply(one.exp()).sum();
        });
        Variable x = Variable.leaf(randn(50, 3, 2).value());
        assertClose(x.exp().mul(2).sum(1), mapped.apply(x));
        assertEquals(1 + 3, calls.get());
        assertTrue(Vmap.fallbacks().contains("Twice.apply"), () -> Vmap.fallbacks().toString());
        mapped.apply(x).sum().backward();
        assertEquals(1 + 3 + 3, calls.get());
        assertClose(x.exp().mul(2), x.grad());
        // Only the vmap whose examples it meets goes through them.
        calls.set(0);
        Autograd.vmap((Variable one) -> {
            calls.incrementAndGet();
            return Autograd.vmap((Variable element) -> Twice.apply(element)).apply(one.exp());
        }).apply(x);
        assertEquals(1 + 3, calls.get());
    }

    /** Runs f as vmap does, but once only: it must not fall back to a loop. */
    private static void assertBatched(UnaryOperator<Variable> f, Variable x) {
        AtomicInteger calls = new AtomicInteger();
        Variable y = Autograd.vmap((Variable one) -> {
            calls.incrementAndGet();
            return f.apply(one);
        }).apply(x);
        assertEquals(1, calls.get());
        Variable expected = loop(f, x);
        assertEquals(expected.dtype(), y.dtype());
        assertClose(expected, y);
    }

    @Test
    void choicesDependOnEachExamplesNumbers() {
        Variable x = randn(60, 5, 3, 4);
        Variable row = randn(61, 4);
        assertBatched(one -> Variable.where(one.gt(0), one, one.mul(0.1)), x);
        assertBatched(one -> Variable.where(one.le(row).logicalAnd(one.ge(-1)), one, one.neg()), x);
        assertBatched(one -> Variable.where(row.lt(one).logicalNot(), one, row), x);
        assertBatched(one -> one.maskedFill(one.div(one.sub(one)).isNaN().logicalOr(one.eq(one.amax(-1).sum())), 2), x);
        assertBatched(one -> one.ne(one.amax(true, 0)), x);
        assertBatched(one -> one.log().isFinite().logicalOr(one.isInf()), x);
        assertBatched(one -> one.argmax(-1), x);
        assertBatched(one -> one.argmin(true, 0), x);
        assertBatched(one -> one.round().add(one.floor()).add(one.ceil()).add(one.trunc()).add(one.sign()), x);
        // A scalar of each example is a scalar: 1 + 1e-9 in f64 is 1 beside a vector of f32.
        Variable ones = Variable.constant(Tensor.ones(2));
        Variable scalars = Variable.constant(Tensor.of(new double[] {1 + 1e-9, 2}));
        assertBatched(one -> ones.eq(one), scalars);
        // Gradients go where the choice went, in vmap and through it.
        UnaryOperator<Variable> leaky = one -> Variable.where(one.gt(0), one, one.mul(0.1));
        assertBatched(one -> Autograd.grad((Variable z) -> leaky.apply(z).sum()).apply(one), x);
        Variable leaf = Variable.leaf(x.value());
        Autograd.vmap(leaky).apply(leaf).sum().backward();
        assertClose(Variable.where(x.gt(0), Variable.constant(Tensor.ones(DType.F64, 5, 3, 4)),
                Variable.constant(Tensor.full(0.1, DType.F64, 5, 3, 4))), leaf.grad());
    }

    @Test
    void readingNumbersIsRefused() {
        Variable x = randn(51, 3, 2);
        assertSays(IllegalStateException.class, "value: inside vmap",
                () -> Autograd.vmap((Variable one) -> Variable.constant(one.value().mul(2))).apply(x));
        assertSays(IllegalStateException.class, "item: inside vmap",
                () -> Autograd.vmap((Variable one) -> one.sum().item() > 0 ? one : one.neg()).apply(x));
        assertSays(IllegalStateException.class, "VmapTest",
                () -> Autograd.vmap((Variable one) -> one.mul(one.value().amax())).apply(x));
    }

    @Test
    void backwardInsideIsRefused() {
        Variable w = Variable.leaf(randn(52, 2).value());
        assertSays(IllegalStateException.class, "Autograd.grad", () -> Autograd.vmap((Variable one) -> {
            one.mul(w).sum().backward();
            return one;
        }).apply(randn(53, 3, 2)));
        assertFalse(Autograd.vmap((Variable one) -> one).apply(randn(53, 3, 2)).requiresGrad());
    }

    @Test
    void theGradientOfAllExamplesCannotBeAskedForInside() {
        Variable x = Variable.leaf(randn(54, 3, 2).value());
        assertSays(IllegalStateException.class, "holds all examples",
                () -> Autograd.vmap((Variable one) -> Autograd.grad(one.square().sum(), x)[0]).apply(x));
    }

    @Test
    void inputsThatDoNotFitAreNamed() {
        assertSays(IllegalArgumentException.class, "input 1 of shape (4, 2) has 4 examples",
                () -> Autograd.vmap((Variable a, Variable b) -> a.add(b)).apply(randn(55, 3, 2), randn(56, 4, 2)));
        assertSays(IllegalArgumentException.class, "is a scalar",
                () -> Autograd.vmap((Variable a) -> a).apply(Variable.constant(Tensor.scalar(1))));
        assertSays(IllegalArgumentException.class, "no input is mapped",
                () -> Autograd.vmap((Variable a) -> a, Vmap.WHOLE, 0).apply(randn(57, 2)));
    }

    @Test
    void noExamplesGiveNoResults() {
        assertEquals(Shape.of(0, 3, 3), Autograd.vmap((Variable one) -> one.unsqueeze(1).mul(one).exp())
                .apply(randn(58, 0, 3)).shape());
    }

    // ---- ops on the last axes, and by index ------------------------------------------------------------------------

    /** A batch of vectors, or of scalars, looks like a matrix: it must not be taken for one. */
    @Test
    void theAxisOfExamplesIsNoneOfAnExample() {
        for (UnaryOperator<Variable> op : List.<UnaryOperator<Variable>>of(Variable::inv, Variable::det, x -> x.tril(0),
                x -> x.solve(x), x -> x.pad(new long[] {1, 1, 1, 1}, 0), Variable::pinv, x -> x.matrixPower(0))) {
            assertThrows(IllegalArgumentException.class, () -> Autograd.vmap(op).apply(randn(60, 3, 3)));
        }
        assertThrows(IllegalArgumentException.class, () -> Autograd.vmap(Variable::complexAbs).apply(randn(61, 2)));
        assertThrows(IllegalArgumentException.class,
                () -> Autograd.vmap((Variable z) -> z.fft(-1, -2, FftNorm.BACKWARD)).apply(randn(62, 3, 4, 2)));
    }

    /** As many examples as rows, and one operand the same for all: neither passes for a vector. */
    @Test
    void aSystemThatAllExamplesShareIsOneOfMatrices() {
        Variable a = randn(63, 3, 3, 3);
        Variable b = randn(64, 3, 3);
        assertClose(loop(one -> one.solve(b), a), Autograd.vmap((Variable one) -> one.solve(b)).apply(a));
        Variable one = randn(65, 3, 3);
        assertClose(loop(one::solve, a), Autograd.vmap((Variable right) -> one.solve(right)).apply(a));
        assertClose(loop(one::solve, b), Autograd.vmap((Variable right) -> one.solve(right)).apply(b));
    }

    /** Index tensors with an axis between them put theirs first, before axes that come before them. */
    @Test
    void indicesThatAreApartSelectWithinExamples() {
        Variable x = randn(66, 4, 3, 5, 2);
        Index[] apart = {Index.of(0, 2), Index.all(), Index.of(1, 0)};
        assertClose(loop(one -> one.get(apart), x), Autograd.vmap((Variable one) -> one.get(apart)).apply(x));
        Index[] plain = {Index.at(1), Index.range(0, 4, 2)};
        assertClose(loop(one -> one.get(plain), x), Autograd.vmap((Variable one) -> one.get(plain)).apply(x));
    }

    // ---- what watches ----------------------------------------------------------------------------------------------

    @Test
    void aWalkShowsTheStepsOfABatch() {
        Variable x = Variable.leaf(Tensor.of(new double[] {1, 2, 3, 4, 5, 6}).reshape(3, 2));
        Variable loss = Autograd.vmap((Variable one) -> one.square().sum()).apply(x).sum();
        StringBuilder steps = new StringBuilder();
        try (BackwardWalk walk = Engine.walk(loss)) {
            walk.forEachRemaining(steps::append);
        }
        assertTrue(steps.toString().contains("F64(2) for each of (3) examples"), steps.toString());
        assertArrayEquals(new double[] {2, 4, 6, 8, 10, 12}, x.grad().value().toDoubleArray());
    }

    @Test
    void anomalyModeNamesTheOpOfABatch() {
        Variable x = Variable.leaf(Tensor.of(new double[] {1, 0, 4}));
        try (var _ = Anomaly.detect()) {
            Variable y = Autograd.vmap((Variable one) -> one.sqrt().mul(0)).apply(x).sum();
            assertSays(RuntimeException.class, "sqrt", y::backward);
        }
    }
}
