package org.jacobi.tensor.backend.cpu;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.backend.BinaryOp;
import org.jacobi.tensor.backend.TernaryOp;
import org.jacobi.tensor.backend.UnaryOp;

/**
 * The inner loops of elementwise functions and reductions: over n neighbouring f32 numbers at absolute addresses.
 *
 * <p>Elementwise results have the same bits in every implementation. Sums are added in an order that depends on n and
 * the implementation only. An output may be one of the inputs.
 */
interface Rows {
    /** out[i] = op(x[i]); a predicate's out holds bytes. */
    void unary(UnaryOp op, long out, long x, int n);

    /** out[i] = op(a[i], b[i]); a predicate's out holds bytes. */
    void binary(BinaryOp op, long out, long a, long b, int n);

    /** out[i] = op(a[i], b[i], c[i]). */
    void ternary(TernaryOp op, long out, long a, long b, long c, int n);

    /** out[i] = condition[i] ? a[i] : b[i], where the condition is a byte, 0 or 1. */
    void where(long out, long condition, long a, long b, int n);

    /** out[i] = value. */
    void fill(long out, float value, int n);

    /** out[i] = x[i]. */
    void copy(long out, long x, int n);

    /** out[i] = x[n - 1 - i]; out and x are apart. */
    void reverse(long out, long x, int n);

    /** out[i] = x[i], where x is f16 or bf16. */
    void widen(DType half, long out, long x, int n);

    /** out[i] = x[i], where out is f16 or bf16: the nearest number, of two equally near ones the even one. */
    void narrow(DType half, long out, long x, int n);

    /** out[i] += x[i]^2: the sum of squares down a column. */
    void addSquares(long out, long x, int n);

    /** out[i] = sum x[r][i] over height rows that lie stride bytes apart, added from the first to the last. */
    void sumRows(long out, long x, long stride, int height, int n);

    /** Returns sum x[i]. */
    float sum(long x, int n);

    /** Returns sum x[i]^2. */
    float sumOfSquares(long x, int n);

    /** Returns the largest x[i], of n > 0; NaN if any is NaN. */
    float max(long x, int n);

    /** Returns the smallest x[i], of n > 0; NaN if any is NaN. */
    float min(long x, int n);

    /** Returns the largest x[i] of n > 0 numbers in i64, or the smallest one. */
    long integerExtreme(boolean largest, long x, int n);
}
