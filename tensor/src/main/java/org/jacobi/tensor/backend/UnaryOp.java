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
    SILU(x -> x / (1 + Math.exp(-x))),
    TAN(StrictMath::tan), ASIN(StrictMath::asin), ACOS(StrictMath::acos), ATAN(StrictMath::atan),
    SINH(StrictMath::sinh), COSH(StrictMath::cosh),
    ASINH(SpecialFunctions::asinh), ACOSH(SpecialFunctions::acosh), ATANH(SpecialFunctions::atanh),
    LOG2(SpecialFunctions::log2), LOG10(StrictMath::log10), LOG1P(StrictMath::log1p), EXPM1(StrictMath::expm1),
    EXP2(x -> StrictMath.pow(2, x)),
    /** 1 - erf(x), with all digits where erf is almost 1. */
    ERFC(SpecialFunctions::erfc),
    /** The inverse of erf; infinite at -1 and 1, NaN beyond. */
    ERFINV(SpecialFunctions::erfinv),
    /** log |Gamma(x)|; infinite at 0, -1, -2 ... */
    LGAMMA(SpecialFunctions::lgamma),
    /** The derivative of LGAMMA. */
    DIGAMMA(SpecialFunctions::digamma),
    /** The integer next to x towards 0. */
    TRUNC(x -> x < 0 ? Math.ceil(x) : Math.floor(x)),
    /** x - trunc(x). */
    FRAC(x -> x - (x < 0 ? Math.ceil(x) : Math.floor(x))),
    IS_INF(x -> Double.isInfinite(x) ? 1 : 0), IS_FINITE(x -> Double.isFinite(x) ? 1 : 0),
    IS_POS_INF(x -> x == Double.POSITIVE_INFINITY ? 1 : 0), IS_NEG_INF(x -> x == Double.NEGATIVE_INFINITY ? 1 : 0),
    /** Whether the sign bit is set, which -0 and some NaN have. */
    SIGNBIT(x -> Double.doubleToRawLongBits(x) < 0 ? 1 : 0),
    /** log sigmoid(x) = min(x, 0) - log(1 + e^-|x|). */
    LOG_SIGMOID(x -> Math.min(x, 0) - StrictMath.log1p(StrictMath.exp(-Math.abs(x)))),
    /** x tanh(log(1 + e^x)): Misra, "Mish", 2019. */
    MISH(x -> x * StrictMath.tanh(SpecialFunctions.softplus(x))),
    /** scale (x where x > 0, else alpha (e^x - 1)): Klambauer et al., "Self-Normalizing Neural Networks", 2017. */
    SELU(x -> SpecialFunctions.SELU_SCALE * (x > 0 ? x : SpecialFunctions.SELU_ALPHA * StrictMath.expm1(x))),
    /** min(max(x + 3, 0), 6) / 6. */
    HARDSIGMOID(x -> Math.min(Math.max(x + 3, 0), 6) / 6),
    /** x hardsigmoid(x): Howard et al., "Searching for MobileNetV3", 2019. */
    HARDSWISH(x -> x * Math.min(Math.max(x + 3, 0), 6) / 6),
    /** The integer with all bits flipped; not of a bool. */
    BITWISE_NOT(x -> Double.NaN);

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
        return switch (this) {
            case LOGICAL_NOT, IS_NAN, IS_INF, IS_FINITE, IS_POS_INF, IS_NEG_INF, SIGNBIT -> true;
            default -> false;
        };
    }

    /** Returns whether the function maps integers to integers; the others compute integers in f32. */
    public boolean keepsIntegers() {
        return switch (this) {
            case NEG, ABS, SIGN, SQUARE, RELU, FLOOR, CEIL, ROUND, TRUNC, BITWISE_NOT -> true;
            default -> false;
        };
    }

    /** Returns the function's value at an integer, exact where a double would round. */
    public long apply(long x) {
        return switch (this) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Long.signum(x);
            case SQUARE -> x * x;
            case RELU -> Math.max(x, 0);
            case FLOOR, CEIL, ROUND, TRUNC -> x;
            case LOGICAL_NOT -> x == 0 ? 1 : 0;
            case IS_NAN, IS_INF, IS_POS_INF, IS_NEG_INF -> 0;
            case IS_FINITE -> 1;
            case SIGNBIT -> x < 0 ? 1 : 0;
            case BITWISE_NOT -> ~x;
            default -> throw new IllegalArgumentException(
                    this + ": is not defined for integers; convert with to(DType.F32)");
        };
    }
}
