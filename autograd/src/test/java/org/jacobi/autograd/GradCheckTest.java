package org.jacobi.autograd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jacobi.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The checker itself: right gradients pass, wrong ones are named. */
class GradCheckTest {
    private static final Tensor NUMBERS = Tensor.of(new double[] {0.5, -1.5, 2, 0.25}, 2, 2);

    private static Variable wrongCube(Variable x) {
        return CustomGrad.apply("wrongCube", in -> in[0].pow(3),
                (dout, in, _) -> new Variable[] {dout.mul(in[0]).mul(3)}, x);
    }

    /** The first derivative is right, but written so that the second is lost. */
    private static Variable cubeOnce(Variable x) {
        return CustomGrad.apply("cubeOnce", in -> in[0].pow(3),
                (dout, in, _) -> new Variable[] {dout.mul(in[0].value().square().mul(3))}, x);
    }

    @Test
    void aRightGradientPasses() {
        GradCheck.checkSecond(in -> in[0].matmul(in[1]).tanh(), Variable.leaf(NUMBERS), Variable.leaf(NUMBERS));
    }

    @Test
    void aWrongGradientIsNamed() {
        AssertionError e = assertThrows(AssertionError.class,
                () -> GradCheck.check(in -> wrongCube(in[0]), Variable.leaf(NUMBERS)));
        assertTrue(e.getMessage().contains("input 0") && e.getMessage().contains("element 0"), e.getMessage());
    }

    @Test
    void aWrongSecondGradientIsNamed() {
        GradCheck.check(in -> cubeOnce(in[0]), Variable.leaf(NUMBERS));
        assertThrows(AssertionError.class, () -> GradCheck.checkSecond(in -> cubeOnce(in[0]), Variable.leaf(NUMBERS)));
    }

    @Test
    void aGradientThatDoesNotArriveIsNoticed() {
        assertThrows(AssertionError.class,
                () -> GradCheck.check(in -> in[0].detach().add(in[1]), Variable.leaf(NUMBERS), Variable.leaf(NUMBERS)));
    }

    @Test
    void singlePrecisionIsRefused() {
        assertThrows(IllegalArgumentException.class,
                () -> GradCheck.check(in -> in[0].exp(), Variable.leaf(Tensor.of(new float[] {1}))));
    }

    @Test
    void constantsAmongTheInputsAreLeftAlone() {
        GradCheck.check(in -> in[0].indexSelect(0, in[1].value()), Variable.leaf(NUMBERS),
                Variable.constant(Tensor.of(new long[] {1, 0, 1})));
    }
}
