package org.jacobi.tensor;

/**
 * Linear algebra on the last two axes of a tensor, by the names of torch.linalg; leading axes are a batch.
 *
 * <p>It is done in f32 or f64. Numbers that make it impossible, such as a singular matrix, are a {@link LinAlgException}
 * that names the entry of the batch. Results may be column-major: their strides are LAPACK's.
 */
public sealed interface TensorLinalg permits Tensor {
    private Tensor self() {
        return (Tensor) this; // there is no other implementation
    }

    /**
     * Returns X with A X = B, for this square A (..., N, N), by LU decomposition.
     *
     * @param b a matrix (..., N, K), or a vector (..., N): one for a b of one axis or of A's shape without its last axis;
     *          leading axes broadcast
     * @throws LinAlgException if A is singular
     */
    default Tensor solve(Tensor b) {
        return LinearSystems.solve(self(), b);
    }

    /** Returns X with A X = B, for this triangular A (..., N, N) and b (..., N, K); the other triangle is not read. */
    default Tensor solveTriangular(Tensor b, boolean upper) {
        return solveTriangular(b, upper, true, false);
    }

    /**
     * Returns X with A X = B, or with X A = B, for this triangular A (..., N, N); the other triangle is not read. A zero on
     * the diagonal gives infinities or NaN.
     *
     * @param b             (..., N, K), or (..., K, N) when A stands on the right; leading axes broadcast
     * @param left          whether A stands on the left of X
     * @param unitriangular whether the diagonal is taken for ones
     */
    default Tensor solveTriangular(Tensor b, boolean upper, boolean left, boolean unitriangular) {
        return LinearSystems.solveTriangular(self(), b, upper, left, unitriangular);
    }

    /**
     * Returns the inverse of this (..., N, N); {@link #solve} is faster and more accurate than multiplying with it.
     *
     * @throws LinAlgException if this is singular
     */
    default Tensor inv() {
        return LinearSystems.inv(self());
    }

    /** Returns the determinant (...) of this (..., N, N). */
    default Tensor det() {
        return LinearSystems.det(self());
    }

    /** Returns sign and logarithm of the absolute value of the determinant, each (...). */
    default Slogdet<Tensor> slogdet() {
        return LinearSystems.slogdet(self());
    }

    /** Returns the lower triangular L with A = L L^T, for this A; only its lower triangle is read. */
    default Tensor cholesky() {
        return cholesky(false);
    }

    /**
     * Returns the lower triangular L with A = L L^T, or the upper triangular U with A = U^T U, for this symmetric
     * positive-definite A (..., N, N); only that triangle of it is read.
     *
     * @throws LinAlgException if A is not positive-definite
     */
    default Tensor cholesky(boolean upper) {
        return LinearSystems.cholesky(self(), upper);
    }

    /** Returns X with L L^T X = B, for this B (..., N, K), from the lower triangular L. */
    default Tensor choleskySolve(Tensor l) {
        return choleskySolve(l, false);
    }

    /** Returns X with A X = B, for this B (..., N, K), from the factor that {@link #cholesky} gave for A. */
    default Tensor choleskySolve(Tensor factor, boolean upper) {
        Tensor lower = upper ? factor.transpose(-2, -1) : factor;
        return lower.transpose(-2, -1).solveTriangular(lower.solveTriangular(self(), false), true);
    }

    /** Returns Q (..., M, K) and R (..., K, N), with K = min(M, N), of this (..., M, N). */
    default Qr<Tensor> qr() {
        return qr(false);
    }

    /** Returns Q and R, by Householder reflections; if complete, Q is (..., M, M) and R (..., M, N). */
    default Qr<Tensor> qr(boolean complete) {
        return Factorizations.qr(self(), complete);
    }

    /** Returns U (..., M, M), S (..., K) and Vh (..., N, N), with K = min(M, N), of this (..., M, N). */
    default Svd<Tensor> svd() {
        return svd(true);
    }

    /**
     * Returns U, S and Vh; if not full, U is (..., M, K) and Vh (..., K, N), with K = min(M, N).
     *
     * @throws LinAlgException if this has a number that is not finite, or the iteration does not converge
     */
    default Svd<Tensor> svd(boolean fullMatrices) {
        return Factorizations.svd(self(), fullMatrices);
    }

    /** Returns the singular values (..., K), descending. */
    default Tensor svdvals() {
        return Factorizations.svdvals(self());
    }

    /**
     * Returns eigenvalues (..., N) and eigenvectors (..., N, N) of this symmetric matrix; its lower triangle is read.
     *
     * @throws LinAlgException if this has a number that is not finite, or the iteration does not converge
     */
    default Eigh<Tensor> eigh() {
        return Factorizations.eigh(self());
    }

    /** Returns the eigenvalues (..., N) of this symmetric matrix, ascending; its lower triangle is read. */
    default Tensor eigvalsh() {
        return Factorizations.eigvalsh(self());
    }

    /** Returns the X of least norm among those for which |A X - B| is least, for this A (..., M, N). */
    default Tensor lstsq(Tensor b) {
        return lstsq(b, Factorizations.rtol(self()));
    }

    /**
     * Returns the X of least norm among those for which |A X - B| is least, for this A (..., M, N), of any rank: what
     * torch.linalg.lstsq returns as solution with driver gelsd.
     *
     * @param b     (..., M, K); leading axes broadcast
     * @param rcond singular values up to rcond times the largest one count as 0
     */
    default Tensor lstsq(Tensor b, double rcond) {
        return Factorizations.lstsq(self(), b, rcond);
    }

    /** Returns the pseudo-inverse (..., N, M) of this (..., M, N); max(M, N) times the type's epsilon is the tolerance. */
    default Tensor pinv() {
        return pinv(Factorizations.rtol(self()));
    }

    /** Returns the pseudo-inverse, in which singular values up to rtol times the largest one count as 0. */
    default Tensor pinv(double rtol) {
        return Factorizations.pinv(self(), rtol);
    }

    /** Returns the i64 number of singular values above max(M, N) times the type's epsilon times the largest one. */
    default Tensor matrixRank() {
        return matrixRank(Factorizations.rtol(self()));
    }

    /** Returns the i64 number of singular values above rtol times the largest one. */
    default Tensor matrixRank(double rtol) {
        return Factorizations.matrixRank(self(), rtol);
    }

    /** Returns the n-th power of this (..., N, N); a negative n takes powers of the inverse. */
    default Tensor matrixPower(int n) {
        return MatrixFunctions.power(self(), n);
    }

    /** Returns e^A = I + A + A^2 / 2 + ..., for this A (..., N, N), by scaling and squaring (Higham, 2005). */
    default Tensor matrixExp() {
        return MatrixFunctions.exp(self());
    }
}
