package org.jacobi.tensor.backend;

import java.util.function.DoubleBinaryOperator;

/**
 * The elementwise functions of two operands, each with its definition in double precision.
 *
 * <p>The {@code _BACKWARD} ones are derivatives times the incoming gradient: the first operand is dout, the second the value
 * that the forward function saved (x, or its own result y where that is cheaper).
 */
public enum BinaryOp {
    ADD(Double::sum), SUB((a, b) -> a - b), MUL((a, b) -> a * b), DIV((a, b) -> a / b), POW(Math::pow),
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
    });

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
            default -> (long) apply((double) a, (double) b);
        };
    }

    /** Returns whether the result is a truth value, whatever the operands' type. */
    public boolean isPredicate() {
        return ordinal() >= EQ.ordinal() && ordinal() <= LOGICAL_XOR.ordinal();
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
