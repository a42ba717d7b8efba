// The functions of elementwise kernels, by the codes of UnaryOp, BinaryOp and TernaryOp; formulas and papers are named there.
#pragma once

#include "special.cuh"

// ---- one operand ---------------------------------------------------------------------------------------------------

/** In the order of org.jacobi.tensor.backend.UnaryOp. */
enum UnaryOp {
    NEG, ABS, SIGN, EXP, LOG, SQRT, RSQRT, RECIPROCAL, SQUARE, SIN, COS, TANH, ERF, FLOOR, CEIL, ROUND, LOGICAL_NOT,
    IS_NAN, SIGMOID, RELU, GELU, GELU_TANH, SILU, TAN, ASIN, ACOS, ATAN, SINH, COSH, ASINH, ACOSH, ATANH, LOG2, LOG10,
    LOG1P, EXPM1, EXP2, ERFC, ERFINV, LGAMMA, DIGAMMA, TRUNC, FRAC, IS_INF, IS_FINITE, IS_POS_INF, IS_NEG_INF, SIGNBIT,
    LOG_SIGMOID, MISH, SELU, HARDSIGMOID, HARDSWISH, BITWISE_NOT
};

template <class C> __device__ __forceinline__ C sigmoid(C x) {
    return 1 / (1 + exp(-x));
}

template <class C> __device__ __forceinline__ C softplus(C x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

template <class C> __device__ __forceinline__ C gelu(C x) {
    return (C) 0.5 * x * (1 + erf(x * (C) 0.70710678118654752));
}

template <class C> __device__ __forceinline__ C geluTanhArgument(C x) {
    return (C) 0.79788456080286536 * (x + (C) 0.044715 * x * x * x);
}

template <class C> __device__ __forceinline__ C geluTanh(C x) {
    return (C) 0.5 * x * (1 + tanh(geluTanhArgument(x)));
}

template <class C> __device__ __forceinline__ C hardsigmoid(C x) {
    return minimum(maximum(x + 3, (C) 0), (C) 6) / 6;
}

// One switch for a whole pack: every thread of the grid takes the same branch.
#define JACOBI_EACH(CODE, EXPRESSION)                                                                                  \
    case CODE:                                                                                                         \
        _Pragma("unroll") for (int i = 0; i < V; i++) {                                                                \
            const C x = in[i];                                                                                         \
            out[i] = EXPRESSION;                                                                                       \
        }                                                                                                              \
        break;

/** Floating-point numbers; truth values are 0 or 1. */
template <class C, int V> __device__ __forceinline__ void unary(long long op, C (&out)[V], const C (&in)[V]) {
    switch ((int) op) {
        JACOBI_EACH(NEG, -x)
        JACOBI_EACH(ABS, fabs(x))
        JACOBI_EACH(SIGN, x > 0 ? 1 : x < 0 ? -1 : x)
        JACOBI_EACH(EXP, exp(x))
        JACOBI_EACH(LOG, log(x))
        JACOBI_EACH(SQRT, sqrt(x))
        JACOBI_EACH(RSQRT, 1 / sqrt(x))
        JACOBI_EACH(RECIPROCAL, 1 / x)
        JACOBI_EACH(SQUARE, x * x)
        JACOBI_EACH(SIN, sin(x))
        JACOBI_EACH(COS, cos(x))
        JACOBI_EACH(TANH, tanh(x))
        JACOBI_EACH(ERF, erf(x))
        JACOBI_EACH(FLOOR, floor(x))
        JACOBI_EACH(CEIL, ceil(x))
        JACOBI_EACH(ROUND, rint(x))
        JACOBI_EACH(LOGICAL_NOT, x == 0)
        JACOBI_EACH(IS_NAN, x != x)
        JACOBI_EACH(SIGMOID, sigmoid(x))
        JACOBI_EACH(RELU, x < 0 ? 0 : x)
        JACOBI_EACH(GELU, gelu(x))
        JACOBI_EACH(GELU_TANH, geluTanh(x))
        JACOBI_EACH(SILU, x / (1 + exp(-x)))
        JACOBI_EACH(TAN, tan(x))
        JACOBI_EACH(ASIN, asin(x))
        JACOBI_EACH(ACOS, acos(x))
        JACOBI_EACH(ATAN, atan(x))
        JACOBI_EACH(SINH, sinh(x))
        JACOBI_EACH(COSH, cosh(x))
        JACOBI_EACH(ASINH, asinh(x))
        JACOBI_EACH(ACOSH, acosh(x))
        JACOBI_EACH(ATANH, atanh(x))
        JACOBI_EACH(LOG2, log2(x))
        JACOBI_EACH(LOG10, log10(x))
        JACOBI_EACH(LOG1P, log1p(x))
        JACOBI_EACH(EXPM1, expm1(x))
        JACOBI_EACH(EXP2, exp2(x))
        JACOBI_EACH(ERFC, erfc(x))
        JACOBI_EACH(ERFINV, (C) inverseErf(x))
        JACOBI_EACH(LGAMMA, (C) logGamma(x))
        JACOBI_EACH(DIGAMMA, (C) digamma(x))
        JACOBI_EACH(TRUNC, trunc(x))
        JACOBI_EACH(FRAC, x - trunc(x))
        JACOBI_EACH(IS_INF, fabs(x) == infinity<C>())
        JACOBI_EACH(IS_FINITE, fabs(x) < infinity<C>())
        JACOBI_EACH(IS_POS_INF, x == infinity<C>())
        JACOBI_EACH(IS_NEG_INF, x == -infinity<C>())
        JACOBI_EACH(SIGNBIT, isNegative(x))
        JACOBI_EACH(LOG_SIGMOID, (x < 0 ? x : x > 0 ? 0 : x) - log1p(exp(-fabs(x))))
        JACOBI_EACH(MISH, x * tanh(softplus(x)))
        JACOBI_EACH(SELU, (C) 1.0507009873554804934 * (x > 0 ? x : (C) 1.6732632423543772848 * expm1(x)))
        JACOBI_EACH(HARDSIGMOID, hardsigmoid(x))
        JACOBI_EACH(HARDSWISH, x * hardsigmoid(x))
    }
}

template <int V> __device__ __forceinline__ void unary(long long op, long long (&out)[V], const long long (&in)[V]) {
    using C = long long;
    switch ((int) op) {
        JACOBI_EACH(NEG, (C) (0ULL - (unsigned long long) x))
        JACOBI_EACH(ABS, x < 0 ? (C) (0ULL - (unsigned long long) x) : x)
        JACOBI_EACH(SIGN, (x > 0) - (x < 0))
        JACOBI_EACH(SQUARE, (C) ((unsigned long long) x * (unsigned long long) x))
        JACOBI_EACH(RELU, x < 0 ? 0 : x)
        JACOBI_EACH(LOGICAL_NOT, x == 0)
        JACOBI_EACH(IS_FINITE, 0 * x + 1)
        JACOBI_EACH(SIGNBIT, x < 0)
        JACOBI_EACH(BITWISE_NOT, ~x)
        JACOBI_EACH(FLOOR, x)
        JACOBI_EACH(CEIL, x)
        JACOBI_EACH(ROUND, x)
        JACOBI_EACH(TRUNC, x)
        JACOBI_EACH(IS_NAN, 0 * x)
        JACOBI_EACH(IS_INF, 0 * x)
        JACOBI_EACH(IS_POS_INF, 0 * x)
        JACOBI_EACH(IS_NEG_INF, 0 * x)
    }
}
#undef JACOBI_EACH

// ---- two operands --------------------------------------------------------------------------------------------------

/** In the order of org.jacobi.tensor.backend.BinaryOp. */
enum BinaryOp {
    ADD, SUB, MUL, DIV, POW, MAXIMUM, MINIMUM, EQ, NE, LT, LE, GT, GE, LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR,
    TANH_BACKWARD, SIGMOID_BACKWARD, RELU_BACKWARD, GELU_BACKWARD, GELU_TANH_BACKWARD, SILU_BACKWARD, ATAN2, HYPOT,
    COPYSIGN, XLOGY, LOGADDEXP, FLOOR_DIVIDE, TRUNC_DIVIDE, REMAINDER, FMOD, LEAKY_RELU, ELU, CELU, SOFTPLUS, POLYGAMMA,
    BITWISE_AND, BITWISE_OR, BITWISE_XOR, LEFT_SHIFT, RIGHT_SHIFT
};

/** The derivative of gelu: Phi(x) + x phi(x). */
template <class C> __device__ __forceinline__ C geluDerivative(C x) {
    return (C) 0.5 * (1 + erf(x * (C) 0.70710678118654752)) + x * (C) 0.39894228040143268 * exp((C) -0.5 * x * x);
}

template <class C> __device__ __forceinline__ C geluTanhDerivative(C x) {
    C t = tanh(geluTanhArgument(x));
    return (C) 0.5 * (1 + t)
            + (C) 0.5 * x * (1 - t * t) * (C) 0.79788456080286536 * (1 + (C) (3 * 0.044715) * x * x);
}

template <class C> __device__ __forceinline__ C siluDerivative(C x) {
    C s = sigmoid(x);
    return s * (1 + x * (1 - s));
}

template <class C> __device__ __forceinline__ C logAddExp(C a, C b) {
    return a == b && fabs(a) == infinity<C>() ? a : maximum(a, b) + log1p(exp(-fabs(a - b)));
}

/** What is left of a / b, with b's sign, as in Python. */
template <class C> __device__ __forceinline__ C remainderOf(C a, C b) {
    C rest = fmod(a, b);
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

/** floor(a / b), also where a / b would round up to the next integer; a / b itself where b is 0. */
template <class C> __device__ __forceinline__ C floorDivide(C a, C b) {
    if (b == 0) {
        return a / b;
    }
    C rest = fmod(a, b);
    C quotient = (a - rest) / b;
    if (rest != 0 && (rest < 0) != (b < 0)) {
        quotient -= 1;
    }
    return quotient == 0 ? copysign((C) 0, a / b) : rint(quotient);
}

/** a / b rounded towards 0, of doubles: a float's quotient could round up to the next integer. */
template <class C> __device__ __forceinline__ C truncDivide(C a, C b) {
    return (C) trunc((double) a / (double) b);
}

#define JACOBI_EACH(CODE, EXPRESSION)                                                                                  \
    case CODE:                                                                                                         \
        _Pragma("unroll") for (int i = 0; i < V; i++) {                                                                \
            const C a = left[i];                                                                                       \
            const C b = right[i];                                                                                      \
            out[i] = EXPRESSION;                                                                                       \
        }                                                                                                              \
        break;

template <class C, int V>
__device__ __forceinline__ void binary(long long op, C (&out)[V], const C (&left)[V], const C (&right)[V]) {
    switch ((int) op) {
        JACOBI_EACH(ADD, a + b)
        JACOBI_EACH(SUB, a - b)
        JACOBI_EACH(MUL, a * b)
        JACOBI_EACH(DIV, a / b)
        JACOBI_EACH(POW, pow(a, b))
        JACOBI_EACH(MAXIMUM, maximum(a, b))
        JACOBI_EACH(MINIMUM, minimum(a, b))
        JACOBI_EACH(EQ, a == b)
        JACOBI_EACH(NE, a != b)
        JACOBI_EACH(LT, a < b)
        JACOBI_EACH(LE, a <= b)
        JACOBI_EACH(GT, a > b)
        JACOBI_EACH(GE, a >= b)
        JACOBI_EACH(LOGICAL_AND, a != 0 && b != 0)
        JACOBI_EACH(LOGICAL_OR, a != 0 || b != 0)
        JACOBI_EACH(LOGICAL_XOR, (a != 0) != (b != 0))
        JACOBI_EACH(TANH_BACKWARD, a * (1 - b * b))
        JACOBI_EACH(SIGMOID_BACKWARD, a * b * (1 - b))
        JACOBI_EACH(RELU_BACKWARD, b > 0 ? a : 0)
        JACOBI_EACH(GELU_BACKWARD, a * geluDerivative(b))
        JACOBI_EACH(GELU_TANH_BACKWARD, a * geluTanhDerivative(b))
        JACOBI_EACH(SILU_BACKWARD, a * siluDerivative(b))
        JACOBI_EACH(ATAN2, atan2(a, b))
        JACOBI_EACH(HYPOT, hypot(a, b))
        JACOBI_EACH(COPYSIGN, copysign(a, b))
        JACOBI_EACH(XLOGY, a == 0 && b == b ? 0 : a * log(b))
        JACOBI_EACH(LOGADDEXP, logAddExp(a, b))
        JACOBI_EACH(FLOOR_DIVIDE, floorDivide(a, b))
        JACOBI_EACH(TRUNC_DIVIDE, truncDivide(a, b))
        JACOBI_EACH(REMAINDER, remainderOf(a, b))
        JACOBI_EACH(FMOD, fmod(a, b))
        JACOBI_EACH(LEAKY_RELU, a > 0 ? a : a * b)
        JACOBI_EACH(ELU, a > 0 ? a : b * expm1(a))
        JACOBI_EACH(CELU, a > 0 ? a : b * expm1(a / b))
        JACOBI_EACH(SOFTPLUS, a > b ? a : softplus(a))
        JACOBI_EACH(POLYGAMMA, (C) polygamma((int) b, a))
    }
}

/** a to the power of b, which is not negative; overflows wrap around. */
__device__ __forceinline__ long long integerPower(long long a, long long b) {
    unsigned long long result = 1;
    unsigned long long square = (unsigned long long) a;
    for (long long e = b; e > 0; e >>= 1, square *= square) {
        if (e & 1) {
            result *= square;
        }
    }
    return (long long) result;
}

/** a / b towards 0, without a trap: 0 where b is 0, which callers refuse, and the overflow by -1 wraps around. */
__device__ __forceinline__ long long quotient(long long a, long long b) {
    return b == 0 ? 0 : b == -1 ? (long long) (0ULL - (unsigned long long) a) : a / b;
}

__device__ __forceinline__ long long restOf(long long a, long long b) {
    return (long long) ((unsigned long long) a - (unsigned long long) b * (unsigned long long) quotient(a, b));
}

template <int V>
__device__ __forceinline__ void binary(long long op, long long (&out)[V], const long long (&left)[V],
        const long long (&right)[V]) {
    using C = long long;
    using U = unsigned long long; // whose overflows are defined
    switch ((int) op) {
        JACOBI_EACH(ADD, (C) ((U) a + (U) b))
        JACOBI_EACH(SUB, (C) ((U) a - (U) b))
        JACOBI_EACH(MUL, (C) ((U) a * (U) b))
        JACOBI_EACH(POW, integerPower(a, b))
        JACOBI_EACH(MAXIMUM, a > b ? a : b)
        JACOBI_EACH(MINIMUM, a < b ? a : b)
        JACOBI_EACH(EQ, a == b)
        JACOBI_EACH(NE, a != b)
        JACOBI_EACH(LT, a < b)
        JACOBI_EACH(LE, a <= b)
        JACOBI_EACH(GT, a > b)
        JACOBI_EACH(GE, a >= b)
        JACOBI_EACH(LOGICAL_AND, a != 0 && b != 0)
        JACOBI_EACH(LOGICAL_OR, a != 0 || b != 0)
        JACOBI_EACH(LOGICAL_XOR, (a != 0) != (b != 0))
        JACOBI_EACH(RELU_BACKWARD, b > 0 ? a : 0)
        JACOBI_EACH(FLOOR_DIVIDE, quotient(a, b) - (restOf(a, b) != 0 && (a < 0) != (b < 0)))
        JACOBI_EACH(TRUNC_DIVIDE, quotient(a, b))
        JACOBI_EACH(REMAINDER, restOf(a, b) + (restOf(a, b) != 0 && (a < 0) != (b < 0) ? b : 0))
        JACOBI_EACH(FMOD, restOf(a, b))
        JACOBI_EACH(BITWISE_AND, a & b)
        JACOBI_EACH(BITWISE_OR, a | b)
        JACOBI_EACH(BITWISE_XOR, a ^ b)
        JACOBI_EACH(LEFT_SHIFT, b < 0 || b >= 64 ? 0 : (C) ((U) a << b))
        JACOBI_EACH(RIGHT_SHIFT, a >> (b < 0 || b >= 64 ? 63 : b))
    }
}
#undef JACOBI_EACH

// ---- three operands ------------------------------------------------------------------------------------------------

/** In the order of org.jacobi.tensor.backend.TernaryOp. */
enum TernaryOp { CLAMP, LERP, ADDCMUL, ADDCDIV };

template <class C> __device__ __forceinline__ C lerp(C a, C b, C c) {
    return fabs(c) < (C) 0.5 ? a + c * (b - a) : b - (b - a) * (1 - c);
}
