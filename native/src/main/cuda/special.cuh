// Functions that C lacks, in double precision, as org.jacobi.tensor.backend.SpecialFunctions defines them: rarely called, so that
// one copy that is called, not inlined, serves all kernels.
#pragma once

#include "jacobi.cuh"

constexpr double PI = 3.14159265358979323846;
/** From here on the asymptotic series of the gamma function's family have all digits. */
constexpr double LARGE = 12;

/** The even Bernoulli numbers B2, B4 ... B16. */
__device__ __forceinline__ double bernoulli(int k) {
    return k == 1 ? 1.0 / 6 : k == 2 ? -1.0 / 30 : k == 3 ? 1.0 / 42 : k == 4 ? -1.0 / 30 : k == 5 ? 5.0 / 66
            : k == 6 ? -691.0 / 2730 : k == 7 ? 7.0 / 6 : -3617.0 / 510;
}

/**
 * The inverse of erf: Winitzki's approximation, to about 0.002, and four steps of Halley's method, each of which triples the
 * digits.
 */
__device__ __noinline__ double inverseErf(double x) {
    double z = fabs(x);
    if (!(z < 1)) {
        return z == 1 ? copysign(infinity<double>(), x) : notANumber<double>();
    }
    double logarithm = log1p(-z * z);
    double half = 2 / (PI * 0.147) + logarithm / 2;
    double y = sqrt(sqrt(half * half - logarithm / 0.147) - half);
    for (int step = 0; step < 4; step++) {
        double error = z < 0.5 ? erf(y) - z : 1 - z - erfc(y);
        double newton = error / (1.1283791670955126 * exp(-y * y)); // 2 / sqrt(pi)
        y -= newton / (1 + y * newton);
    }
    return copysign(y, x);
}

/** log |Gamma(x)|; infinite at 0, -1, -2 ... and at both infinities. */
__device__ __noinline__ double logGamma(double x) {
    return x <= 0 && x == rint(x) ? infinity<double>() : lgamma(x);
}

/** digamma of a positive number: the asymptotic series, to which smaller ones are brought by digamma(x + 1) = digamma(x) + 1 / x. */
__device__ __forceinline__ double digammaOfPositive(double x) {
    double sum = 0;
    double z = x;
    for (; z < LARGE; z++) {
        sum -= 1 / z;
    }
    sum += log(z) - 0.5 / z;
    double power = z * z;
    for (int k = 1; k <= 8 && power < infinity<double>(); k++, power *= z * z) {
        sum -= bernoulli(k) / (2 * k * power);
    }
    return sum;
}

/** The derivative of logGamma. */
__device__ __noinline__ double digamma(double x) {
    if (x == 0) {
        return copysign(infinity<double>(), -x);
    }
    if (x < 0) {
        return x == rint(x) ? notANumber<double>() : digammaOfPositive(1 - x) - PI / tan(PI * (x - rint(x)));
    }
    return digammaOfPositive(x);
}

/** Hurwitz's zeta function by the formula of Euler and Maclaurin, for q > 0 and a whole s above 1. */
__device__ __noinline__ double zeta(int s, double q) {
    double sum = 0;
    double z = q;
    for (; z < LARGE + s; z++) {
        sum += pow(z, (double) -s);
    }
    double power = pow(z, (double) (1 - s));
    sum += power / (s - 1) + power / (2 * z);
    double factor = s / 2.0; // s (s + 1) ... (s + 2k - 2) / (2k)!
    power /= z * z;
    for (int k = 1; k <= 8 && power != 0; k++) {
        sum += bernoulli(k) * factor * power;
        factor *= (s + 2.0 * k - 1) * (s + 2.0 * k) / ((2.0 * k + 1) * (2.0 * k + 2));
        power /= z * z;
    }
    return sum;
}

/** The n-th derivative of digamma: (-1)^(n+1) n! zeta(n + 1, x); NaN for other n than 1 to 170. */
__device__ __noinline__ double polygamma(int n, double x) {
    if (n < 1 || n > 170) {
        return notANumber<double>();
    }
    double sum;
    if (x > 0 || x != x) {
        sum = zeta(n + 1, x);
    } else if (x == rint(x)) {
        sum = infinity<double>();
    } else {
        // The terms of negative numbers are those of 1 - w, 2 - w ... -x, up to their sign.
        double w = x - floor(x);
        double negative = zeta(n + 1, 1 - w) - zeta(n + 1, 1 - x);
        sum = zeta(n + 1, w) + ((n & 1) == 1 ? negative : -negative);
    }
    double factorial = 1;
    for (int k = 2; k <= n; k++) {
        factorial *= k;
    }
    return (n & 1) == 1 ? factorial * sum : -factorial * sum;
}
