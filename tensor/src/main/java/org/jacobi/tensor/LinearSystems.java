package org.jacobi.tensor;

import java.lang.ref.Reference;

/** Systems of equations, inverses and determinants: what LU and Cholesky decompositions are for. */
final class LinearSystems {
    private LinearSystems() {
    }

    /** P A = L U in one column-major matrix, and P as the order of rows. */
    private record Lu(Tensor factors, Tensor permutation) {
        static Lu of(String op, Tensor a) {
            Matrices.requireSquare(op, a);
            Tensor factors = Matrices.columns(op, a);
            Tensor permutation = Tensor.make(op, a.device(), DType.I64, a.shape().without(a.rank() - 1));
            factors.backend().lu(factors, permutation);
            return new Lu(factors, permutation);
        }

        void requireRegular(String op) {
            Tensor zeros = Matrices.diagonal(factors).eq(0);
            if (zeros.any().item() == 0) {
                return;
            }
            // The number of the first pivot that is 0, counted from 1; 0 where there is none.
            Tensor info = zeros.any(-1).mul(zeros.to(DType.I64).argmax(-1).add(1));
            Matrices.check(op, info, "is singular: pivot %d is 0",
                    "its rows are linearly dependent; lstsq and pinv take such matrices");
        }

        /** The determinant of P: 1 or -1 for each permutation, whose cycles of even length are counted. */
        Tensor parity() {
            long n = factors.size(-1);
            long[] rows = permutation.toLongArray();
            Shape batch = Matrices.batch(factors.shape());
            double[] parities = new double[Math.toIntExact(batch.numel())];
            for (int b = 0; b < parities.length; b++) {
                int first = (int) (b * n);
                parities[b] = 1;
                for (int i = 0; i < n; i++) {
                    while (rows[first + i] != i) {
                        int next = (int) rows[first + i];
                        rows[first + i] = rows[first + next];
                        rows[first + next] = next;
                        parities[b] = -parities[b];
                    }
                }
            }
            return Tensor.of(parities).to(factors.dtype()).to(factors.device()).reshape(batch.toArray());
        }

        /** Solves for a B that already has the batch that both broadcast to. */
        Tensor solve(Tensor b) {
            Shape batch = Matrices.batch(b.shape());
            long n = b.size(-2);
            Tensor order = permutation.unsqueeze(-1).expandTo(b.shape());
            Tensor x = Matrices.columns("solve", b.gather(-2, order));
            Tensor a = factors.expandTo(Matrices.append(batch, n, n));
            return substitute(substitute(x, a, false, true), a, true, false);
        }
    }

    /** Overwrites a column-major B with the solution of A X = B, unless there is nothing to solve. */
    private static Tensor substitute(Tensor b, Tensor a, boolean upper, boolean unit) {
        if (b.numel() > 0) {
            Tensor dense = a.isContiguous() || a.transpose(-2, -1).isContiguous() ? a : a.contiguous();
            b.backend().solveTriangular(b, dense, upper, unit);
            Reference.reachabilityFence(dense);
        }
        return b;
    }

    static Tensor solve(Tensor left, Tensor right) {
        DType common = DType.promote(left.dtype(), right.dtype());
        Device.same("solve", left, right);
        Tensor a = Matrices.requireSquare("solve", left.to(common));
        Tensor b = right.to(common);
        if (isVector(a.shape(), b.shape())) {
            Tensor x = solve(a, b.unsqueeze(-1));
            return x.replacedBy(x.squeeze(-1));
        }
        requireRows("solve", a.size(-1), left, right, b.rank() < 2 ? -1 : b.size(-2));
        Shape batch = Shape.broadcast("solve", Matrices.batch(a.shape()), Matrices.batch(b.shape()));
        return Matrices.tidy(() -> {
            Lu lu = Lu.of("solve", a);
            lu.requireRegular("solve");
            return lu.solve(b.expandTo(Matrices.append(batch, b.size(-2), b.size(-1))));
        });
    }

    /** PyTorch's rule for what the right-hand side of a system is. */
    static boolean isVector(Shape a, Shape b) {
        return b.rank() == 1 || b.rank() == a.rank() - 1 && b.equals(a.without(a.rank() - 1));
    }

    static void requireRows(String op, long expected, Tensor a, Tensor b, long rows) {
        if (rows != expected) {
            throw new IllegalArgumentException(op + ": shapes " + a.shape() + " and " + b.shape()
                    + " do not fit: the right-hand side must be a matrix of " + expected + " rows"
                    + (rows < 0 ? "" : ", and has " + rows));
        }
    }

    static Tensor solveTriangular(Tensor left, Tensor right, boolean upper, boolean onLeft, boolean unit) {
        if (!onLeft) {
            // X A = B is A^T X^T = B^T.
            return solveTriangular(Matrices.require("solveTriangular", left).transpose(-2, -1),
                    Matrices.require("solveTriangular", right).transpose(-2, -1),
                    !upper, true, unit).transpose(-2, -1);
        }
        DType common = DType.promote(left.dtype(), right.dtype());
        Device.same("solveTriangular", left, right);
        Tensor a = Matrices.requireSquare("solveTriangular", left.to(common));
        Tensor b = right.to(common);
        requireRows("solveTriangular", a.size(-1), left, right, b.rank() < 2 ? -1 : b.size(-2));
        Shape batch = Shape.broadcast("solveTriangular", Matrices.batch(a.shape()), Matrices.batch(b.shape()));
        Tensor x = Matrices.columns("solveTriangular",
                b.expandTo(Matrices.append(batch, b.size(-2), b.size(-1))));
        return substitute(x, a.expandTo(Matrices.append(batch, a.size(-2), a.size(-1))), upper, unit);
    }

    static Tensor inv(Tensor a) {
        return Matrices.tidy(() -> {
            Lu lu = Lu.of("inv", a);
            lu.requireRegular("inv");
            return lu.solve(Matrices.eye(a.size(-1), a).expandTo(a.shape()));
        });
    }

    static Tensor det(Tensor a) {
        return Matrices.tidy(() -> {
            Lu lu = Lu.of("det", a);
            return Matrices.diagonal(lu.factors).prod(-1).mul(lu.parity());
        });
    }

    static Slogdet<Tensor> slogdet(Tensor a) {
        try (TensorScope scope = TensorScope.open()) {
            Lu lu = Lu.of("slogdet", a);
            Tensor pivots = Matrices.diagonal(lu.factors);
            return new Slogdet<>(scope.keep(pivots.sign().prod(-1).mul(lu.parity())),
                    scope.keep(pivots.abs().log().sum(-1)));
        }
    }

    static Tensor cholesky(Tensor a, boolean upper) {
        Tensor factor = Matrices.columns("cholesky", Matrices.requireSquare("cholesky", a));
        Tensor info = Tensor.make("cholesky", a.device(), DType.I64, Matrices.batch(a.shape()));
        factor.backend().cholesky(factor, upper, info);
        Matrices.check("cholesky", info, "is not positive-definite: its leading minor of order %d is not positive",
                "is it symmetric? a small multiple of the identity added to it may help");
        return factor;
    }
}
