package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Derivatives as functions, against closed forms and central differences. */
class AutogradTest {
    private static Variable vector(double... numbers) {
        return Variable.constant(Tensor.of(numbers));
    }

    private static Variable leaf(double... numbers) {
        return Variable.leaf(Tensor.of(numbers));
    }

    private static Variable randn(long seed, long... sizes) {
        return Variable.constant(Tensor.randn(new Generator(seed), sizes).to(DType.F64));
    }

    private static void assertNumbers(double[] expected, Variable actual) {
        assertArrayEquals(expected, actual.value().toDoubleArray(), 1e-9);
    }

    private static void assertClose(Variable expected, Variable actual) {
        assertEquals(expected.shape(), actual.shape());
        assertNumbers(expected.value().toDoubleArray(), actual);
    }

    private static void assertSays(String part, Runnable call) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    // ---- grad ------------------------------------------------------------------------------------------------------

    @Test
    void gradLeavesTheLeavesAlone() {
        Variable x = leaf(1, 2);
        assertNumbers(new double[] {2, 4}, Autograd.grad(x.square().sum(), x)[0]);
        assertNull(x.grad());
    }

    @Test
    void gradGivesThatOfIntermediateValues() {
        Variable x = leaf(1, 2);
        Variable h = x.mul(3);
        Variable[] grads = Autograd.grad(h.square().sum(), h, x);
        assertNumbers(new double[] {6, 12}, grads[0]);
        assertNumbers(new double[] {18, 36}, grads[1]);
    }

    @Test
    void gradAddsSeveralOutputsWithTheirGradients() {
        Variable x = leaf(1, 2);
        Variable a = x.square();
        Variable b = x.sum();
        Variable[] grads = Autograd.grad(new Variable[] {a, b}, new Variable[] {x},
                new Variable[] {vector(10, 100), null}, false, false, false);
        assertNumbers(new double[] {21, 401}, grads[0]);
    }

    @Test
    void anUnusedInputIsNamedUnlessAllowed() {
        Variable x = leaf(1, 2);
        Variable unused = leaf(1, 2, 3);
        assertSays("input 1 of shape (3)", () -> Autograd.grad(x.sum(), x, unused));
        Variable[] grads =
                Autograd.grad(new Variable[] {x.sum()}, new Variable[] {x, unused}, null, false, false, true);
        assertNull(grads[1]);
    }

    @Test
    void gradSaysWhatIsWrong() {
        Variable x = leaf(1, 2);
        assertSays("output 0 has shape (2)", () -> Autograd.grad(x.square(), x));
        assertSays("input 0 of shape (2) requires no gradient", () -> Autograd.grad(x.sum(), vector(1, 2)));
        assertSays("output 0 of shape () requires no gradient", () -> Autograd.grad(vector(1).sum(), x));
        assertSays("they must be alike", () -> Autograd.grad(new Variable[] {x.square()}, new Variable[] {x},
                new Variable[] {vector(1, 2, 3)}, false, false, false));
    }

    @Test
    void aGraphIsReleasedUnlessRetained() {
        Variable x = leaf(1, 2);
        Variable y = x.square().sum();
        Autograd.grad(new Variable[] {y}, new Variable[] {x}, null, true, false, false);
        Autograd.grad(y, x);
        assertThrows(IllegalStateException.class, () -> Autograd.grad(y, x));
    }

    @Test
    void onlyWhatLiesBetweenIsWalked() {
        Variable x = leaf(2, 3);
        Variable h = x.square(); // its saved values must survive the walk from y to h
        Variable y = h.square().sum();
        assertNumbers(new double[] {8, 18}, Autograd.grad(y, h)[0]);
        assertNumbers(new double[] {4, 6}, Autograd.grad(h.sum(), x)[0]);
    }

    @Test
    void createGraphDifferentiatesThreeTimes() {
        Variable x = leaf(2);
        Variable y = x.pow(4).sum();
        Variable[] in = {x};
        Variable first = Autograd.grad(new Variable[] {y}, in, true)[0];
        Variable second = Autograd.grad(new Variable[] {first.sum()}, in, true)[0];
        Variable third = Autograd.grad(new Variable[] {second.sum()}, in, true)[0];
        assertNumbers(new double[] {32}, first);
        assertNumbers(new double[] {48}, second);
        assertNumbers(new double[] {48}, third);
    }

    @Test
    void theGradientOfAFunctionComposes() {
        UnaryOperator<Variable> third =
                Autograd.grad(Autograd.grad(Autograd.grad((Variable x) -> x.pow(5).sum().reshape())));
        assertNumbers(new double[] {60 * 4}, third.apply(Variable.constant(Tensor.scalar(2, DType.F64))));
    }

    // ---- products --------------------------------------------------------------------------------------------------

    private static Variable swirl(Variable x) {
        return x.select(0, 0).mul(x).sin().add(x.square().sum().exp());
    }

    @Test
    void jvpAndVjpAreProductsWithTheJacobian() {
        Variable x = vector(0.3, -0.2, 0.5);
        Variable v = vector(1, 2, -1);
        Variable jacobian = Autograd.jacobian(AutogradTest::swirl, x);
        Autograd.Product forward = Autograd.jvp(AutogradTest::swirl, x, v);
        Autograd.Product reverse = Autograd.vjp(AutogradTest::swirl, x, v);
        assertClose(swirl(x), forward.output());
        assertClose(swirl(x), reverse.output());
        assertClose(jacobian.matmul(v), forward.product());
        assertClose(v.matmul(jacobian), reverse.product());
    }

    @Test
    void jvpOfJvpIsTheSecondDerivativeInADirection() {
        Variable x = vector(0.3, -0.2, 0.5);
        Variable v = vector(1, 2, -1);
        UnaryOperator<Variable> f = in -> swirl(in).sum();
        Variable twice = Autograd.jvp((Variable in) -> Autograd.jvp(f, in, v).product(), x, v).product();
        Variable hessian = Autograd.hessian(f, x);
        assertClose(v.matmul(hessian).matmul(v), twice);
        assertClose(hessian.matmul(v), Autograd.hvp(f, x, v).product());
        // Forward over reverse, and reverse over forward.
        assertClose(hessian.matmul(v), Autograd.jvp(Autograd.grad(f), x, v).product());
        assertClose(hessian.matmul(v), Autograd.grad((Variable in) -> Autograd.jvp(f, in, v).product()).apply(x));
    }

    @Test
    void functionsHaveSeveralInputsAndOutputsOfAnyShape() {
        Variable a = randn(1, 2, 3);
        Variable b = randn(2, 3);
        UnaryOperator<Variable[]> f = in -> new Variable[] {in[0].matmul(in[1]), in[1].exp(), in[0].sum()};
        Variable[][] jacobian = Autograd.jacobian(f, new Variable[] {a, b});
        assertEquals(Shape.of(2, 2, 3), jacobian[0][0].shape());
        assertEquals(Shape.of(2, 3), jacobian[0][1].shape());
        assertEquals(Shape.of(3, 2, 3), jacobian[1][0].shape());
        assertEquals(Shape.of(2, 3), jacobian[2][0].shape());
        assertClose(a, jacobian[0][1]);
        assertNumbers(new double[18], jacobian[1][0]);
        assertNumbers(new double[] {1, 1, 1, 1, 1, 1}, jacobian[2][0]);
        Variable va = randn(3, 2, 3);
        Variable vb = randn(4, 3);
        Variable[] tangents = Autograd.jvp(f, new Variable[] {a, b}, new Variable[] {va, vb}).products();
        assertClose(va.matmul(b).add(a.matmul(vb)), tangents[0]);
        assertClose(b.exp().mul(vb), tangents[1]);
        assertClose(va.sum(), tangents[2]);
    }

    @Test
    void jvpGoesThroughOpsWithSeveralOutputs() {
        Variable x = vector(1, 2, 3, 4);
        Variable v = vector(1, 10, 100, 1000);
        Autograd.Product p = Autograd.jvp(in -> {
            Variable[] parts = in.split(0, 1, 2, 1);
            return parts[1].square().add(parts[2]);
        }, x, v);
        assertNumbers(new double[] {2 * 2 * 10 + 1000, 2 * 3 * 100 + 1000}, p.product());
    }

    @Test
    void jvpPassesALongChain() {
        Autograd.Product p = Autograd.jvp(in -> {
            Variable y = in;
            for (int i = 0; i < 20_000; i++) {
                y = y.add(in);
            }
            return y;
        }, vector(1, 2), vector(1, -1));
        assertNumbers(new double[] {20_001, -20_001}, p.product());
    }

    @Test
    void vectorsThatDoNotFitAreNamed() {
        Variable x = vector(1, 2);
        assertSays("jvp: the tangent is F64(3)", () -> Autograd.jvp(in -> in.exp(), x, vector(1, 2, 3)));
        assertSays("vjp: the vector is F64(3)", () -> Autograd.vjp(in -> in.exp(), x, vector(1, 2, 3)));
        assertSays("hvp: the vector is F64(3)", () -> Autograd.hvp(in -> in.sum(), x, vector(1, 2, 3)));
        assertSays("must give a scalar", () -> Autograd.grad((Variable in) -> in.exp()).apply(x));
        assertSays("only floating-point inputs", () -> Autograd.jacobian(in -> in,
                Variable.constant(Tensor.of(new long[] {1}))));
    }

    // ---- matrices --------------------------------------------------------------------------------------------------

    @Test
    void theJacobianOfSoftmaxIsItsFormula() {
        Variable x = randn(5, 7);
        Variable y = x.softmax(0);
        Variable diagonal = Variable.constant(Tensor.eye(7).to(DType.F64)).mul(y);
        assertClose(diagonal.sub(y.unsqueeze(1).mul(y.unsqueeze(0))), Autograd.jacobian(in -> in.softmax(0), x));
    }

    @Test
    void theHessianOfRosenbrocksFunctionIsItsFormula() {
        double a = -1.2;
        double b = 0.7;
        UnaryOperator<Variable> rosenbrock = x -> {
            Variable first = x.select(0, 0);
            Variable second = x.select(0, 1);
            return first.neg().add(1).square().add(second.sub(first.square()).square().mul(100));
        };
        Variable hessian = Autograd.hessian(rosenbrock, vector(a, b));
        assertEquals(Shape.of(2, 2), hessian.shape());
        assertNumbers(new double[] {2 - 400 * (b - 3 * a * a), -400 * a, -400 * a, 200}, hessian);
    }

    @Test
    void rowsAndColumnsGiveTheSameJacobian() {
        Variable wide = randn(6, 3, 2);
        Variable w = randn(7, 2, 4);
        // 12 outputs, 6 inputs: columns; its gradient's sum over outputs: rows.
        Variable columns = Autograd.jacobian(in -> in.matmul(w).tanh(), wide);
        assertEquals(Shape.of(3, 4, 3, 2), columns.shape());
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 4; j++) {
                int row = i;
                int column = j;
                Variable one = Autograd.grad((Variable in) -> in.matmul(w).tanh().select(0, row).select(0, column))
                        .apply(wide);
                assertClose(one, columns.select(0, i).select(0, j));
            }
        }
    }

    @Test
    void moreRowsThanFitInOneBatch() {
        Variable x = randn(8, 700);
        Variable jacobian = Autograd.jacobian(in -> in.square(), x);
        Variable expected = Variable.constant(Tensor.eye(700).to(DType.F64)).mul(x.mul(2));
        assertClose(expected, jacobian);
    }

    @Test
    void emptyOnesHaveTheRightShape() {
        Variable none = Variable.constant(Tensor.zeros(DType.F64, 0, 2));
        assertEquals(Shape.of(3, 0, 2), Autograd.jacobian(in -> in.sum().add(vector(1, 2, 3)), none).shape());
        assertEquals(Shape.of(0, 2, 0, 2), Autograd.jacobian(in -> in.exp(), none).shape());
    }

    @Test
    void aHessianOfSeveralInputsHasABlockForEachPair() {
        Variable a = randn(9, 2);
        Variable b = randn(10, 3);
        Variable[][] hessian = Autograd.hessian(
                (Variable[] in) -> new Variable[] {in[0].square().sum().mul(in[1].exp().sum())}, new Variable[] {a, b});
        assertClose(a.mul(2).unsqueeze(1).mul(b.exp().unsqueeze(0)), hessian[0][1]);
        assertClose(a.mul(2).unsqueeze(0).mul(b.exp().unsqueeze(1)), hessian[1][0]);
        assertClose(Variable.constant(Tensor.eye(3).to(DType.F64)).mul(b.exp()).mul(a.square().sum()), hessian[1][1]);
    }

    // ---- what the result depends on --------------------------------------------------------------------------------

    @Test
    void resultsDifferentiateByWhatIsCaptured() {
        Variable w = leaf(2, 3);
        Variable x = vector(0.5, -1);
        Variable penalty = Autograd.grad((Variable in) -> in.mul(w).square().sum()).apply(x).square().sum();
        assertTrue(penalty.requiresGrad());
        penalty.backward(); // (2 w² x)²: 16 w³ x²
        assertNumbers(new double[] {16 * 8 * 0.25, 16 * 27}, w.grad());
    }

    @Test
    void resultsDifferentiateByTheInput() {
        Variable x = leaf(2, 3);
        Autograd.jacobian(in -> in.pow(3), x).sum().backward();
        assertNumbers(new double[] {12, 18}, x.grad());
        x.zeroGrad();
        Autograd.jvp(in -> in.pow(3), x, vector(1, 1)).product().sum().backward();
        assertNumbers(new double[] {12, 18}, x.grad());
        x.zeroGrad();
        Autograd.hvp(in -> in.pow(3).sum(), x, vector(1, 1)).product().sum().backward();
        assertNumbers(new double[] {6, 6}, x.grad());
    }

    @Test
    void underNoGradResultsAreConstants() {
        Variable w = leaf(2, 3);
        try (var _ = NoGrad.open(); var _ = TensorScope.open()) {
            Variable x = leaf(1, 2);
            assertFalse(Autograd.grad((Variable in) -> in.mul(w).square().sum()).apply(x).requiresGrad());
            assertFalse(Autograd.jacobian(in -> in.mul(w), x).requiresGrad());
            Autograd.Product product = Autograd.hvp(in -> in.pow(3).mul(w).sum(), x, vector(1, 1));
            assertFalse(product.output().requiresGrad());
            assertNumbers(new double[] {12, 36}, product.product());
            // Nested ones differentiate all the same.
            assertNumbers(new double[] {12, 0, 0, 36}, Autograd.hessian(in -> in.pow(3).mul(w).sum(), x));
        }
        assertNull(w.grad());
    }

    @Test
    void secondDerivativesPassCentralDifferences() {
        Variable x = Variable.leaf(randn(11, 4).value());
        Variable v = Variable.leaf(randn(12, 4).value());
        GradCheck.checkSecond(in -> Autograd.jvp(AutogradTest::swirl, in[0], in[1]).product(), x, v);
        GradCheck.check(in -> Autograd.hvp(p -> swirl(p).sum(), in[0], in[1]).product(), x, v);
        GradCheck.check(in -> Autograd.jacobian(AutogradTest::swirl, in[0]), x);
    }

    @Test
    void stepsHaveAGradientOfZeros() {
        List<UnaryOperator<Variable>> steps =
                List.of(Variable::floor, Variable::ceil, Variable::round, Variable::trunc, Variable::sign);
        for (UnaryOperator<Variable> step : steps) {
            Variable x = Variable.leaf(Tensor.of(new float[] {-1.5f, 0, 2.5f}));
            Tensor dout = Tensor.of(new float[] {Float.POSITIVE_INFINITY, Float.NaN, 1});
            step.apply(x).backward(dout, false, false);
            assertArrayEquals(new float[3], x.grad().value().toFloatArray());
        }
        Variable x = Variable.leaf(Tensor.of(new float[] {-1.5f, 0, 2.4f}));
        Variable straight = x.add(x.round().sub(x).detach());
        assertArrayEquals(new float[] {-2, 0, 2}, straight.value().toFloatArray());
        straight.mul(3).sum().backward();
        assertArrayEquals(new float[] {3, 3, 3}, x.grad().value().toFloatArray());
    }
}
