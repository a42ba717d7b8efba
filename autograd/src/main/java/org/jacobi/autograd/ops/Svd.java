package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * A = U S V^T (Townsend, 2016): with F[i][j] = 1 / (s[j]^2 - s[i]^2) and skew(X) = X - X^T,
 * dA = U (F skew(U^T dU) S + S F skew(V^T dV) + dS) V^T + (I - U U^T) dU S^-1 V^T + U S^-1 dV^T (I - V V^T).
 *
 * <p>What depends on vectors whose singular values are equal, or on the signs of vectors, has no derivative. Vectors beyond
 * the first min(M, N) are not determined: a gradient of theirs that is not 0 is refused.
 */
@Formula("dA = U (F skew(U^T dU) S + S F skew(V^T dV) + dS) V^T + (I - U U^T) dU S^-1 V^T + U S^-1 dV^T (I - V V^T)")
public record Svd(Variable[] inputs, Saved saved) implements GradFn {
    public static org.jacobi.tensor.Svd<Variable> apply(Variable a, boolean full) {
        org.jacobi.tensor.Svd<Tensor> value = Batch.trailing("svd", a, 2).svd(full);
        Variable[] outs = Variable.recordAll(new Tensor[] {value.u(), value.s(), value.vh()},
                all -> new Svd(new Variable[] {a}, Saved.of(all)), a);
        return new org.jacobi.tensor.Svd<>(outs[0], outs[1], outs[2]);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable s = saved.get(1);
        long k = s.size(-1);
        Variable u = saved.get(0).narrow(-1, 0, k);
        Variable vh = saved.get(2).narrow(-2, 0, k);
        Variable v = Matrices.transpose(vh);
        Variable du = determined(douts[0], -1, k);
        Variable dvh = determined(douts[2], -2, k);
        Variable column = s.unsqueeze(-1);
        Variable row = s.unsqueeze(-2);
        Variable inner = douts[1] == null ? null : Matrices.diagonal(douts[1]);
        Variable outer = null;
        if (du != null) {
            inner = sum(inner, skew(Matrices.transpose(u).matmul(du), s).mul(row));
            if (u.size(-2) > k) {
                outer = sum(outer, beside(u, du).div(row).matmul(vh));
            }
        }
        if (dvh != null) {
            Variable dv = Matrices.transpose(dvh);
            inner = sum(inner, skew(vh.matmul(dv), s).mul(column));
            if (v.size(-2) > k) {
                outer = sum(outer, u.div(row).matmul(Matrices.transpose(beside(v, dv))));
            }
        }
        return new Variable[] {sum(outer, u.matmul(inner).matmul(vh))};
    }

    private static Variable determined(Variable dout, int axis, long k) {
        if (dout == null || dout.size(axis) == k) {
            return dout;
        }
        if (Batch.value(dout).narrow(axis, k, dout.size(axis) - k).any().item() != 0) {
            throw new IllegalStateException("backward: vectors of svd beyond the first " + k
                    + " are not determined and have no gradient; use svd(false)");
        }
        return dout.narrow(axis, 0, k);
    }

    /** (X - X^T) / (s[j]^2 - s[i]^2). */
    private static Variable skew(Variable x, Variable s) {
        Variable sums = s.unsqueeze(-2).add(s.unsqueeze(-1));
        Tensor diagonal = Batch.value(Matrices.identity(s.size(-1), s)).ne(0);
        // The numerator is 0 on the diagonal, where 0 / 0 must not arise, s being 0 or not.
        Variable squares = Variable.where(diagonal, Variable.constant(Tensor.scalar(1, s.dtype())),
                sums.mul(s.unsqueeze(-2).sub(s.unsqueeze(-1))));
        return x.sub(Matrices.transpose(x)).div(squares);
    }

    /** (I - U U^T) X. */
    private static Variable beside(Variable u, Variable x) {
        return x.sub(u.matmul(Matrices.transpose(u).matmul(x)));
    }

    private static Variable sum(Variable sofar, Variable term) {
        return sofar == null ? term : term == null ? sofar : sofar.add(term);
    }
}
