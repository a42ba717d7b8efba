package org.jacobi.tensor;

import java.util.function.DoubleUnaryOperator;

/**
 * Windows for {@link Stft}, by PyTorch's formulas (Harris, 1978). A periodic window of n numbers is a symmetric one of n + 1
 * without the last: that is what spectra want, and the default.
 */
public final class Windows {
    private Windows() {
    }

    /** Returns the periodic f32 window of Hann: 0.5 - 0.5 cos. */
    public static Tensor hann(long n) {
        return hann(n, true, DType.F32);
    }

    /** Returns the window of Hann: 0.5 - 0.5 cos. */
    public static Tensor hann(long n, boolean periodic, DType type) {
        return sampled("hann", n, periodic, type, u -> 0.5 - 0.5 * Math.cos(2 * Math.PI * u));
    }

    /** Returns the periodic f32 window of Hamming: 0.54 - 0.46 cos. */
    public static Tensor hamming(long n) {
        return hamming(n, true, DType.F32);
    }

    /** Returns the window of Hamming: 0.54 - 0.46 cos. */
    public static Tensor hamming(long n, boolean periodic, DType type) {
        return sampled("hamming", n, periodic, type, u -> 0.54 - 0.46 * Math.cos(2 * Math.PI * u));
    }

    /** Returns the periodic f32 window of Blackman: 0.42 - 0.5 cos + 0.08 cos of the double angle. */
    public static Tensor blackman(long n) {
        return blackman(n, true, DType.F32);
    }

    /** Returns the window of Blackman: 0.42 - 0.5 cos + 0.08 cos of the double angle. */
    public static Tensor blackman(long n, boolean periodic, DType type) {
        return sampled("blackman", n, periodic, type,
                u -> 0.42 - 0.5 * Math.cos(2 * Math.PI * u) + 0.08 * Math.cos(4 * Math.PI * u));
    }

    /** Returns the periodic f32 window of Bartlett, a triangle. */
    public static Tensor bartlett(long n) {
        return bartlett(n, true, DType.F32);
    }

    /** Returns the window of Bartlett, a triangle. */
    public static Tensor bartlett(long n, boolean periodic, DType type) {
        return sampled("bartlett", n, periodic, type, u -> 1 - Math.abs(2 * u - 1));
    }

    /** Returns the periodic f32 window of Kaiser with PyTorch's beta of 12. */
    public static Tensor kaiser(long n) {
        return kaiser(n, 12, true, DType.F32);
    }

    /** Returns the window of Kaiser: I0(beta sqrt(1 - v^2)) / I0(beta), with v from -1 to 1. */
    public static Tensor kaiser(long n, double beta, boolean periodic, DType type) {
        return sampled("kaiser", n, periodic, type,
                u -> bessel(beta * Math.sqrt(Math.max(0, 1 - (2 * u - 1) * (2 * u - 1)))) / bessel(beta));
    }

    /** The modified Bessel function of the first kind of order 0: the sum of (x / 2)^2k / (k!)^2. */
    private static double bessel(double x) {
        double term = 1;
        double sum = 1;
        for (int k = 1; term > sum * 0x1p-54; k++) {
            term *= x / 2 / k * (x / 2 / k);
            sum += term;
        }
        return sum;
    }

    /** Samples a function on 0 to 1 at n points. */
    private static Tensor sampled(String op, long n, boolean periodic, DType type, DoubleUnaryOperator function) {
        if (n < 0 || !type.isFloating()) {
            throw new IllegalArgumentException(
                    op + ": n is " + n + " and the type " + type + "; expected 0 or more, and a floating-point type");
        }
        double[] numbers = new double[Math.toIntExact(n)];
        long intervals = periodic ? n : n - 1;
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = n == 1 ? 1 : function.applyAsDouble((double) i / intervals);
        }
        return Tensor.of(numbers).to(type);
    }
}
