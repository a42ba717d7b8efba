package org.jacobi.tensor.backend;

import java.util.function.DoubleBinaryOperator;

/**
 * The elementwise functions of two operands, each with its definition in double precision.
 *
 * <p>The {@code _BACKWARD} ones are derivatives times the incoming gradient: the first operand is dout, the second the value
 * that the forward function saved (x, or its own result y where that is cheaper).
 */
public enum BinaryOp {
    ADD(Double::sum), SUB((a, b) -> a - b), MUL((a, b) -> a * b), DIV((a, b) -> a / b),
    /** As in C, 1 to the power of NaN is 1, and so is -1 to an infinite power. */
    POW(SpecialFunctions::pow),
    /** The larger operand; NaN if either is NaN. */
    MAXIMUM(Math::max),
    /** The smaller operand; NaN if either is NaN. */
    MINIMUM(Math::min),
    EQ((a, b) -> a == b ? 1 : 0), NE((a, b) -> a != b ? 1 : 0), LT((a, b) -> a < b ? 1 : 0),
    LE((a, b) -> a <= b ? 1 : 0), GT((a, b) -> a > b ? 1 : 0), GE((a, b) -> a >= b ? 1 : 0),
    LOGICAL_AND((a, b) -> a != 0 && b != 0 ? 1 : 0), LOGICAL_OR((a, b) -> a != 0 || b != 0 ? 1 : 0),
    LOGICAL_XOR((a, b) -> (a != 0) != (b != 0) ? 1 : 0),
    /** dout (1 - y^2), of the saved y = tanh(x). */
    TANH_BACKWARD((dout, y) -> dout * (1 - y * y)),
    /** dout y (1 - y), of the saved y = sigmoid(x). */
    SIGMOID_BACKWARD((dout, y) -> dout * y * (1 - y)),
    /** dout where x > 0, else 0. */
    RELU_BACKWARD((dout, x) -> x > 0 ? dout : 0),
    /** dout (Phi(x) + x phi(x)). */
    GELU_BACKWARD((dout, x) -> dout * SpecialFunctions.geluDerivative(x)),
    GELU_TANH_BACKWARD((dout, x) -> dout * SpecialFunctions.geluTanhDerivative(x)),
    /** dout s (1 + x (1 - s)), with s = sigmoid(x). */
    SILU_BACKWARD((dout, x) -> {
        double s = UnaryOp.SIGMOID.apply(x);
        return dout * s * (1 + x * (1 - s));
    }),
    /** The angle of the point (b, a). */
    ATAN2(StrictMath::atan2),
    HYPOT(StrictMath::hypot),
    /** |a| with the sign of b. */
    COPYSIGN(Math::copySign),
    /** a log b; 0 where a is 0, unless b is NaN. */
    XLOGY((a, b) -> a == 0 && !Double.isNaN(b) ? 0 : a * StrictMath.log(b)),
    /** log(e^a + e^b). */
    LOGADDEXP((a, b) -> a == b && Double.isInfinite(a) ? a
            : Math.max(a, b) + StrictMath.log1p(StrictMath.exp(-Math.abs(a - b)))),
    /** a / b rounded down. */
    FLOOR_DIVIDE(SpecialFunctions::floorDivide),
    /** a / b rounded towards 0. */
    TRUNC_DIVIDE((a, b) -> UnaryOp.TRUNC.apply(a / b)),
    /** a - b floor(a / b): what is left has b's sign, as in Python. */
    REMAINDER((a, b) -> {
        double rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }),
    /** a - b trunc(a / b): what is left has a's sign. */
    FMOD((a, b) -> a % b),
    /** a where a > 0, else a b: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013. */
    LEAKY_RELU((a, b) -> a > 0 ? a : a * b),
    /** a where a > 0, else b (e^a - 1): Clevert, Unterthiner and Hochreiter, "Exponential Linear Units", 2015. */
    ELU((a, b) -> a > 0 ? a : b * StrictMath.expm1(a)),
    /** a where a > 0, else b (e^(a/b) - 1): Barron, "Continuously Differentiable Exponential Linear Units", 2017. */
    CELU((a, b) -> a > 0 ? a : b * StrictMath.expm1(a / b)),
    /** log(1 + e^a), and a itself where a > b. */
    SOFTPLUS((a, b) -> a > b ? a : SpecialFunctions.softplus(a)),
    /** The b-th derivative of digamma at a, for a whole b of at least 1. */
    POLYGAMMA((a, b) -> SpecialFunctions.polygamma((int) b, a)),
    BITWISE_AND((a, b) -> Double.NaN), BITWISE_OR((a, b) -> Double.NaN), BITWISE_XOR((a, b) -> Double.NaN),
    /** a 2^b; 0 where b is negative or shifts everything out. */
    LEFT_SHIFT((a, b) -> Double.NaN),
    /** floor(a / 2^b); the sign alone where b is negative or shifts everything out. */
    RIGHT_SHIFT((a, b) -> Double.NaN);

    private final DoubleBinaryOperator definition;

    BinaryOp(DoubleBinaryOperator definition) {
        this.definition = definition;
    }

    /** Returns the function's value. */
    public double apply(double a, double b) {
        return definition.applyAsDouble(a, b);
    }

    /** Returns the function's value on integers, exact where a double would round. */
    public long apply(long a, long b) {
        return switch (this) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case MAXIMUM -> Math.max(a, b);
            case MINIMUM -> Math.min(a, b);
            case EQ -> a == b ? 1 : 0;
            case NE -> a != b ? 1 : 0;
            case LT -> a < b ? 1 : 0;
            case LE -> a <= b ? 1 : 0;
            case GT -> a > b ? 1 : 0;
            case GE -> a >= b ? 1 : 0;
            case POW -> integerPower(a, b);
            case FLOOR_DIVIDE -> Math.floorDiv(a, b);
            case TRUNC_DIVIDE -> a / b;
            case REMAINDER -> Math.floorMod(a, b);
            case FMOD -> a % b;
            case BITWISE_AND -> a & b;
            case BITWISE_OR -> a | b;
            case BITWISE_XOR -> a ^ b;
            case LEFT_SHIFT -> b < 0 || b >= Long.SIZE ? 0 : a << b;
            case RIGHT_SHIFT -> a >> (b < 0 || b >= Long.SIZE ? Long.SIZE - 1 : b);
            default -> (long) apply((double) a, (double) b);
        };
    }

    /** Returns whether the result is a truth value, whatever the operands' type. */
    public boolean isPredicate() {
        return ordinal() >= EQ.ordinal() && ordinal() <= LOGICAL_XOR.ordinal();
    }

    /** Returns whether the result is a floating-point number, even of two integers. */
    public boolean givesFloats() {
        return switch (this) {
            case DIV, ATAN2, HYPOT, COPYSIGN, XLOGY, LOGADDEXP, LEAKY_RELU, ELU, CELU, SOFTPLUS, POLYGAMMA -> true;
            default -> false;
        };
    }

    /** Returns whether the function divides integers, of which the second must not be 0. */
    public boolean dividesIntegers() {
        return this == FLOOR_DIVIDE || this == TRUNC_DIVIDE || this == REMAINDER || this == FMOD;
    }

    /** Returns whether the function is one of bits, which only integers and some bools have. */
    public boolean isBitwise() {
        return ordinal() >= BITWISE_AND.ordinal();
    }

    /** Returns whether two truth values are valid operands. */
    public boolean takesBools() {
        return !dividesIntegers() && this != SUB && this != POW && this != LEFT_SHIFT && this != RIGHT_SHIFT;
    }

    private static long integerPower(long base, long exponent) {
        if (exponent < 0) {
            throw new IllegalArgumentException("pow: integers to a negative integer power (" + base + " to " + exponent
                    + ") have no integer result; convert the base to a floating-point type");
        }
        long result = 1;
        for (long square = base, e = exponent; e > 0; e >>= 1, square *= square) {
            if ((e & 1) == 1) {
                result *= square;
            }
        }
        return result;
    }
}
