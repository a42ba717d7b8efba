package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.Function;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What ops on variables take, what they refuse and with which words, and what they do at the edges. */
class VariableTest {
    private static Variable ones(long... sizes) {
        return Variable.leaf(Tensor.ones(sizes));
    }

    private static Variable f64(long... sizes) {
        return Variable.leaf(Tensor.ones(DType.F64, sizes));
    }

    private static Tensor index(long... numbers) {
        return Tensor.of(numbers);
    }

    /** Checks that a call is refused with a message in which all the words occur. */
    private static void assertRefused(Executable call, String... words) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        for (String word : words) {
            assertTrue(message.contains(word), "'" + word + "' is not in: " + message);
        }
    }

    /** Checks that an op and its backward go through, and that each input gets a gradient of its shape and type. */
    private static void assertPasses(Shape expected, Function<Variable[], Variable> op, Variable... in) {
        Variable out = op.apply(in);
        assertEquals(expected, out.shape());
        out.sum().backward();
        for (Variable input : in) {
            assertEquals(input.shape(), input.grad().shape());
            assertEquals(input.dtype(), input.grad().dtype());
        }
    }

    // ---- types -----------------------------------------------------------------------------------------------------

    @Test
    void twoFloatingTypesMeetInTheWiderOne() {
        assertEquals(DType.F64, ones(2).add(f64(2)).dtype());
        assertEquals(DType.F64, Variable.cat(0, ones(2), f64(2)).dtype());
        assertPasses(Shape.of(2, 2), in -> in[0].matmul(in[1]), ones(2, 3), f64(3, 2));
        assertPasses(Shape.of(5), in -> Variable.cat(0, in), ones(2), f64(3));
        assertPasses(Shape.of(2), in -> Variable.where(Tensor.of(new boolean[] {true, false}), in[0], in[1]), ones(2),
                f64(2));
    }

    @Test
    void integersAndBoolsAreComputedWithInF32() {
        Variable integers = Variable.constant(Tensor.arange(3));
        assertEquals(DType.F32, integers.mul(2).dtype());
        assertEquals(DType.F32, integers.exp().dtype());
        assertEquals(DType.F32, ones(3).mul(Tensor.of(new boolean[] {true, false, true})).dtype());
    }

    @Test
    void fusedOpsTakeOneType() {
        assertRefused(() -> ones(4, 3).linear(f64(2, 3), null), "linear", "weight", "F32", "F64");
        assertRefused(() -> ones(4, 3).linear(ones(2, 3), f64(2)), "linear", "bias", "F64");
        assertRefused(() -> ones(4, 3).layerNorm(f64(3), null, 1e-5), "layerNorm", "weight", "F64");
        assertRefused(() -> ones(4, 3).rmsNorm(f64(3), 1e-5), "rmsNorm", "weight", "F64");
        Variable heads = ones(1, 2, 3, 4);
        assertRefused(() -> heads.scaledDotProductAttention(f64(1, 2, 3, 4), heads, false), "scaledDotProductAttention",
                "k",
                "F64");
        Variable integers = Variable.constant(Tensor.arange(3));
        assertRefused(() -> integers.layerNorm(null, null, 1e-5), "layerNorm", "I64");
        assertRefused(() -> integers.dropout(0.5), "dropout", "I64");
        assertRefused(() -> integers.reshape(1, 3).crossEntropy(index(0)), "crossEntropy", "I64");
    }

    // ---- shapes ----------------------------------------------------------------------------------------------------

    @Test
    void messagesTellTheShapesThatWereGiven() {
        assertRefused(() -> ones(2, 3).add(ones(2, 4)), "add", "(2, 3)", "(2, 4)");
        assertRefused(() -> ones(4, 2, 3).matmul(ones(2, 3)), "matmul", "(4, 2, 3)", "(2, 3)");
        assertRefused(() -> ones(3).matmul(ones(4)), "matmul", "(3)", "(4)");
        assertRefused(() -> ones().matmul(ones(4)), "matmul", "()");
        assertRefused(() -> ones(4, 3).linear(ones(2, 4), null), "linear", "(4, 3)", "(2, 4)");
        assertRefused(() -> ones(4, 3).linear(ones(2, 3), ones(3)), "linear", "bias", "(3)");
        assertRefused(() -> ones(4, 3).linear(ones(2, 3), ones(4, 2)), "linear", "bias", "(4, 2)");
        assertRefused(() -> ones(4, 3).layerNorm(ones(4), null, 1e-5), "layerNorm", "weight", "(4)");
        assertRefused(() -> ones(2, 3).mse(ones(2, 4)), "mse", "(2, 3)", "(2, 4)");
        assertRefused(() -> ones(2, 3).squeeze(2), "squeeze", "(2, 3)");
        assertRefused(() -> ones(2, 3).select(1, 3), "select", "(2, 3)");
        assertRefused(() -> ones(2, 3).narrow(1, 2, 2), "narrow", "(2, 3)");
        assertRefused(() -> ones(2, 3, 4).t(), "t:", "(2, 3, 4)");
        assertRefused(() -> ones(2, 3).sum(2), "sum", "axis 2", "(2, 3)");
        assertRefused(() -> ones(3).embedding(index(0)), "embedding", "(3)");
        assertRefused(() -> ones(2, 3).crossEntropy(index(0, 1, 1)), "crossEntropy", "(2, 3)", "(3)");
    }

    @Test
    void attentionTellsWhatDoesNotFit() {
        Variable q = ones(1, 2, 3, 4);
        Generator generator = new Generator(0);
        assertRefused(() -> q.scaledDotProductAttention(ones(1, 2, 3, 5), ones(1, 2, 3, 5), false), "(1, 2, 3, 4)",
                "(1, 2, 3, 5)");
        assertRefused(() -> ones(3, 4).scaledDotProductAttention(ones(3, 4), ones(3, 4), false), "(B, H, T, D)");
        assertRefused(() -> q.scaledDotProductAttention(q, q, Tensor.ones(7, 7), false, 0, generator), "mask", "(7, 7)",
                "(1, 2, 3, 3)");
        assertRefused(() -> q.scaledDotProductAttention(q, q, Tensor.arange(3), false, 0, generator), "mask", "I64");
        assertRefused(() -> q.scaledDotProductAttention(q, q, null, false, 1, generator), "dropout", "1.0");
    }

    @Test
    void numbersOutOfRangeAreNamed() {
        assertRefused(() -> ones(2).dropout(1), "dropout", "1.0");
        assertRefused(() -> ones(2, 3).crossEntropy(index(0, 5)), "crossEntropy", "5", "3");
        assertRefused(() -> ones(2, 3).crossEntropy(Tensor.of(new float[] {0, 1})), "crossEntropy", "I64", "F32");
        assertRefused(() -> ones(2, 3).crossEntropy(index(0, 1), -100, 1.5), "labelSmoothing", "1.5");
        assertRefused(() -> ones(5, 3).embedding(index(7)), "7", "5");
    }

    // ---- edges -----------------------------------------------------------------------------------------------------

    @Test
    void emptyVariablesPass() {
        assertPasses(Shape.of(0, 2), in -> in[0].matmul(in[1]), ones(0, 3), ones(3, 2));
        assertPasses(Shape.of(2, 2), in -> in[0].matmul(in[1]), ones(2, 0), ones(0, 2));
        assertPasses(Shape.of(0, 2), in -> in[0].linear(in[1], in[2]), ones(0, 3), ones(2, 3), ones(2));
        assertPasses(Shape.of(4, 2), in -> in[0].linear(in[1], in[2]), ones(4, 0), ones(2, 0), ones(2));
        assertPasses(Shape.of(0, 3), in -> in[0].softmax(1), ones(0, 3));
        assertPasses(Shape.of(0, 3), in -> in[0].layerNorm(in[1], in[2], 1e-5), ones(0, 3), ones(3), ones(3));
        assertPasses(Shape.of(), in -> in[0].sum(), ones(0));
        assertPasses(Shape.of(0, 3), in -> in[0].embedding(index()), ones(5, 3));
        assertPasses(Shape.of(2, 3), in -> Variable.cat(0, in), ones(0, 3), ones(2, 3));
        assertPasses(Shape.of(1, 2, 0, 4), in -> in[0].scaledDotProductAttention(in[1], in[2], true), ones(1, 2, 0, 4),
                ones(1, 2, 0, 4), ones(1, 2, 0, 4));
        assertEquals(0, ones(0, 2).split(0).length);
    }

    @Test
    void lossesOfNothingAreNaNAsInPyTorch() {
        assertTrue(Double.isNaN(ones(0).mean().item()));
        assertTrue(Double.isNaN(ones(2, 3).crossEntropy(index(-100, -100)).item()));
    }

    @Test
    void scalarsPass() {
        assertPasses(Shape.of(), in -> in[0].mul(in[1]), ones(), ones());
        assertPasses(Shape.of(), in -> in[0].prod(), ones());
        assertPasses(Shape.of(), in -> in[0].crossEntropy(Tensor.scalar(1, DType.I64)), ones(3));
        assertPasses(Shape.of(3), in -> in[0].embedding(Tensor.scalar(2, DType.I64)), ones(5, 3));
    }

    @Test
    void aGradientOfAViewIsContiguousAndItsOwn() {
        Variable x = Variable.leaf(Tensor.ones(2, 1).expand(2, 3));
        x.square().sum().backward();
        assertTrue(x.grad().value().isContiguous());
        Variable y = ones(2, 3);
        y.t().square().sum().backward();
        assertTrue(y.grad().value().isContiguous());
    }

    @Test
    void anElementOnABoundOfClampGetsTheWholeGradient() {
        Variable x = Variable.leaf(Tensor.of(new double[] {-2, -1, 0, 1, 2, Double.NaN}));
        Variable y = x.clamp(-1, 1);
        y.sum().backward();
        assertArrayEquals(new double[] {-1, -1, 0, 1, 1, Double.NaN}, y.value().toDoubleArray());
        assertArrayEquals(new double[] {0, 1, 1, 1, 0, 0}, x.grad().value().toDoubleArray());
        assertArrayEquals(x.value().clamp(3, -3).toDoubleArray(), x.clamp(3, -3).value().toDoubleArray());
    }

    @Test
    void opsThatChangeNothingReturnTheVariableItself() {
        Variable x = ones(2, 3);
        assertSame(x, x.to(DType.F32));
        assertSame(x, x.contiguous());
        assertSame(x, x.dropout(0));
        assertSame(x, x.sumTo(Shape.of(2, 3)));
    }

    @Test
    void aMaskThatWasChangedIsNoticed() {
        Variable q = ones(1, 2, 3, 4);
        Tensor mask = Tensor.of(new boolean[] {true, true, false});
        Variable out = q.scaledDotProductAttention(q, q, mask, false, 0, new Generator(0)).sum();
        mask.fill_(1);
        assertThrows(IllegalStateException.class, out::backward);
    }

    @Test
    void dropoutDropsTheSameInBothDirections() {
        Variable x = ones(1000);
        Variable y = x.dropout(0.25, new Generator(3));
        y.sum().backward();
        assertArrayEquals(y.value().toFloatArray(), x.grad().value().toFloatArray());
        assertEquals(750, y.value().gt(0).sum().item(), 60);
    }

    @Test
    void aReleasedValueIsNamed() {
        Variable x = ones(2);
        Variable y;
        Variable kept;
        try (var _ = TensorScope.open()) {
            y = x.exp();
            kept = y.sum().keep();
        }
        assertTrue(
                assertThrows(IllegalStateException.class, () -> y.value().getDouble(0)).getMessage().contains("exp"));
        assertTrue(kept.item() > 5);
        // What the graph saved went with the scope.
        assertTrue(assertThrows(IllegalStateException.class, kept::backward).getMessage().contains("exp"));
    }

    @Test
    void itPrintsItsValueAndWhereItCameFrom() {
        assertTrue(ones(2).mul(2).toString().endsWith("gradFn=mul"));
        assertTrue(ones(2).toString().endsWith("requiresGrad"));
        assertTrue(Variable.constant(Tensor.ones(2)).toString().startsWith("tensor("));
    }
}
