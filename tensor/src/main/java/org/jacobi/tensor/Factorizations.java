package org.jacobi.tensor;

import java.lang.ref.Reference;

/** Orthogonal decompositions, and what they are for: least squares, pseudo-inverses, ranks. */
final class Factorizations {
    private Factorizations() {
    }

    static Qr<Tensor> qr(Tensor x, boolean complete) {
        Tensor r = Matrices.columns("qr", Matrices.require("qr", x));
        long m = x.size(-2);
        long columns = complete ? m : Math.min(m, x.size(-1));
        Tensor q = Matrices.columnMajor("qr", x, Matrices.append(Matrices.batch(x.shape()), m, columns));
        r.backend().qr(q, r);
        return new Qr<>(q, r.replacedBy(r.narrow(-2, 0, columns)));
    }

    static Svd<Tensor> svd(Tensor x, boolean full) {
        Tensor a = finite("svd", Matrices.require("svd", x));
        Shape batch = Matrices.batch(x.shape());
        long m = x.size(-2);
        long n = x.size(-1);
        long k = Math.min(m, n);
        Tensor u = Matrices.columnMajor("svd", x, Matrices.append(batch, m, full ? m : k));
        Tensor vh = Matrices.columnMajor("svd", x, Matrices.append(batch, full ? n : k, n));
        Tensor s = Tensor.make("svd", x.device(), x.dtype(), Matrices.append(batch, k));
        if (x.numel() == 0) {
            // Any orthonormal vectors do; the identity's are at hand.
            u.zero_();
            vh.zero_();
            Matrices.diagonal(u).fill_(1);
            Matrices.diagonal(vh).fill_(1);
        } else {
            decompose("svd", u, s, vh, a);
        }
        return new Svd<>(u, s, vh);
    }

    static Tensor svdvals(Tensor x) {
        return svdvals("svdvals", x);
    }

    private static Tensor svdvals(String op, Tensor x) {
        Tensor a = finite(op, Matrices.require(op, x));
        Tensor s = Tensor.make(op, x.device(), x.dtype(),
                Matrices.append(Matrices.batch(x.shape()), Math.min(x.size(-2), x.size(-1))));
        if (x.numel() > 0) {
            decompose(op, null, s, null, a);
        }
        return s;
    }

    private static void decompose(String op, Tensor u, Tensor s, Tensor vh, Tensor x) {
        Tensor a = Matrices.columns(op, x);
        Tensor info = Tensor.make(op, x.device(), DType.I64, Matrices.batch(x.shape()));
        a.backend().svd(u, s, vh, a, info);
        a.release();
        converged(op, info);
    }

    static Eigh<Tensor> eigh(Tensor x) {
        Tensor vectors = Matrices.columns("eigh", finite("eigh", Matrices.requireSquare("eigh", x)));
        return new Eigh<>(eigenvalues("eigh", vectors, true), vectors);
    }

    static Tensor eigvalsh(Tensor x) {
        Tensor a = Matrices.columns("eigvalsh", finite("eigvalsh", Matrices.requireSquare("eigvalsh", x)));
        Tensor values = eigenvalues("eigvalsh", a, false);
        a.release();
        return values;
    }

    private static Tensor eigenvalues(String op, Tensor a, boolean vectors) {
        Tensor values = Tensor.make(op, a.device(), a.dtype(), a.shape().without(a.rank() - 1));
        if (a.numel() > 0) {
            Tensor info = Tensor.make(op, a.device(), DType.I64, Matrices.batch(a.shape()));
            a.backend().eigh(values, a, vectors, info);
            converged(op, info);
        }
        return values;
    }

    private static void converged(String op, Tensor info) {
        Matrices.check(op, info, "did not converge (code %d)", "are its numbers of extremely different sizes?");
    }

    /** LAPACK's iterations need not end where there are NaN or infinities. */
    private static Tensor finite(String op, Tensor x) {
        Tensor wrong = x.sub(x).ne(0);
        if (wrong.any().item() != 0) {
            Matrices.check(op, wrong.any(-2, -1).to(DType.I64), "has numbers that are not finite",
                    "look for what made the first NaN or infinity");
        }
        return x;
    }

    /** The tolerance for singular values relative to the largest one, below which they are rounding errors. */
    static double rtol(Tensor x) {
        double eps = x.dtype() == DType.F64 ? 0x1p-52 : 0x1p-23;
        return x.rank() < 2 ? eps : eps * Math.max(x.size(-2), x.size(-1));
    }

    static Tensor matrixRank(Tensor x, double rtol) {
        return Matrices.tidy(() -> counts(svdvals("matrixRank", x), rtol).sum(-1));
    }

    /** Returns which singular values (..., K), descending, count. */
    private static Tensor counts(Tensor s, double rtol) {
        return s.gt(s.narrow(-1, 0, Math.min(1, s.size(-1))).mul(rtol));
    }

    /** Returns 1 / s, but 0 where s does not count. */
    private static Tensor inverses(Tensor s, double rtol) {
        return Tensor.where(counts(s, rtol), s.reciprocal(), Tensor.scalar(0, s.dtype()));
    }

    static Tensor pinv(Tensor x, double rtol) {
        Matrices.require("pinv", x);
        return Matrices.tidy(() -> {
            Svd<Tensor> svd = svd(x, false);
            Tensor scaled = svd.vh().transpose(-2, -1).mul(inverses(svd.s(), rtol).unsqueeze(-2));
            return scaled.matmul(svd.u().transpose(-2, -1));
        });
    }

    static Tensor lstsq(Tensor left, Tensor right, double rcond) {
        DType common = DType.promote(left.dtype(), right.dtype());
        Tensor a = Matrices.require("lstsq", left.to(common));
        Tensor b = right.to(common);
        LinearSystems.requireRows("lstsq", a.size(-2), left, right, b.rank() < 2 ? -1 : b.size(-2));
        Shape.broadcast("lstsq", Matrices.batch(a.shape()), Matrices.batch(b.shape()));
        return Matrices.tidy(() -> {
            Svd<Tensor> svd = svd(a, false);
            Tensor coordinates = svd.u().transpose(-2, -1).matmul(b);
            return svd.vh().transpose(-2, -1).matmul(coordinates.mul(inverses(svd.s(), rcond).unsqueeze(-1)));
        });
    }
}
