package org.jacobi.tensor.backend.cpu;

import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.SpecialFunctions;
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

    static final float LN2 = (float) Math.log(2);
    /** Above it 2^x overflows. */
    static final float EXP2_MAX = 0x1.fffffep6f;
    /** Below it 2^x is subnormal; it is taken as 0, like e^x. */
    static final float EXP2_MIN = -126;
    static final float LOG10_E = (float) (1 / Math.log(10));
    /** log10 2 in two parts; the first has so few bits that its product with an exponent is exact. */
    static final float LOG10_2_HIGH = 0x1.344p-2f;
    static final float LOG10_2_LOW = (float) (Math.log10(2) - LOG10_2_HIGH);
    /** Where e^x - 1 is e^x to the last bit, or -1 when negative. */
    static final float EXPM1_MAX = 80;

    /** Up to here sine and cosine are reduced in f32; beyond, in more digits. */
    static final float SINE_MAX = 1e5f;
    static final float TWO_OVER_PI = (float) (2 / Math.PI);
    /** pi/2 in three parts of 24 bits. */
    static final float HALF_PI_1 = 0x1.921fb6p0f;
    static final float HALF_PI_2 = -0x1.777a5cp-25f;
    static final float HALF_PI_3 = -0x1.ee59dap-50f;
    /** (sin r - r) / r^3 for |r| <= pi/4, in powers of r^2. */
    static final float S1 = -1.6666655e-1f;
    static final float S2 = 8.33216e-3f;
    static final float S3 = -1.9515201e-4f;
    /** (cos r - 1 + r^2/2) / r^4 for |r| <= pi/4, in powers of r^2. */
    static final float C1 = 4.1666646e-2f;
    static final float C2 = -1.3887316e-3f;
    static final float C3 = 2.4433153e-5f;

    static final float SELU_SCALE = (float) SpecialFunctions.SELU_SCALE;
    static final float SELU_ALPHA = (float) SpecialFunctions.SELU_ALPHA;
    /** From here on mish is x to the last bit. */
    static final float MISH_MAX = 20;
    /** Quotients below it have whole parts that are at most one off when rounded. */
    static final float QUOTIENT_MAX = 0x1p22f;

    /** sqrt1/2, where the significand's range [sqrt1/2, sqrt2) begins, as bits of a double. */
    static final long WIDE_SQRT_HALF_BITS = Double.doubleToRawLongBits(Math.sqrt(0.5));
    static final int WIDE_MANTISSA_BITS = 52;
    static final long WIDE_MANTISSA_MASK = (1L << WIDE_MANTISSA_BITS) - 1;
    /** 1.5 * 2^52: adding it to a small double leaves the nearest integer in the lower bits. */
    static final double WIDE_ROUND = 0x1.8p52;
    static final long WIDE_ROUND_BITS = Double.doubleToRawLongBits(WIDE_ROUND);
    /** From here on a double has no fraction. */
    static final double WIDE_NO_FRACTION = 0x1p52;
    /** Powers of two are 0 and infinite in f32 well before minus this and this. */
    static final double POW_MAX = 200;
    /** log2 of (1 + s) / (1 - s), over s, in powers of s^2: 2 / (ln 2 (2 k + 1)); for |s| below 0.172 within 1e-13. */
    static final double Q0 = 2 / Math.log(2);
    static final double Q1 = Q0 / 3;
    static final double Q2 = Q0 / 5;
    static final double Q3 = Q0 / 7;
    static final double Q4 = Q0 / 9;
    static final double Q5 = Q0 / 11;
    static final double Q6 = Q0 / 13;
    static final double Q7 = Q0 / 15;
    /** 2^r, in powers of r: (ln 2)^k / k!; for |r| up to 1/2 within 1e-11. */
    static final double T1 = Math.log(2);
    static final double T2 = T1 * T1 / 2;
    static final double T3 = T2 * T1 / 3;
    static final double T4 = T3 * T1 / 4;
    static final double T5 = T4 * T1 / 5;
    static final double T6 = T5 * T1 / 6;
    static final double T7 = T6 * T1 / 7;
    static final double T8 = T7 * T1 / 8;
    static final double T9 = T8 * T1 / 9;

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

    /** Returns e^x - 1 for any x. */
    static float wholeExpm1(float x) {
        float y = expm1(Math.min(Math.max(x, -EXPM1_MAX), EXPM1_MAX));
        return x > EXPM1_MAX ? exp(x) : y;
    }

    /** Returns 2^x, within 1 ulp; 0 where the exact value is subnormal. */
    static float exp2(float x) {
        float t = x + ROUND;
        float r = (x - (t - ROUND)) * LN2;
        float p = Math.fma(r * r, exponentialTail(r), r) + 1;
        float y = Float.intBitsToFloat(Float.floatToRawIntBits(p) + (Float.floatToRawIntBits(t) << MANTISSA_BITS));
        if (!(x <= EXP2_MAX)) {
            y = x + Float.POSITIVE_INFINITY;
        }
        return x < EXP2_MIN ? 0 : y;
    }

    /** Returns log(1 + x), within 2 ulp: log(u) of the rounded u = 1 + x, and what was rounded off. */
    static float log1p(float x) {
        float u = x + 1;
        float lost = (x - (u - 1)) / u;
        float y = log(u) + lost;
        y = x < Float.POSITIVE_INFINITY ? y : x;
        y = x < -1 ? Float.NaN : y;
        return x == -1 ? Float.NEGATIVE_INFINITY : y;
    }

    /** Returns the logarithm of a number's significand; {@link #exponent} has the rest. */
    private static float logOfSignificand(float x) {
        float m = Float.intBitsToFloat((scaledBits(x) & MANTISSA_MASK) + SQRT_HALF_BITS);
        float f = m - 1;
        float z = f * f;
        float p = Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(Math.fma(L10, f, L9), f, L8), f, L7), f, L6), f,
                L5), f, L4), f, L3);
        return f + Math.fma(z, -0.5f, z * f * p);
    }

    private static float exponent(float x) {
        float e = Float.intBitsToFloat((scaledBits(x) >> MANTISSA_BITS) + ROUND_BITS) - ROUND;
        return x < Float.MIN_NORMAL ? e - MANTISSA_BITS : e;
    }

    private static int scaledBits(float x) {
        return Float.floatToRawIntBits(x < Float.MIN_NORMAL ? x * SUBNORMAL_SCALE : x) - SQRT_HALF_BITS;
    }

    /** Returns what a logarithm is outside its range. */
    private static float orSpecial(float x, float log) {
        float y = x < Float.POSITIVE_INFINITY ? log : x;
        y = x < 0 ? Float.NaN : y;
        return x == 0 ? Float.NEGATIVE_INFINITY : y;
    }

    /** Returns the logarithm to base 2, exact for powers of 2. */
    static float log2(float x) {
        return orSpecial(x, Math.fma(logOfSignificand(x), LOG2_E, exponent(x)));
    }

    /** Returns the logarithm to base 10. */
    static float log10(float x) {
        float e = exponent(x);
        float low = Math.fma(e, LOG10_2_LOW, logOfSignificand(x) * LOG10_E);
        return orSpecial(x, Math.fma(e, LOG10_2_HIGH, low));
    }

    static float sin(float x) {
        return Math.abs(x) > SINE_MAX ? (float) StrictMath.sin(x) : sine(x, 0);
    }

    static float cos(float x) {
        return Math.abs(x) > SINE_MAX ? (float) StrictMath.cos(x) : sine(x, 1);
    }

    /** Returns sin(x + quarters pi/2) for |x| up to SINE_MAX: the number of quarter turns in x tells the sign, and which series. */
    private static float sine(float x, int quarters) {
        float t = Math.fma(x, TWO_OVER_PI, ROUND);
        float n = t - ROUND;
        float r = Math.fma(n, -HALF_PI_3, Math.fma(n, -HALF_PI_2, Math.fma(n, -HALF_PI_1, x)));
        float z = r * r;
        float sine = x == 0 ? x : Math.fma(z * r, Math.fma(Math.fma(S3, z, S2), z, S1), r); // -0 stays
        float cosine = Math.fma(z * z, Math.fma(Math.fma(C3, z, C2), z, C1), Math.fma(z, -0.5f, 1));
        int turns = Float.floatToRawIntBits(t) + quarters;
        float y = (turns & 1) == 0 ? sine : cosine;
        return Float.intBitsToFloat(Float.floatToRawIntBits(y) ^ (turns & 2) << 30);
    }

    /**
     * Returns 2^(b log2 a), in double precision, since log2 a needs as many more digits than the result as the exponent
     * has; so the result is nearly always the float next to the exact one.
     */
    static float pow(float a, float b) {
        double x = Math.abs((double) a);
        double exponent = Math.abs((double) b);
        long bits = Double.doubleToRawLongBits(x) - WIDE_SQRT_HALF_BITS;
        double m = Double.longBitsToDouble((bits & WIDE_MANTISSA_MASK) + WIDE_SQRT_HALF_BITS);
        double e = Double.longBitsToDouble((bits >> WIDE_MANTISSA_BITS) + WIDE_ROUND_BITS) - WIDE_ROUND;
        double s = (m - 1) / (m + 1);
        double z = s * s;
        double q = Math.fma(z, Math.fma(z, Math.fma(z, Math.fma(z, Math.fma(z, Math.fma(z, Math.fma(z, Q7, Q6), Q5),
                Q4), Q3), Q2), Q1), Q0);
        double log = x < Double.POSITIVE_INFINITY ? Math.fma(s, q, e) : x;
        log = x == 0 ? Double.NEGATIVE_INFINITY : log;
        double power = Math.min(Math.max(b * log, -POW_MAX), POW_MAX);
        double t = power + WIDE_ROUND;
        double r = power - (t - WIDE_ROUND);
        double p = Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r, Math.fma(r,
                Math.fma(r, T9, T8), T7), T6), T5), T4), T3), T2), T1), 1);
        double y = Double.longBitsToDouble(
                Double.doubleToRawLongBits(p) + (Double.doubleToRawLongBits(t) << WIDE_MANTISSA_BITS));
        // 0 times infinity above, and what C says of 1 to the power of NaN.
        y = b == 0 || a == 1 || x == 1 && exponent == Double.POSITIVE_INFINITY ? 1 : y;
        boolean whole = exponent + WIDE_NO_FRACTION - WIDE_NO_FRACTION == exponent;
        double half = exponent * 0.5;
        boolean odd = whole && half + WIDE_NO_FRACTION - WIDE_NO_FRACTION != half;
        y = odd && Double.doubleToRawLongBits(a) < 0 ? -y : y;
        return (float) (a < 0 && x < Double.POSITIVE_INFINITY && !whole ? Double.NaN : y);
    }

    static float trunc(float x) {
        return withSignOf(x, floor(Math.abs(x)));
    }

    static float elu(float x, float alpha) {
        return x > 0 ? x : alpha * expm1(Math.min(Math.max(x, -EXPM1_MAX), 0));
    }

    static float selu(float x) {
        return SELU_SCALE * elu(x, SELU_ALPHA);
    }

    /** Returns log(1 + e^x). */
    static float softplus(float x) {
        return Math.max(x, 0) + log1p(exp(-Math.abs(x)));
    }

    static float logSigmoid(float x) {
        return Math.min(x, 0) - log1p(exp(-Math.abs(x)));
    }

    /** Returns x tanh(log(1 + e^x)), which is x n / (n + 2) with n = e^x (e^x + 2). */
    static float mish(float x) {
        float e = exp(Math.min(x, MISH_MAX));
        float n = e * (e + 2);
        return x * (n / (n + 2));
    }

    private static float hard(float x) {
        return Math.min(Math.max(x + 3, 0), 6);
    }

    static float remainder(float a, float b) {
        float rest = a % b;
        return rest != 0 && rest < 0 != b < 0 ? rest + b : rest;
    }

    static float floorDivide(float a, float b) {
        if (b == 0) {
            return a / b;
        }
        float rest = a % b;
        float quotient = (a - rest) / b;
        quotient = rest != 0 && rest < 0 != b < 0 ? quotient - 1 : quotient;
        return quotient == 0 ? Math.copySign(0, a / b) : round(quotient);
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
            case SIN -> sin(x);
            case COS -> cos(x);
            case EXPM1 -> wholeExpm1(x);
            case EXP2 -> exp2(x);
            case LOG1P -> log1p(x);
            case LOG2 -> log2(x);
            case LOG10 -> log10(x);
            case TRUNC -> trunc(x);
            case FRAC -> x - trunc(x);
            case SELU -> selu(x);
            case LOG_SIGMOID -> logSigmoid(x);
            case MISH -> mish(x);
            case HARDSIGMOID -> hard(x) / 6;
            case HARDSWISH -> x * (hard(x) / 6);
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
            case POW -> pow(a, b);
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
            case TRUNC_DIVIDE -> trunc(a / b);
            case FLOOR_DIVIDE -> floorDivide(a, b);
            case FMOD -> a % b;
            case REMAINDER -> remainder(a, b);
            case LEAKY_RELU -> a > 0 ? a : a * b;
            case ELU -> elu(a, b);
            case SOFTPLUS -> a > b ? a : softplus(a);
            default -> (float) op.apply((double) a, (double) b);
        };
    }
}
