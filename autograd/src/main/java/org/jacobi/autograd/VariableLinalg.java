package org.jacobi.autograd;

import org.jacobi.autograd.ops.Cholesky;
import org.jacobi.autograd.ops.Det;
import org.jacobi.autograd.ops.Inv;
import org.jacobi.autograd.ops.Lstsq;
import org.jacobi.autograd.ops.MatrixExp;
import org.jacobi.autograd.ops.Pinv;
import org.jacobi.autograd.ops.Solve;
import org.jacobi.autograd.ops.SolveTriangular;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Eigh;
import org.jacobi.tensor.Qr;
import org.jacobi.tensor.Slogdet;
import org.jacobi.tensor.Svd;
import org.jacobi.tensor.Tensor;

/** The differentiable linear algebra on the last two axes; shapes and errors are those of the ops of Tensor. */
public sealed interface VariableLinalg permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns X with A X = B, for this square A and a matrix or vector B. */
    default Variable solve(Variable b) {
        return Solve.apply(self().promoted(b), b.promoted(self()));
    }

    /** Returns X with A X = B, for this square A and a constant B. */
    default Variable solve(Tensor b) {
        return solve(Variable.constant(b));
    }

    /** Returns X with A X = B, for this triangular A; the other triangle is not read and has gradient 0. */
    default Variable solveTriangular(Variable b, boolean upper) {
        return solveTriangular(b, upper, true, false);
    }

    /** Returns X with A X = B, or with X A = B if not left, for this triangular A, whose diagonal may be taken for ones. */
    default Variable solveTriangular(Variable b, boolean upper, boolean left, boolean unitriangular) {
        Variable a = self().promoted(b);
        Variable right = b.promoted(self());
        return left ? SolveTriangular.apply(a, right, upper, unitriangular)
                : SolveTriangular.apply(a.transpose(-2, -1), right.transpose(-2, -1), !upper, unitriangular)
                        .transpose(-2, -1);
    }

    /** Returns the inverse. */
    default Variable inv() {
        return Inv.apply(self());
    }

    /** Returns the determinant. */
    default Variable det() {
        return Det.apply(self());
    }

    /** Returns sign and logarithm of the absolute value of the determinant; no gradient passes through the sign. */
    default Slogdet<Variable> slogdet() {
        return org.jacobi.autograd.ops.Slogdet.apply(self());
    }

    /** Returns the lower triangular L with A = L Lᵀ; the gradient is symmetric. */
    default Variable cholesky() {
        return cholesky(false);
    }

    /** Returns the lower triangular L with A = L Lᵀ, or the upper triangular U with A = Uᵀ U. */
    default Variable cholesky(boolean upper) {
        return Cholesky.apply(self(), upper);
    }

    /** Returns X with L Lᵀ X = B, for this B. */
    default Variable choleskySolve(Variable l) {
        return choleskySolve(l, false);
    }

    /** Returns X with A X = B, for this B, from the factor that {@link #cholesky} gave for A. */
    default Variable choleskySolve(Variable factor, boolean upper) {
        Variable lower = upper ? factor.transpose(-2, -1) : factor;
        return lower.transpose(-2, -1).solveTriangular(lower.solveTriangular(self(), false), true);
    }

    /** Returns Q (…, M, K) and R (…, K, N), with K = min(M, N). */
    default Qr<Variable> qr() {
        return qr(false);
    }

    /** Returns Q and R; complete ones have a gradient only where M is at most N, because Q is not determined otherwise. */
    default Qr<Variable> qr(boolean complete) {
        return org.jacobi.autograd.ops.Qr.apply(self(), complete);
    }

    /** Returns U, S and Vh in full; their vectors beyond min(M, N) are not determined and have no gradient. */
    default Svd<Variable> svd() {
        return svd(true);
    }

    /** Returns U, S and Vh; the gradient of vectors grows without bound where singular values come close to each other. */
    default Svd<Variable> svd(boolean fullMatrices) {
        return org.jacobi.autograd.ops.Svd.apply(self(), fullMatrices);
    }

    /** Returns the singular values, descending. */
    default Variable svdvals() {
        return svd(false).s();
    }

    /** Returns eigenvalues and eigenvectors of a symmetric matrix; the vectors' gradient needs distinct eigenvalues. */
    default Eigh<Variable> eigh() {
        return org.jacobi.autograd.ops.Eigh.apply(self());
    }

    /** Returns the eigenvalues of a symmetric matrix, ascending. */
    default Variable eigvalsh() {
        return eigh().eigenvalues();
    }

    /** Returns the X of least norm among those for which |A X - B| is least, for this A. */
    default Variable lstsq(Variable b) {
        return lstsq(b, tolerance());
    }

    /** Returns the X of least norm among those for which |A X - B| is least; small singular values count as 0. */
    default Variable lstsq(Variable b, double rcond) {
        return Lstsq.apply(self().promoted(b), b.promoted(self()), rcond);
    }

    /** Returns the pseudo-inverse. */
    default Variable pinv() {
        return pinv(tolerance());
    }

    /** Returns the pseudo-inverse; its gradient supposes that the rank does not change. */
    default Variable pinv(double rtol) {
        return Pinv.apply(self(), rtol);
    }

    /** The tolerance that the ops of Tensor take when none is given. */
    private double tolerance() {
        long larger = self().rank() < 2 ? 1 : Math.max(self().size(-2), self().size(-1));
        return larger * (self().dtype() == DType.F64 ? 0x1p-52 : 0x1p-23);
    }

    /** Returns the n-th power of a square matrix; a negative n takes powers of the inverse. */
    default Variable matrixPower(int n) {
        if (n < 0) {
            self().data().matrixPower(0); // which says what is wrong with the shape
            if (n == Integer.MIN_VALUE) {
                throw new IllegalArgumentException(
                        "matrixPower: n is " + n + "; it must be at least " + -Integer.MAX_VALUE);
            }
            return inv().matrixPower(-n);
        }
        // By repeated squaring, from the highest bit of n on, as Tensor does it.
        Variable power = Batch.constant(Batch.trailing("matrixPower", self(), 2).matrixPower(0), self());
        for (int bit = 31 - Integer.numberOfLeadingZeros(n); bit >= 0; bit--) {
            power = power.matmul(power);
            power = (n >> bit & 1) == 1 ? power.matmul(self()) : power;
        }
        return power;
    }

    /** Returns e^A of a square matrix. */
    default Variable matrixExp() {
        return MatrixExp.apply(self());
    }
}
