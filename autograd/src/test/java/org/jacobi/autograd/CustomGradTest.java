package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** A user's own op: used like any other, checked where its author may err. */
class CustomGradTest {
    private static Variable cube(Variable x) {
        return CustomGrad.apply("cube", in -> in[0].pow(3),
                (dout, in, _) -> new Variable[] {dout.mul(in[0].square()).mul(3)}, x);
    }

    /** y = e^x, differentiated through its own output. */
    private static Variable ownExp(Variable x) {
        return CustomGrad.apply("ownExp", in -> in[0].exp(), (dout, _, out) -> new Variable[] {dout.mul(out)}, x);
    }

    /** x mod 2 with the gradient of x: straight through. */
    private static Variable scaled(Variable x, Variable scale) {
        return CustomGrad.apply("scaled", in -> in[0].mul(in[1]),
                (dout, in, _) -> new Variable[] {dout.mul(in[1]), dout.mul(in[0]).sumTo(in[1].shape())}, x, scale);
    }

    @Test
    void itsGradientIsTheRules() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2, -3}));
        cube(x).sum().backward();
        assertArrayEquals(new double[] {12, 27}, x.grad().value().toDoubleArray());
    }

    @Test
    void itPassesGradCheckTwice() {
        Variable x = Variable.leaf(Tensor.of(new double[] {0.5, -1.5, 2}));
        GradCheck.checkSecond(in -> cube(in[0]), x);
        GradCheck.checkSecond(in -> ownExp(in[0]), x);
        Variable scale = Variable.leaf(Tensor.of(new double[] {1.25}));
        GradCheck.checkSecond(in -> scaled(in[0], in[1]), x, scale);
    }

    @Test
    void aGradientOfTheWrongShapeIsNamed() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2, -3}));
        Variable y = CustomGrad.apply("wrong", in -> in[0].exp(), (dout, _, _) -> new Variable[] {dout.sum()}, x);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertTrue(e.getMessage().contains("wrong") && e.getMessage().contains("input 0")
                && e.getMessage().contains("(2)") && e.getMessage().contains("()"), e.getMessage());
    }

    @Test
    void aGradientOfTheWrongTypeIsNamed() {
        Variable x = Variable.leaf(Tensor.of(new float[] {2, -3}));
        Variable y = CustomGrad.apply("widened", in -> in[0].exp(),
                (dout, _, _) -> new Variable[] {dout.to(DType.F64)}, x);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertTrue(e.getMessage().contains("widened") && e.getMessage().contains("F64")
                && e.getMessage().contains("F32"), e.getMessage());
    }

    @Test
    void aWrongNumberOfGradientsIsNamed() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2, -3}));
        Variable y = CustomGrad.apply("twoForOne", in -> in[0].exp(), (dout, _, _) -> new Variable[] {dout, dout}, x);
        IllegalStateException e = assertThrows(IllegalStateException.class, () -> y.sum().backward());
        assertTrue(e.getMessage().contains("twoForOne") && e.getMessage().contains("2 gradients"), e.getMessage());
    }

    @Test
    void nullMeansNoGradient() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2, -3}));
        Variable w = Variable.leaf(Tensor.of(new double[] {5, 6}));
        CustomGrad.apply("half", in -> in[0].mul(in[1]), (dout, in, _) -> new Variable[] {dout.mul(in[1]), null}, x, w)
                .sum().backward();
        assertArrayEquals(new double[] {5, 6}, x.grad().value().toDoubleArray());
        assertEquals(null, w.grad());
    }

    @Test
    void constantsAndNoGradRecordNothing() {
        Variable c = Variable.constant(Tensor.of(new double[] {2}));
        assertFalse(cube(c).requiresGrad());
        Variable x = Variable.leaf(Tensor.of(new double[] {2}));
        try (var _ = NoGrad.open()) {
            assertFalse(cube(x).requiresGrad());
        }
    }

    @Test
    void aChangeOfWhatItSavedIsNoticed() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2}));
        Variable y = cube(x).sum();
        x.value().fill_(3);
        assertThrows(IllegalStateException.class, y::backward);
    }

    /** (sin x, cos x), each the other's derivative. */
    private static Variable[] circle(Variable x) {
        return CustomGrad.applyAll("circle", in -> new Tensor[] {in[0].sin(), in[0].cos()},
                (douts, _, outs) -> new Variable[] {douts[0].mul(outs[1]).sub(douts[1].mul(outs[0]))}, x);
    }

    @Test
    void severalOutputsShareOneBackward() {
        Variable x = Variable.leaf(Tensor.of(new double[] {0.5, -1.5, 2}));
        GradCheck.checkSecond(in -> circle(in[0])[0].mul(circle(in[0])[1]), x);
        Variable[] both = circle(x);
        assertEquals(both[0].gradFn(), both[1].gradFn());
        GradCheck.checkSecond(in -> {
            Variable[] outs = circle(in[0]);
            return outs[0].mul(outs[1]).add(outs[1]);
        }, x);
        circle(x)[1].sum().backward(); // the other has no gradient
        assertArrayEquals(new double[] {-Math.sin(0.5), -Math.sin(-1.5), -Math.sin(2)},
                x.grad().value().toDoubleArray(), 1e-12);
    }

    @Test
    void itDifferentiatesThreeTimes() {
        Variable[] x = {Variable.leaf(Tensor.of(new double[] {2, -3}))};
        Variable first = Autograd.grad(new Variable[] {cube(x[0]).sum()}, x, true)[0];
        Variable second = Autograd.grad(new Variable[] {first.sum()}, x, true)[0];
        Variable third = Autograd.grad(new Variable[] {second.sum()}, x, true)[0];
        assertArrayEquals(new double[] {12, -18}, second.value().toDoubleArray());
        assertArrayEquals(new double[] {6, 6}, third.value().toDoubleArray());
    }

    @Test
    void itGoesThroughEveryKindOfDerivative() {
        Variable x = Variable.constant(Tensor.of(new double[] {2, -3}));
        Variable v = Variable.constant(Tensor.of(new double[] {1, 10}));
        assertArrayEquals(new double[] {12, 270}, Autograd.jvp(CustomGradTest::cube, x, v).product().value()
                .toDoubleArray());
        assertArrayEquals(new double[] {12, 0, 0, -18},
                Autograd.hessian(in -> cube(in).sum(), x).value().toDoubleArray(), 1e-12);
        assertArrayEquals(new double[] {12, 27}, Autograd.vmap(Autograd.grad(CustomGradTest::cube)).apply(x).value()
                .toDoubleArray());
        assertArrayEquals(new double[] {12, -18},
                Autograd.vmap(Autograd.grad(Autograd.grad(CustomGradTest::cube))).apply(x).value().toDoubleArray());
        Variable[] mapped = Autograd.vmap(in -> circle(in[0]), new int[] {0}, new int[] {0, 0})
                .apply(new Variable[] {x});
        assertArrayEquals(new double[] {Math.cos(2), Math.cos(3)}, mapped[1].value().toDoubleArray());
    }

    @Test
    void aChangeOfAnOutputIsNoticed() {
        Variable x = Variable.leaf(Tensor.of(new double[] {2}));
        Variable y = ownExp(x);
        Variable loss = y.sum();
        y.value().fill_(3);
        assertThrows(IllegalStateException.class, loss::backward);
    }
}
