package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/**
 * A = L L^T: dA = (S + S^T) / 2 with S = L^-T P(L^T dL) L^-1, where P takes the lower triangle and halves the diagonal
 * (Murray, 2016).
 */
@Formula("dA = (S + S^T) / 2 with S = L^-T P(L^T dL) L^-1")
public record Cholesky(Variable[] inputs, Saved saved, boolean upper) implements GradFn {
    public static Variable apply(Variable a, boolean upper) {
        return Variable.record(Batch.trailing("cholesky", a, 2).cholesky(upper),
                out -> new Cholesky(new Variable[] {a}, Saved.of(out), upper), a);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable l = upper ? Matrices.transpose(saved.get(0)) : saved.get(0);
        Variable dl = upper ? Matrices.transpose(douts[0]) : douts[0];
        Variable lt = Matrices.transpose(l);
        Variable product = lt.matmul(dl);
        Variable halved = Matrices.lower(product, true).add(Matrices.lower(product, false)).mul(0.5);
        Variable s = lt.solveTriangular(halved, true);
        s = l.solveTriangular(s, false, false, false);
        return new Variable[] {s.add(Matrices.transpose(s)).mul(0.5)};
    }
}
