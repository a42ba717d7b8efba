package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * A = Q R with as many columns as rows, or fewer: dA = (dQ + Q sym(M)) R^-T with M = R dR^T - dQ^T Q, where sym mirrors the
 * lower triangle (Walter and Lehmann, 2018).
 *
 * <p>With more columns, A = (X, Y) and R = (U, V): X = Q U is the square case, and V = Q^T Y adds Y dV^T to dQ.
 */
@Formula("dA = (dQ + Q sym(M)) R^-T with M = R dR^T - dQ^T Q")
public record Qr(Variable[] inputs, Saved saved) implements GradFn {
    public static org.jacobi.tensor.Qr<Variable> apply(Variable a, boolean complete) {
        org.jacobi.tensor.Qr<Tensor> value = Batch.trailing("qr", a, 2).qr(complete);
        Variable[] outs = Variable.recordAll(new Tensor[] {value.q(), value.r()},
                both -> new Qr(new Variable[] {a}, Saved.of(both)), a);
        return new org.jacobi.tensor.Qr<>(outs[0], outs[1]);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable q = saved.get(0);
        Variable r = saved.get(1);
        long m = q.size(-2);
        long n = r.size(-1);
        if (q.size(-1) > n) {
            throw new IllegalStateException(
                    "backward: qr of shape " + inputs[0].shape() + " has no gradient when complete,"
                            + " because the columns of Q beyond the first " + n + " are not determined; use qr(false)");
        }
        Variable dq = orZeros(douts[0], q);
        Variable dr = orZeros(douts[1], r);
        if (m >= n) {
            return new Variable[] {tall(q, r, dq, dr)};
        }
        Variable dv = dr.narrow(-1, m, n - m);
        Variable y = q.matmul(r.narrow(-1, m, n - m));
        Variable dx = tall(q, r.narrow(-1, 0, m), dq.add(y.matmul(Matrices.transpose(dv))), dr.narrow(-1, 0, m));
        return new Variable[] {Variable.cat(-1, dx, q.matmul(dv))};
    }

    private static Variable orZeros(Variable dout, Variable out) {
        return dout != null ? dout : Variable.constant(Tensor.zeros(out.device(), out.dtype(), out.shape().toArray()));
    }

    private static Variable tall(Variable q, Variable r, Variable dq, Variable dr) {
        Variable m = r.matmul(Matrices.transpose(dr)).sub(Matrices.transpose(dq).matmul(q));
        Variable mirrored = Matrices.lower(m, true).add(Matrices.transpose(Matrices.lower(m, false)));
        return Matrices.transpose(r).solveTriangular(dq.add(q.matmul(mirrored)), false, false, false);
    }
}
