package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/**
 * P = A^+: dA = -P^T dP P^T + (I - A P) dP^T P P^T + P^T P dP^T (I - P A), while the rank does not change (Golub and
 * Pereyra, 1973).
 */
@Formula("dA = -P^T dP P^T + (I - A P) dP^T P P^T + P^T P dP^T (I - P A)")
public record Pinv(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, double rtol) {
        return Variable.record(Batch.trailing("pinv", a, 2).pinv(rtol),
                out -> new Pinv(new Variable[] {a}, Saved.of(a, out)), a);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {gradient(saved.get(0), saved.get(1), douts[0])};
    }

    static Variable gradient(Variable a, Variable p, Variable dp) {
        Variable pt = Matrices.transpose(p);
        Variable dpt = Matrices.transpose(dp);
        Variable left = dpt.matmul(p).matmul(pt);
        Variable right = pt.matmul(p).matmul(dpt);
        return left.sub(a.matmul(p.matmul(left))).add(right.sub(right.matmul(p).matmul(a)))
                .sub(pt.matmul(dp).matmul(pt));
    }
}
