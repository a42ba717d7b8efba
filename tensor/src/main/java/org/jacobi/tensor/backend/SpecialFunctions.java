package org.jacobi.tensor.backend;

/** Functions that {@link Math} lacks, in double precision. */
public final class SpecialFunctions {
    public static final double SQRT_HALF = Math.sqrt(0.5);
    public static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double INV_SQRT_2_PI = 1 / Math.sqrt(2 * Math.PI);
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
    /** The fixed point's parameters of Klambauer et al., for mean 0 and variance 1. */
    public static final double SELU_ALPHA = 1.6732632423543772848170429916717;
    public static final double SELU_SCALE = 1.0507009873554804934193349852946;
    /** The even Bernoulli numbers B2, B4 ... B16. */
    private static final double[] BERNOULLI =
            {1.0 / 6, -1.0 / 30, 1.0 / 42, -1.0 / 30, 5.0 / 66, -691.0 / 2730, 7.0 / 6, -3617.0 / 510};
    /** From here on the asymptotic series of the gamma function's family have all digits. */
    private static final double LARGE = 12;
    /** Of larger numbers the factorial is no double. */
    public static final int LARGEST_FACTORIAL = 170;
    private static final double HALF_LOG_2_PI = 0.5 * Math.log(2 * Math.PI);
    /** From here on erf rounds to 1. */
    private static final double ERF_IS_ONE = 6;

    private SpecialFunctions() {
    }

    /**
     * Returns the error function, to about 1e-15: below 2.5 by its series 2/sqrtpi e^(-x^2) sum 2^n x^(2n+1) / (2n+1)!!
     * (Abramowitz and Stegun 7.1.6), above by the continued fraction of erfc (7.1.14).
     */
    public static double erf(double x) {
        double z = Math.abs(x);
        if (Double.isNaN(x)) {
            return x;
        }
        if (z >= ERF_IS_ONE) {
            return Math.signum(x);
        }
        if (z < 2.5) {
            double term = z;
            double sum = z;
            for (int n = 1; term > sum * 1e-17; n++) {
                term *= 2 * z * z / (2 * n + 1);
                sum += term;
            }
            return Math.copySign(TWO_OVER_SQRT_PI * Math.exp(-z * z) * sum, x);
        }
        return Math.copySign(1 - tail(z), x);
    }

    /** erfc(z) for z of at least 2.5, by its continued fraction. */
    private static double tail(double z) {
        double fraction = z;
        for (int k = 60; k >= 1; k--) {
            fraction = z + k / 2.0 / fraction;
        }
        return Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction);
    }

    /** Returns 1 - erf(x), with all digits where erf is almost 1. */
    public static double erfc(double x) {
        return x < 2.5 || Double.isNaN(x) ? 1 - erf(x) : tail(x);
    }

    /**
     * Returns the inverse of erf: Winitzki's approximation, to about 0.002, and four steps of Halley's method, each of which
     * triples the digits.
     */
    public static double erfinv(double x) {
        double z = Math.abs(x);
        if (!(z < 1)) {
            return z == 1 ? Math.copySign(Double.POSITIVE_INFINITY, x) : Double.NaN;
        }
        double log = StrictMath.log1p(-z * z);
        double half = 2 / (Math.PI * 0.147) + log / 2;
        double y = Math.sqrt(Math.sqrt(half * half - log / 0.147) - half);
        for (int step = 0; step < 4; step++) {
            double error = z < 0.5 ? erf(y) - z : 1 - z - erfc(y);
            double newton = error / (TWO_OVER_SQRT_PI * StrictMath.exp(-y * y));
            y -= newton / (1 + y * newton);
        }
        return Math.copySign(y, x);
    }

    /** Returns log |Gamma(x)|: Stirling's series for large x, to which smaller ones are brought by Gamma(x + 1) = x Gamma(x). */
    static double lgamma(double x) {
        if (x <= 0) {
            if (x == Math.rint(x)) {
                return Double.POSITIVE_INFINITY;
            }
            // Gamma(x) Gamma(1 - x) = pi / sin(pi x)
            double sine = StrictMath.sin(Math.PI * (x - Math.rint(x)));
            return StrictMath.log(Math.PI / Math.abs(sine)) - lgamma(1 - x);
        }
        double product = 1;
        double z = x;
        for (; z < LARGE; z++) {
            product *= z;
        }
        if (Double.isInfinite(z)) {
            return z;
        }
        double sum = 0;
        double power = z;
        for (int k = 1; k <= BERNOULLI.length; k++, power *= z * z) {
            sum += BERNOULLI[k - 1] / (2 * k * (2 * k - 1) * power);
        }
        return (z - 0.5) * StrictMath.log(z) - z + HALF_LOG_2_PI + sum - StrictMath.log(product);
    }

    /** Returns the derivative of {@link #lgamma}, in the same way. */
    static double digamma(double x) {
        if (x <= 0) {
            if (x == 0) {
                return Math.copySign(Double.POSITIVE_INFINITY, -x);
            }
            if (x == Math.rint(x)) {
                return Double.NaN;
            }
            return digamma(1 - x) - Math.PI / StrictMath.tan(Math.PI * (x - Math.rint(x)));
        }
        double sum = 0;
        double z = x;
        for (; z < LARGE; z++) {
            sum -= 1 / z;
        }
        sum += StrictMath.log(z) - 0.5 / z;
        double power = z * z;
        for (int k = 1; k <= BERNOULLI.length && !Double.isInfinite(power); k++, power *= z * z) {
            sum -= BERNOULLI[k - 1] / (2 * k * power);
        }
        return sum;
    }

    /** Returns the n-th derivative of {@link #digamma}: (-1)^(n+1) n! zeta(n + 1, x); NaN for other n than 1 to 170. */
    static double polygamma(int n, double x) {
        if (n < 1 || n > LARGEST_FACTORIAL) {
            return Double.NaN;
        }
        double sum;
        if (x > 0 || Double.isNaN(x)) {
            sum = zeta(n + 1, x);
        } else if (x == Math.rint(x)) {
            sum = Double.POSITIVE_INFINITY;
        } else {
            // The terms of negative numbers are those of 1 - w, 2 - w ... -x, up to their sign.
            double w = x - Math.floor(x);
            double negative = zeta(n + 1, 1 - w) - zeta(n + 1, 1 - x);
            sum = zeta(n + 1, w) + ((n & 1) == 1 ? negative : -negative);
        }
        double factorial = 1;
        for (int k = 2; k <= n; k++) {
            factorial *= k;
        }
        return (n & 1) == 1 ? factorial * sum : -factorial * sum;
    }

    /**
     * Returns Hurwitz's zeta function, the sum of (q + k)^-s over k from 0, for q > 0 and a whole s above 1: the first terms as
     * they stand, the rest by the formula of Euler and Maclaurin.
     */
    private static double zeta(int s, double q) {
        double sum = 0;
        double z = q;
        for (; z < LARGE + s; z++) {
            sum += StrictMath.pow(z, -s);
        }
        double power = StrictMath.pow(z, 1 - s);
        sum += power / (s - 1) + power / (2 * z);
        double factor = s / 2.0; // s (s + 1) ... (s + 2k - 2) / (2k)!
        power /= z * z;
        for (int k = 1; k <= BERNOULLI.length && power != 0; k++) {
            sum += BERNOULLI[k - 1] * factor * power;
            factor *= (s + 2.0 * k - 1) * (s + 2.0 * k) / ((2.0 * k + 1) * (2.0 * k + 2));
            power /= z * z;
        }
        return sum;
    }

    /** Returns log(1 + e^x). */
    static double softplus(double x) {
        return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    /** Returns the base-2 logarithm, exact for powers of 2. */
    static double log2(double x) {
        int exponent = Math.getExponent(x);
        if (exponent <= Double.MAX_EXPONENT && x == Math.scalb(1.0, exponent)) {
            return exponent;
        }
        return StrictMath.log(x) / StrictMath.log(2);
    }

    static double asinh(double x) {
        double z = Math.abs(x);
        // log(z + sqrt(z^2 + 1)), without z^2 where it would overflow and without cancellation near 0.
        double y = z > 1e8 ? StrictMath.log(z) + StrictMath.log(2)
                : StrictMath.log1p(z + z * z / (1 + Math.sqrt(z * z + 1)));
        return Math.copySign(y, x);
    }

    static double acosh(double x) {
        if (x < 1) {
            return Double.NaN;
        }
        double d = x - 1;
        return x > 1e8 ? StrictMath.log(x) + StrictMath.log(2) : StrictMath.log1p(d + Math.sqrt(d * (x + 1)));
    }

    static double atanh(double x) {
        return 0.5 * (StrictMath.log1p(x) - StrictMath.log1p(-x));
    }

    /** Returns floor(a / b), also where a / b would round up to the next integer; a / b itself where b is 0. */
    static double floorDivide(double a, double b) {
        if (b == 0) {
            return a / b;
        }
        double rest = a % b;
        double quotient = (a - rest) / b;
        if (rest != 0 && rest < 0 != b < 0) {
            quotient -= 1;
        }
        return quotient == 0 ? Math.copySign(0, a / b) : Math.rint(quotient);
    }

    static double geluDerivative(double x) {
        return 0.5 * (1 + erf(x * SQRT_HALF)) + x * INV_SQRT_2_PI * Math.exp(-0.5 * x * x);
    }

    static double geluTanhDerivative(double x) {
        double t = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
    }

    /** Returns a to the power of b: as in C, 1 for 1 to the power of NaN and for -1 to an infinite power. */
    static double pow(double a, double b) {
        return a == 1 || a == -1 && Double.isInfinite(b) ? 1 : Math.pow(a, b);
    }
}
