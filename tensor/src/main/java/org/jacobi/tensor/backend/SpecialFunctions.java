package org.jacobi.tensor.backend;

/** Functions that {@link Math} lacks, in double precision. */
public final class SpecialFunctions {
    public static final double SQRT_HALF = Math.sqrt(0.5);
    public static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);
    private static final double INV_SQRT_2_PI = 1 / Math.sqrt(2 * Math.PI);
    private static final double TWO_OVER_SQRT_PI = 2 / Math.sqrt(Math.PI);
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
        double fraction = z;
        for (int k = 60; k >= 1; k--) {
            fraction = z + k / 2.0 / fraction;
        }
        return Math.copySign(1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * fraction), x);
    }

    static double geluDerivative(double x) {
        return 0.5 * (1 + erf(x * SQRT_HALF)) + x * INV_SQRT_2_PI * Math.exp(-0.5 * x * x);
    }

    static double geluTanhDerivative(double x) {
        double t = Math.tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
        return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * SQRT_2_OVER_PI * (1 + 3 * 0.044715 * x * x);
    }
}
