package org.jacobi.tensor.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.DoubleUnaryOperator;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.UnaryOp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How far the functions in single precision are from their definitions in double precision. */
class ScalarMathTest {
    @FunctionalInterface
    private interface Function {
        float apply(float x);
    }

    /** Goes over floats from one to another, about 40,000 a power of ten, and returns the largest error in ulps. */
    private static double worstUlps(Function function, DoubleUnaryOperator exact, float from, float to) {
        double worst = 0;
        for (float x = from; x < to; x = Math.nextUp(x) + Math.abs(x) * 6e-5f) {
            double want = exact.applyAsDouble(x);
            worst = Math.max(worst, Math.abs(function.apply(x) - want) / Math.ulp((float) want));
        }
        return worst;
    }

    /** The same for functions that cross zero or fade out where no digits are promised: |error| / max(1, |y|). */
    private static double worstError(Function function, DoubleUnaryOperator exact, float from, float to) {
        double worst = 0;
        for (float x = from; x < to; x = Math.nextUp(x) + Math.abs(x) * 6e-5f) {
            double want = exact.applyAsDouble(x);
            worst = Math.max(worst, Math.abs(function.apply(x) - want) / Math.max(1, Math.abs(want)));
        }
        return worst;
    }

    private static void assertUlps(double limit, UnaryOp op, float from, float to) {
        double worst = worstUlps(x -> ScalarMath.unary(op, x), op::apply, from, to);
        assertTrue(worst <= limit, op + " is " + worst + " ulp off between " + from + " and " + to);
    }

    private static void assertErrors(double limit, Function function, DoubleUnaryOperator exact, String name) {
        double worst = worstError(function, exact, -30, 30);
        assertTrue(worst <= limit, name + " is off by " + worst);
    }

    @Test
    void exponentialAndLogarithmAreWithinAboutOneUlp() {
        assertUlps(1.05, UnaryOp.EXP, -87.3f, 88.72f);
        assertUlps(1.05, UnaryOp.LOG, Float.MIN_VALUE, Float.MAX_VALUE / 2);
    }

    @Test
    void sinesAreWithinTwoUlpUpToWhereTheyAreReduced() {
        // Beside the zeros, too: the floats nearest to multiples of pi/2 are among these.
        for (UnaryOp op : new UnaryOp[] {UnaryOp.SIN, UnaryOp.COS}) {
            assertUlps(2, op, 1e-30f, 1.1e5f);
            assertUlps(2, op, -1.1e5f, -1e-30f);
            double worst = 0;
            for (int quarter = 1; quarter < 63_000; quarter++) {
                float x = (float) (quarter * (Math.PI / 2));
                for (float near : new float[] {Math.nextDown(x), x, Math.nextUp(x)}) {
                    double want = op == UnaryOp.SIN ? StrictMath.sin(near) : StrictMath.cos(near);
                    worst = Math.max(worst, Math.abs(ScalarMath.unary(op, near) - want) / Math.ulp((float) want));
                }
            }
            assertTrue(worst <= 2, op + " is " + worst + " ulp off near its zeros");
        }
    }

    @Test
    void logarithmsAndPowersAreWithinAFewUlp() {
        assertUlps(2, UnaryOp.LOG2, Float.MIN_VALUE, Float.MAX_VALUE / 2);
        assertUlps(2, UnaryOp.LOG10, Float.MIN_VALUE, Float.MAX_VALUE / 2);
        assertUlps(2.5, UnaryOp.LOG1P, 1e-30f, 1e30f);
        assertUlps(2.5, UnaryOp.LOG1P, -0.999999f, -1e-30f);
        assertUlps(2, UnaryOp.EXPM1, 1e-30f, 88.7f);
        assertUlps(2, UnaryOp.EXPM1, -100, -1e-30f);
        assertUlps(1.5, UnaryOp.EXP2, -125.9f, 127.9f);
        assertUlps(4, UnaryOp.LOG_SIGMOID, -80, 15);
        assertUlps(4.5, UnaryOp.MISH, -80, 80);
        for (int e = -149; e < 128; e++) {
            assertEquals(e, ScalarMath.log2(Math.scalb(1f, e)));
            assertEquals(e < -126 ? 0 : Math.scalb(1f, e), ScalarMath.exp2(e));
        }
    }

    @Test
    void powIsTheNearestFloatNearlyAlways() {
        Random random = new Random(3);
        for (int i = 0; i < 1_000_000; i++) {
            float a = i % 2 == 0 ? random.nextFloat(0.5f, 2)
                    : Math.scalb(random.nextFloat(0.5f, 1), random.nextInt(-148, 128));
            // So that the result is a float, mostly: also a subnormal one.
            float b = (float) (random.nextDouble(-149, 128) / (Math.log(a) / Math.log(2)));
            double want = StrictMath.pow(a, b);
            float have = ScalarMath.pow(a, b);
            if (want > Float.MAX_VALUE) {
                assertTrue(have >= Float.MAX_VALUE, a + " to " + b + " is " + have + ", expected " + want);
            } else {
                assertEquals(want, have, 0.51 * Math.ulp((float) want), a + " to " + b);
            }
        }
        for (int b = -150; b <= 128; b++) {
            assertEquals((float) Math.pow(2, b), ScalarMath.pow(2, b));
            assertEquals((float) Math.pow(-2, b), ScalarMath.pow(-2, b));
        }
        assertEquals(1, ScalarMath.pow(1, Float.NaN));
        assertEquals(1, ScalarMath.pow(-1, Float.NEGATIVE_INFINITY));
        assertEquals(Float.NEGATIVE_INFINITY, ScalarMath.pow(-0f, -3));
        assertEquals(0f, ScalarMath.pow(-0f, 0.5f));
        assertEquals(-1, ScalarMath.pow(-1, (1 << 24) - 1));
        assertTrue(Float.isNaN(ScalarMath.pow(-2, 0.5f)));
        assertTrue(Float.isNaN(ScalarMath.pow(-1, Float.NaN)));
    }

    @Test
    void sineKeepsTheSignOfZero() {
        assertEquals(-0f, ScalarMath.sin(-0f));
        assertEquals(0f, ScalarMath.sin(0f));
    }

    @Test
    void tanhErfAndSigmoidAreWithinAFewUlp() {
        assertUlps(3, UnaryOp.TANH, 1e-30f, 20);
        assertUlps(3, UnaryOp.TANH, -20, -1e-30f);
        assertUlps(3.2, UnaryOp.ERF, 1e-30f, 6);
        assertUlps(3.2, UnaryOp.ERF, -6, -1e-30f);
        assertUlps(3, UnaryOp.SIGMOID, -80, 80);
        assertUlps(3.5, UnaryOp.SILU, -80, 80);
    }

    @Test
    void activationsAndTheirDerivativesAreRightToSevenDigits() {
        assertErrors(2e-7, ScalarMath::gelu, UnaryOp.GELU::apply, "gelu");
        assertErrors(2e-7, ScalarMath::geluTanh, UnaryOp.GELU_TANH::apply, "geluTanh");
        assertErrors(3e-7, ScalarMath::geluDerivative, x -> BinaryOp.GELU_BACKWARD.apply(1, x), "gelu's derivative");
        assertErrors(3e-7, ScalarMath::geluTanhDerivative, x -> BinaryOp.GELU_TANH_BACKWARD.apply(1, x),
                "geluTanh's derivative");
        assertErrors(3e-7, ScalarMath::siluDerivative, x -> BinaryOp.SILU_BACKWARD.apply(1, x), "silu's derivative");
    }

    /** GELU's negative tail keeps its digits: x (1 + erf) / 2 as it stands would have none of them at -5. */
    @Test
    void geluIsAccurateInItsTail() {
        double worst = worstUlps(ScalarMath::gelu, x -> x * 0.5 * erfc(-x * Math.sqrt(0.5)), -9, -1);
        assertTrue(worst < 150, "gelu is " + worst + " ulp off");
    }

    /** erfc(z) for z ≥ 0.7 by Lentz's continued fraction, which does not cancel as 1 - erf does. */
    private static double erfc(double z) {
        double fraction = z;
        for (int k = 400; k >= 1; k--) {
            fraction = z + k / 2.0 / fraction;
        }
        return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
    }

    @Test
    void exponentialSaturates() {
        assertEquals(Float.POSITIVE_INFINITY, ScalarMath.exp(88.73f));
        assertEquals(Float.POSITIVE_INFINITY, ScalarMath.exp(Float.POSITIVE_INFINITY));
        assertEquals(0, ScalarMath.exp(-87.4f));
        assertEquals(0, ScalarMath.exp(Float.NEGATIVE_INFINITY));
        assertEquals(1, ScalarMath.exp(0));
        assertTrue(Float.isNaN(ScalarMath.exp(Float.NaN)));
        assertTrue(ScalarMath.exp(88.72283f) < Float.POSITIVE_INFINITY);
        assertTrue(ScalarMath.exp(-87.33654f) >= Float.MIN_NORMAL);
    }

    /** Special values: exactly those of the definition in double precision, signs of zeros included. */
    @ParameterizedTest
    @EnumSource(UnaryOp.class)
    void specialValuesAreTheDefinitions(UnaryOp op) {
        for (float x : Floats.SPECIAL) {
            float want = (float) op.apply(x);
            float have = ScalarMath.unary(op, x);
            String what = op + "(" + x + ")";
            if (Float.isNaN(want) || Float.isInfinite(want) || want == 0) {
                boolean flushed = Math.abs(have) < Float.MIN_NORMAL && want == 0;
                assertTrue(Float.compare(want, have) == 0 || flushed, what + " is " + have + ", expected " + want);
            } else if (Math.abs(want) < Float.MIN_NORMAL) {
                assertTrue(Math.abs(have) <= Float.MIN_NORMAL, what + " is " + have + ", expected " + want);
            } else {
                assertEquals(want, have, 2e-6 * Math.max(Math.abs(want), 1e-3), what);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(BinaryOp.class)
    void specialValuesOfTwoOperandsAreTheDefinitions(BinaryOp op) {
        for (float a : Floats.SPECIAL) {
            for (float b : Floats.SPECIAL) {
                if (outOfRange(op, a, b)) {
                    continue;
                }
                double exact = op.apply(a, b);
                float have = ScalarMath.binary(op, a, b);
                String what = op + "(" + a + ", " + b + ") is " + have + ", expected " + exact;
                if (Double.isNaN(exact) || Double.isInfinite(exact)) {
                    assertEquals(Float.floatToIntBits((float) exact), Float.floatToIntBits(have), what);
                } else if (Math.abs(exact) > Float.MAX_VALUE / 4) {
                    // Near the largest float an intermediate result may overflow.
                    assertTrue(have == Math.signum(exact) * Float.POSITIVE_INFINITY
                            || Math.abs(have - exact) <= 1e-6 * Math.abs(exact), what);
                } else {
                    assertTrue(Math.abs(have - exact) <= 1e-6 * Math.max(Math.abs(exact), scale(op, a)), what);
                }
            }
        }
    }

    /** Saved results of tanh and sigmoid lie within ±1; an infinite gradient times a derivative that a float has no more. */
    private static boolean outOfRange(BinaryOp op, float a, float b) {
        return (op == BinaryOp.TANH_BACKWARD || op == BinaryOp.SIGMOID_BACKWARD) && Math.abs(b) > 1
                || op.name().endsWith("_BACKWARD") && Float.isInfinite(a) && b < -80;
    }

    /** What a result near zero is measured by: a derivative's rounding error grows with the gradient it is multiplied with. */
    private static double scale(BinaryOp op, float a) {
        return op.name().endsWith("_BACKWARD") && Float.isFinite(a) ? Math.max(1e-3, Math.abs(a))
                : Float.MIN_NORMAL * 1e6;
    }
}
