package org.jacobi.tensor.backend;

import java.util.Arrays;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * The kernels that every backend must have; what the fused kernels of {@link Backend} and its families are defined by.
 *
 * <p>A kernel writes into outputs that its caller made, output first. Shapes, types and devices were checked by the caller;
 * operands are already broadcast to the output's shape (with stride 0), so a kernel meets contiguous, broadcast or
 * otherwise strided operands, all on its device. Operands of {@link #binary}, {@link #ternary} and {@link #where}, except one
 * that is an output too, may also be scalars in the host's memory, with stride 0 along every axis, which kernels of another
 * device read as a number. Every kernel is deterministic: equal operands give equal bits, for any number of threads.
 */
public interface Primitives {
    /** Returns the backend's name, as {@code jacobi info} prints it. */
    String name();

    /** Returns the address of a new block with undefined content; reports and errors name the op that it is for. */
    long allocate(long bytes, String op);

    /** Takes back a block that {@link #allocate} gave for the same number of bytes. */
    void free(long address, long bytes);

    /** Copies bytes from the host's memory to this device's; what the host holds may change as soon as this returns. */
    void copyIn(long device, long host, long bytes);

    /** Copies bytes from this device's memory to the host's, and waits until they have come. */
    void copyOut(long host, long device, long bytes);

    /** Work that a device has recorded. */
    interface Recording extends AutoCloseable {
        /** Queues the work. */
        void replay();

        /** Frees what the recording holds. */
        @Override
        void close();
    }

    /**
     * Records what the work asks this device for, without doing it; {@link org.jacobi.tensor.Capture} says what that means.
     *
     * @param random i64 (2): where a replay's seed is, and what it adds to the number of each call
     * @return null, and the work is not run, if the device does not record
     */
    default Recording record(Runnable work, Tensor random) {
        return null;
    }

    /** out = value, converted to out's type. */
    void fill(Tensor out, double value);

    /** out = x, converted to out's type: floating to integer truncates, anything to bool tests for non-zero. */
    void copy(Tensor out, Tensor x);

    /** out[i] = start + i step, for a one-dimensional out. */
    void arange(Tensor out, double start, double step);

    /** out = op(x), in x's type (a bool out for predicates). out may be x itself. */
    void unary(UnaryOp op, Tensor out, Tensor x);

    /**
     * out = op(a, b), where a and b have one type, which is out's (a bool out for predicates); or all three are F32, F16 or
     * BF16, no matter which: narrow numbers widen as they are read. out may be a or b itself.
     */
    void binary(BinaryOp op, Tensor out, Tensor a, Tensor b);

    /** out = op(a, b, c), with types as for {@link #binary}. out may be an operand itself. */
    void ternary(TernaryOp op, Tensor out, Tensor a, Tensor b, Tensor c);

    /** out = condition ? a : b, with a bool condition. */
    void where(Tensor out, Tensor condition, Tensor a, Tensor b);

    /** Reduces x over every axis in which out, of the same rank, has size 1. */
    void reduce(ReduceOp op, Tensor out, Tensor x);

    /** out (i64, size 1 along the axis) = position of the first largest (or smallest) element; a NaN counts as both. */
    void argReduce(boolean largest, Tensor out, Tensor x, int axis);

    /**
     * values and indices (i64) = the elements of x along the last axis in order, and their positions; the smallest first
     * or the largest. Equal elements stay in order, and NaN counts as the largest. x has fewer than 2^31 in a row.
     */
    void sort(Tensor values, Tensor indices, Tensor x, boolean descending);

    /**
     * out (i64) = how many elements along the last axis of sorted are smaller than x, or not larger (right); NaN counts
     * as the largest.
     *
     * @param sorted of x's shape but for the last axis, in rising order along it
     */
    void searchSorted(Tensor out, Tensor sorted, Tensor x, boolean right);

    /** out[i] = x[0] o ... o x[i] along an axis; from the end, out[i] = x[n - 1] o ... o x[i]. */
    void scan(ScanOp op, boolean fromEnd, Tensor out, Tensor x, int axis);

    /**
     * values and indices (i64) = the largest (or smallest) element up to each position of an axis, and the last position
     * where it occurs; NaN is never replaced but by NaN.
     */
    void scanExtreme(boolean largest, Tensor values, Tensor indices, Tensor x, int axis);

    /** out[i] = a[i] out[i - 1] + b[i] along an axis, out[0] = b[0]; from the end, out[i] = a[i] out[i + 1] + b[i]. */
    void recurrence(boolean fromEnd, Tensor out, Tensor a, Tensor b, int axis);

    /** out (..., M, N) = a (..., M, K) b (..., K, N), with equal batch axes. */
    void matmul(Tensor out, Tensor a, Tensor b);

    /**
     * out[i][j][k] = x[i][index[i][j][k]][k], for axis 1 of 3; out has index's shape. The index may be expanded: with stride 0
     * outside the axis it names whole slices.
     */
    void gather(Tensor out, Tensor x, int axis, Tensor index);

    /**
     * Writes source[i][j][k] to out[i][index[i][j][k]][k], for axis 1 of 3, by the op and in the order of j; source has
     * index's shape. The index may be expanded: with stride 0 outside the axis it names whole slices.
     */
    void scatter(ScatterOp op, Tensor out, int axis, Tensor index, Tensor source);

    /**
     * out[i] += stride index[i], in i64, where a negative index counts from the end of an axis of the given size.
     *
     * @return false if an index does not lie in the axis; out is then of no use
     */
    boolean offsets(Tensor out, Tensor index, long size, long stride);

    /** Returns how many elements of x are not zero; a NaN is not. */
    long countNonzero(Tensor x);

    /** out (count, rank of x), i64 and contiguous = the positions of the elements that are not zero, in row-major order. */
    void nonzero(Tensor out, Tensor x);

    /** out = uniform numbers from {@code from} (inclusive) to {@code to} (exclusive), by {@link Philox}. */
    void uniform(Tensor out, long seed, long call, double from, double to);

    /** out = normally distributed numbers, by {@link Philox} and the Box-Muller transform. */
    void normal(Tensor out, long seed, long call, double mean, double std);

    /**
     * out (i64) = whole numbers from low to low + range - 1: the upper half of range times a 64-bit number by {@link Philox}
     * (Lemire, 2019, without his rejection, whose chance is below range / 2^64).
     */
    void integers(Tensor out, long seed, long call, long low, long range);

    /** out = x / (1 - p) where {@link Philox}'s uniform number for the element is at least p, else 0. Its own backward. */
    void dropout(Tensor out, Tensor x, double p, long seed, long call);

    // ---- decompositions, in place: a batch of matrices along leading axes, which are column-major (their transposes are
    // contiguous); vectors and infos are contiguous

    /**
     * a (..., M, N) = L and U of its LU decomposition with partial pivoting, P A = L U, the ones on L's diagonal left out.
     *
     * @param permutation output (..., M), i64: row i of P A is row permutation[i] of A
     */
    void lu(Tensor a, Tensor permutation);

    /**
     * b (..., N, K) = a^-1 b, for a triangular a (..., N, N) of which the other triangle is not read.
     *
     * @param a    row-major or column-major
     * @param unit whether the diagonal is not read either, but taken for ones
     */
    void solveTriangular(Tensor b, Tensor a, boolean upper, boolean unit);

    /**
     * a (..., N, N) = L with A = L L^T, or U with A = U^T U; only that triangle of A is read, the other becomes 0.
     *
     * @param info output (...), i64: 0, or the order of the first leading minor that is not positive
     */
    void cholesky(Tensor a, boolean upper, Tensor info);

    /**
     * q, a = Q, R with A = Q R, by Householder reflections.
     *
     * @param q output (..., M, K) with K = min(M, N), or (..., M, M)
     * @param a (..., M, N); rows of R from K on are 0
     */
    void qr(Tensor q, Tensor a);

    /**
     * Singular values, and vectors unless u and vh are null; what a (..., M, N) held is lost.
     *
     * @param u    output (..., M, K) with K = min(M, N), or (..., M, M) with vh (..., N, N)
     * @param s    output (..., K), descending
     * @param vh   output (..., K, N): the right vectors are its rows
     * @param info output (...), i64: not 0 where it did not converge
     */
    void svd(Tensor u, Tensor s, Tensor vh, Tensor a, Tensor info);

    /**
     * Eigenvalues of a symmetric a (..., N, N), of which the lower triangle is read; the vectors, as columns, overwrite a
     * if asked for, else what it held is lost.
     *
     * @param w    output (..., N), ascending
     * @param info output (...), i64: not 0 where it did not converge
     */
    void eigh(Tensor w, Tensor a, boolean vectors, Tensor info);

    // ---- Fourier transforms: complex numbers are pairs along the last axis; tensors are contiguous -----------------------

    /** out[k] = scale sum_t x[t] e^(-2 pi i k t / N), or with +i for the inverse, for each row of x (..., N, 2). */
    void fft(Tensor out, Tensor x, boolean inverse, double scale);

    /** The first N / 2 + 1 numbers of {@link #fft} of real rows: out (..., N / 2 + 1, 2), x (..., N). */
    default void rfft(Tensor out, Tensor x, double scale) {
        Tensor pairs = Tensor.empty(x.device(), x.dtype(), pairs(x));
        fill(pairs, 0);
        copy(pairs.select(-1, 0), x);
        Tensor all = Tensor.emptyLike(pairs);
        fft(all, pairs, false, scale);
        copy(out, all.narrow(-2, 0, out.size(-2)));
        pairs.release();
        all.release();
    }

    /**
     * The inverse {@link #fft} of rows that are completed to N numbers by x[N - k] = conj(x[k]), whose result is real:
     * out (..., N), x (..., N / 2 + 1, 2). Imaginary parts of x[0], and of x[N / 2] for an even N, count as 0.
     */
    default void irfft(Tensor out, Tensor x, double scale) {
        long n = out.size(-1);
        Tensor pairs = Tensor.empty(x.device(), x.dtype(), pairs(out));
        copy(pairs.narrow(-2, 0, x.size(-2)), x);
        fill(pairs.select(-2, 0).select(-1, 1), 0);
        if (n % 2 == 0) {
            fill(pairs.select(-2, n / 2).select(-1, 1), 0);
        }
        for (long k = 1; k < (n + 1) / 2; k++) {
            copy(pairs.select(-2, n - k).select(-1, 0), x.select(-2, k).select(-1, 0));
            unary(UnaryOp.NEG, pairs.select(-2, n - k).select(-1, 1), x.select(-2, k).select(-1, 1));
        }
        Tensor all = Tensor.emptyLike(pairs);
        fft(all, pairs, true, scale);
        copy(out, all.select(-1, 0));
        pairs.release();
        all.release();
    }

    private static Shape pairs(Tensor x) {
        long[] sizes = Arrays.copyOf(x.shape().toArray(), x.rank() + 1);
        sizes[x.rank()] = 2;
        return Shape.of(sizes);
    }
}
