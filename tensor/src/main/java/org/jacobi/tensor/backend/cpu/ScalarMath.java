package org.jacobi.tensor.backend.cpu;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The elementwise functions in single precision, one number at a time.
 *
 * <p>{@link VectorMath} does the same steps in the same order on whole vectors, and both have only operations that IEEE
 * 754 rounds exactly (add, multiply, fused multiply-add, divide, square root, shifts). So the elements of a loop's
 * tail, plain loops and vectors give the same bits, interpreted or compiled, on every machine. The coefficients are
 * minimax fits in the relative error, made for this class; the bounds in the comments were measured over all or many
 * floats.
 */
final class ScalarMath {
    /** 1.5 * 2^23: adding it to a small float leaves the nearest integer in the lower bits. */
    static final float ROUND = 0x1.8p23f;
    static final float LOG2_E = (float) (1 / Math.log(2));
    /** ln 2 in two parts; the first has so few bits that its product with an exponent is exact. */
    static final float LN2_HIGH = 0x1.62ep-1f;
    static final float LN2_LOW = (float) (Math.log(2) - LN2_HIGH);
    static final int MANTISSA_BITS = 23;
    static final int SIGN_BIT = 0x80000000;
    static final int ONE_BITS = Float.floatToRawIntBits(1);
    static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

    /** Above it e^x overflows. */
    static final float EXP_MAX = 0x1.62e42ep6f;
    /** Below it e^x is subnormal; it is taken as 0, which keeps masked softmax rows off the processor's slow path. */
    static final float EXP_MIN = -0x1.5d589ep6f;
    /** (e^r - 1 - r) / r^2 for |r| <= ln 2 / 2. */
    static final float E2 = 4.9999994e-1f;
    static final float E3 = 1.6666521e-1f;
    static final float E4 = 4.166839e-2f;
    static final float E5 = 8.368717e-3f;
    static final float E6 = 1.3814599e-3f;

    /** sqrt1/2, where the significand's range [sqrt1/2, sqrt2) begins, as bits. */
    static final int SQRT_HALF_BITS = 0x3F3504F3;
    static final int MANTISSA_MASK = 0x007FFFFF;
    static final float SUBNORMAL_SCALE = 0x1p23f;
    /** (log(1 + f) - f + f^2/2) / f^3 for sqrt1/2 <= 1 + f < sqrt2. */
    static final float L3 = 3.333333e-1f;
    static final float L4 = -2.500082e-1f;
    static final float L5 = 2.0001227e-1f;
    static final float L6 = -1.6623357e-1f;
    static final float L7 = 1.4201757e-1f;
    static final float L8 = -1.3160183e-1f;
    static final float L9 = 1.2761578e-1f;
    static final float L10 = -7.6344974e-2f;

    /** From here on tanh rounds to 1. */
    static final float TANH_IS_ONE = 10;
    /** From here on erf rounds to 1. */
    static final float ERF_IS_ONE = 4;
    /** -log(1 - erf t) / t for 0 <= t <= 4. */
    static final float R0 = 1.1283792e+0f;
    static final float R1 = 6.366194e-1f;
    static final float R2 = 1.0277783e-1f;
    static final float R3 = -1.9153064e-2f;
    static final float R4 = -1.6039611e-4f;
    static final float R5 = 1.6670275e-3f;
    static final float R6 = -6.328369e-4f;
    static final float R7 = 1.1764128e-4f;
    static final float R8 = -9.256266e-6f;

    /**
     * Phi(-a) e^(a^2/2) as a polynomial of w = 1 / (1 + P a), for a >= 0 (the form of Abramowitz and Stegun 26.2.17).
     */
    static final float P = 0.34f;
    static final float P0 = -5.7699555e-5f;
    static final float P1 = 1.3686636e-1f;
    static final float P2 = 1.2483598e-1f;
    static final float P3 = 1.715584e-1f;
    static final float P4 = -5.683446e-2f;
    static final float P5 = 2.9028141e-1f;
    static final float P6 = -2.1463332e-1f;
    static final float P7 = 4.7983374e-2f;
    static final float INV_SQRT_2_PI = (float) (1 / Math.sqrt(2 * Math.PI));

    /** 2 sqrt(2/pi) and that times 0.044715: GELU's approximation is x sigmoid(x (G1 + G3 x^2)). */
    static final float G1 = (float) (2 * Math.sqrt(2 / Math.PI));
    static final float G3 = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);
    static final float G3_TIMES_3 = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715 * 3);
    /** Where x^2 may be cut off: the sigmoid is 0 or 1 by then, and x^2 must not overflow. */
    static final float GELU_SQUARE_MAX = 256;

    /** From here on a float has no fraction. */
    static final float NO_FRACTION = 0x1p23f;

    private ScalarMath() {
    }

    /** Returns e^x, within 1 ulp; 0 where the exact value is subnormal. */
    static float exp(float x) {
        float t = Math.fma(x, LOG2_E, ROUND);
        float n = t - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(r * r, exponentialTail(r), r) + 1;
        // Multiplying with 2^n: n goes straight into the exponent.
        float y = Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << MANTISSA_BITS));
        if (!(x <= EXP_MAX)) {
            y = x + Float.POSITIVE_INFINITY;
        }
        return x < EXP_MIN ? 0 : y;
    }

    private static float exponentialTail(float r) {
        return Math.fma(Math.fma(Math.fma(Math.fma(E6, r, E5), r, E4), r, E3), r, E2);
    }

    /** Returns e^x - 1 for |x| below 80, accurate near 0 also. */
    static float expm1(float x) {
        float t = Math.fma(x, LOG2_E, ROUND);
        float n = t - ROUND;
        float r = Math.fma(n, -LN2_LOW, Math.fma(n, -LN2_HIGH, x));
        float p = Math.fma(r * r, exponentialTail(r), r);
        float scale = Float.intBitsToFloat((Float.floatToRawIntBits(t) << MANTISSA_BITS) + ONE_BITS);
        return Math.fma(scale, p, scale - 1);
    }

    /** Returns the natural logarithm, within 1 ulp. */
    static float log(float x) {
        boolean subnormal = x < Float.MIN_NORMAL;
        float scaled = subnormal ? x * SUBNORMAL_SCALE : x;
        int bits = Float.floatToRawIntBits(scaled) - SQRT_HALF_BITS;
        float m = Float.intBitsToFloat((bits & MANTISSA_MASK) + SQRT_HALF_BITS);
        float e = Float.intBitsToFloat((bits >> MANTISSA_BITS) + ROUND_BITS) - ROUND;
        e = subnormal ? e - MANTISSA_BITS : e;
        float f = m - 1;
        float z = f * f;
        float p = Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(L10, f, L9), f, L8), f, L7), f, L6), f,
                L5), f, L4), f, L3);
        float y = Math.fma(e, LN2_LOW, z * f * p);
        y = Math.fma(z, -0.5f, y);
        y = Math.fma(e, LN2_HIGH, f + y);
        y = x < Float.POSITIVE_INFINITY ? y : x;
        y = x < 0 ? Float.NaN : y;
        return x == 0 ? Float.NEGATIVE_INFINITY : y;
    }

    /** Returns the hyperbolic tangent, within 3 ulp: (e^2x - 1) / (e^2x + 1). */
    static float tanh(float x) {
        float e = expm1(2 * Math.min(Math.abs(x), TANH_IS_ONE));
        return withSignOf(x, e / (e + 2));
    }

    /** Returns 1 / (1 + e^-x). */
    static float sigmoid(float x) {
        return 1 / (exp(-x) + 1);
    }

    /** Returns x sigmoid(x). */
    static float silu(float x) {
        return x / (exp(-x) + 1);
    }

    /** Returns s + x s (1 - s) with s = sigmoid(x). */
    static float siluDerivative(float x) {
        float e = exp(-x);
        float s = 1 / (e + 1);
        return Math.fma(s * complement(s, e), x, s);
    }

    /** Returns 1 - s of s = 1 / (1 + e): not by that subtraction where s is near 1 and digits would be lost. */
    private static float complement(float s, float e) {
        return e < 1 ? e * s : 1 - s;
    }

    /** Returns the error function, within 3 ulp. */
    static float erf(float x) {
        float t = Math.min(Math.abs(x), ERF_IS_ONE);
        float h = Math
                .fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(R8, t, R7), t, R6), t, R5), t, R4),
                        t, R3), t, R2), t, R1), t, R0);
        return withSignOf(x, -expm1(-(t * h)));
    }

    /** Returns Phi(x), of which e^(-x^2/2) is given: the normal distribution's share below x. */
    private static float normal(float x, float density) {
        float w = 1 / Math.fma(Math.abs(x), P, 1);
        float q = Math
                .fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(P7, w, P6), w, P5), w, P4), w, P3), w, P2),
                        w, P1), w, P0);
        float tail = density * q;
        return x > 0 ? 1 - tail : tail;
    }

    /** Returns x Phi(x). */
    static float gelu(float x) {
        return x * normal(x, exp(x * x * -0.5f));
    }

    /** Returns Phi(x) + x phi(x). */
    static float geluDerivative(float x) {
        float density = exp(x * x * -0.5f);
        return Math.fma(x * INV_SQRT_2_PI, density, normal(x, density));
    }

    /** Returns 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), as x sigmoid(2 sqrt(2/pi) (x + 0.044715 x^3)). */
    static float geluTanh(float x) {
        float square = Math.min(x * x, GELU_SQUARE_MAX);
        return x / (exp(-(x * Math.fma(square, G3, G1))) + 1);
    }

    /** Returns the derivative of {@link #geluTanh}. */
    static float geluTanhDerivative(float x) {
        float square = Math.min(x * x, GELU_SQUARE_MAX);
        float e = exp(-(x * Math.fma(square, G3, G1)));
        float s = 1 / (e + 1);
        return Math.fma(s * complement(s, e) * x, Math.fma(square, G3_TIMES_3, G1), s);
    }

    /** Returns the nearest integer, halves to even. */
    static float round(float x) {
        float a = Math.abs(x);
        return withSignOf(x, a < NO_FRACTION ? a + NO_FRACTION - NO_FRACTION : a);
    }

    static float floor(float x) {
        float r = round(x);
        return r > x ? r - 1 : r;
    }

    static float ceil(float x) {
        float r = round(x);
        return withSignOf(x, Math.abs(r < x ? r + 1 : r));
    }

    /** Returns a number that is not negative with the sign of another. */
    private static float withSignOf(float x, float magnitude) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) | Float.floatToRawIntBits(x) & SIGN_BIT);
    }

    /** Returns op(x); predicates give 0 or 1. */
    static float unary(UnaryOp op, float x) {
        return switch (op) {
            case NEG -> -x;
            case ABS -> Math.abs(x);
            case SIGN -> Math.signum(x);
            case EXP -> exp(x);
            case LOG -> log(x);
            case SQRT -> (float) Math.sqrt(x);
            case RSQRT -> 1 / (float) Math.sqrt(x);
            case RECIPROCAL -> 1 / x;
            case SQUARE -> x * x;
            case SIN -> (float) StrictMath.sin(x);
            case COS -> (float) StrictMath.cos(x);
            case TANH -> tanh(x);
            case ERF -> erf(x);
            case FLOOR -> floor(x);
            case CEIL -> ceil(x);
            case ROUND -> round(x);
            case LOGICAL_NOT -> x == 0 ? 1 : 0;
            case IS_NAN -> Float.isNaN(x) ? 1 : 0;
            case SIGMOID -> sigmoid(x);
            case RELU -> x < 0 ? 0 : x;
            case GELU -> gelu(x);
            case GELU_TANH -> geluTanh(x);
            case SILU -> silu(x);
            default -> (float) op.apply((double) x);
        };
    }

    /** Returns op(a, b, c). */
    static float ternary(TernaryOp op, float a, float b, float c) {
        return switch (op) {
            case CLAMP -> Math.min(Math.max(a, b), c);
            case LERP -> Math.abs(c) < 0.5f ? Math.fma(c, b - a, a) : b - (b - a) * (1 - c);
            case ADDCMUL -> Math.fma(b, c, a);
            case ADDCDIV -> a + b / c;
        };
    }

    /** Returns op(a, b); predicates give 0 or 1. */
    static float binary(BinaryOp op, float a, float b) {
        return switch (op) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> (float) StrictMath.pow(a, b);
            case MAXIMUM -> Math.max(a, b);
            case MINIMUM -> Math.min(a, b);
            case EQ -> a == b ? 1 : 0;
            case NE -> a != b ? 1 : 0;
            case LT -> a < b ? 1 : 0;
            case LE -> a <= b ? 1 : 0;
            case GT -> a > b ? 1 : 0;
            case GE -> a >= b ? 1 : 0;
            case LOGICAL_AND -> a != 0 && b != 0 ? 1 : 0;
            case LOGICAL_OR -> a != 0 || b != 0 ? 1 : 0;
            case LOGICAL_XOR -> a != 0 ^ b != 0 ? 1 : 0;
            case TANH_BACKWARD -> a * Math.fma(-b, b, 1);
            case SIGMOID_BACKWARD -> a * b * (1 - b);
            case RELU_BACKWARD -> b > 0 ? a : 0;
            case GELU_BACKWARD -> a * geluDerivative(b);
            case GELU_TANH_BACKWARD -> a * geluTanhDerivative(b);
            case SILU_BACKWARD -> a * siluDerivative(b);
            case TRUNC_DIVIDE -> (float) UnaryOp.TRUNC.apply(a / b);
            default -> (float) op.apply((double) a, (double) b);
        };
    }
}
