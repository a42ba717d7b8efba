package org.jacobi.tensor.backend;

import java.util.function.DoubleUnaryOperator;

/** The elementwise functions of one operand, each with its definition in double precision. */
public enum UnaryOp {
    NEG(x -> -x), ABS(Math::abs), SIGN(Math::signum),
    EXP(Math::exp), LOG(Math::log), SQRT(Math::sqrt), RSQRT(x -> 1 / Math.sqrt(x)), RECIPROCAL(x -> 1 / x),
    SQUARE(x -> x * x), SIN(Math::sin), COS(Math::cos), TANH(Math::tanh), ERF(SpecialFunctions::erf),
    FLOOR(Math::floor), CEIL(Math::ceil), ROUND(Math::rint),
    LOGICAL_NOT(x -> x == 0 ? 1 : 0), IS_NAN(x -> Double.isNaN(x) ? 1 : 0),
    /** 1 / (1 + e^-x). */
    SIGMOID(x -> 1 / (1 + Math.exp(-x))),
    /** max(x, 0); NaN stays NaN. */
    RELU(x -> x < 0 ? 0 : x),
    /** x Phi(x), with the normal distribution's Phi: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016. */
    GELU(x -> 0.5 * x * (1 + SpecialFunctions.erf(x * SpecialFunctions.SQRT_HALF))),
    /** The paper's approximation 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), which GPT-2 uses. */
    GELU_TANH(x -> 0.5 * x * (1 + Math.tanh(SpecialFunctions.SQRT_2_OVER_PI * (x + 0.044715 * x * x * x)))),
    /** x sigmoid(x): Elfwing, Uchibe and Doya, 2017. */
    SILU(x -> x / (1 + Math.exp(-x)));

    private final DoubleUnaryOperator definition;

    UnaryOp(DoubleUnaryOperator definition) {
        this.definition = definition;
    }

    /** Returns the function's value at x. */
    public double apply(double x) {
        return definition.applyAsDouble(x);
    }

    /** Returns whether the result is a truth value, whatever the operand's type. */
    public boolean isPredicate() {
        return this == LOGICAL_NOT || this == IS_NAN;
    }

    /** Returns whether the function maps integers to integers; the others compute integers in f32. */
    public boolean keepsIntegers() {
        return this == NEG || this == ABS || this == SIGN || this == SQUARE || this == RELU || this == FLOOR
                || this == CEIL || this == ROUND;
    }
}
