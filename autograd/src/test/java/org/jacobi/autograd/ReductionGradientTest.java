package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.function.Function;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Gradients of reductions and scans where they are hard: at zeros, ties, infinities. */
class ReductionGradientTest {
    private static double[] gradient(Function<Variable, Variable> function, double... x) {
        Variable leaf = Variable.leaf(Tensor.of(x, x.length));
        function.apply(leaf).sum().backward();
        return leaf.grad().value().toDoubleArray();
    }

    @Test
    void noGradientWhereANormIsZero() {
        for (double p : new double[] {0, 0.5, 1, 1.5, 2, 3, Double.POSITIVE_INFINITY}) {
            assertArrayEquals(new double[2], gradient(x -> x.norm(p), 0, 0), "p = " + p);
        }
        assertArrayEquals(new double[] {0, 1}, gradient(x -> x.norm(2), 0, 3));
        assertArrayEquals(new double[] {0, 1}, gradient(x -> x.norm(0.5), 0, 3), 1e-12);
        assertArrayEquals(new double[] {0.5, -0.5}, gradient(x -> x.norm(Double.POSITIVE_INFINITY), 2, -2));
        assertArrayEquals(new double[2], gradient(x -> x.std(), 4, 4));
    }

    /** With zeros, the third derivative of a product of four is exact, too. */
    @Test
    void productsWithZerosDifferentiateToAnyOrder() {
        Function<Variable[], Variable> product = v -> v[0].prod();
        Function<Variable[], Variable> running = v -> v[0].cumprod(0);
        for (double[] x : new double[][] {{2, 3, 5, 7}, {0, 3, 5, 7}, {2, 0, 5, 0}, {0, 0, 0, 7}}) {
            GradCheck.checkSecond(product, Variable.leaf(Tensor.of(x)));
            GradCheck.checkSecond(running, Variable.leaf(Tensor.of(x)));
            Variable leaf = Variable.leaf(Tensor.of(x));
            Variable first = Engine.grad(leaf.prod(), one(), true, true, leaf)[0];
            Variable second = Engine.grad(first.select(0, 0), one(), true, true, leaf)[0];
            Variable third = Engine.grad(second.select(0, 1), one(), true, true, leaf)[0];
            assertArrayEquals(new double[] {0, 0, x[3], x[2]}, third.value().toDoubleArray());
        }
        // y = (a, ab, abc): da = 1 + b + bc, db = a + ac, dc = ab.
        assertArrayEquals(new double[] {10, 0, 0}, gradient(x -> x.cumprod(0), 0, 9, 0));
        assertArrayEquals(new double[] {1, 8, 0}, gradient(x -> x.cumprod(0), 2, 0, 3));
    }

    private static Variable one() {
        return Variable.constant(Tensor.scalar(1, DType.F64));
    }

    @Test
    void runningLogarithmsOfSumsFromMinusInfinityOn() {
        double inf = Double.POSITIVE_INFINITY;
        double[] grads = gradient(x -> x.logcumsumexp(0), -inf, 0, 0, -1000);
        assertArrayEquals(new double[] {0, 2, 1, 0}, grads, 1e-12);
    }

    @Test
    void integersHaveLogarithmsOfSums() {
        Variable y = Variable.constant(Tensor.of(new long[] {1, 1})).logsumexp();
        assertEquals(DType.F32, y.dtype());
        assertEquals(1 + Math.log(2), y.item(), 1e-6);
    }

    @Test
    void mediansOfAllShareAmongTiesAndAlongAnAxisDoNot() {
        assertArrayEquals(new double[] {0.5, 0, 0.5, 0}, gradient(Variable::median, 2, 1, 2, 5));
        assertArrayEquals(new double[] {1, 0, 0, 0}, gradient(x -> x.median(0).values(), 2, 1, 2, 5));
        assertEquals(Double.NaN, Variable.constant(Tensor.zeros(0)).median().item());
        assertArrayEquals(new double[0], gradient(Variable::nanMedian));
        assertArrayEquals(new double[] {0, 1, 0}, gradient(x -> x.max(0).values(), 1, 3, 3));
        // Of equal ones the last, as in PyTorch.
        assertArrayEquals(new double[] {1, 1, 2, 0}, gradient(x -> x.cummax(0).values(), 1, 3, 3, 0));
    }

    @Test
    void quantilesShareBetweenNeighbours() {
        double[] grads = gradient(x -> x.quantile(0.25), 4, 1, 2);
        assertArrayEquals(new double[] {0, 0.5, 0.5}, grads, 1e-12);
    }

    @Test
    void scalarsAreLinesOfOne() {
        Variable leaf = Variable.leaf(Tensor.scalar(3));
        leaf.cumsum(0).add(leaf.sort(0).values()).add(leaf.cummax(0).values()).add(leaf.median()).backward();
        assertEquals(4, leaf.grad().value().item());
        assertEquals(0, leaf.grad().rank());
    }
}
