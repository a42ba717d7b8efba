package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * A = V diag(w) V^T: dA = V (dw + F V^T dV) V^T with F[i][j] = 1 / (w[j] - w[i]) beside the diagonal (Giles, 2008). What
 * depends on vectors whose eigenvalues are equal, or on their signs, has no derivative.
 */
@Formula("dA = V (dw + F V^T dV) V^T with F[i][j] = 1 / (w[j] - w[i])")
public record Eigh(Variable[] inputs, Saved saved) implements GradFn {
    public static org.jacobi.tensor.Eigh<Variable> apply(Variable a) {
        org.jacobi.tensor.Eigh<Tensor> value = Batch.trailing("eigh", a, 2).eigh();
        Variable[] outs = Variable.recordAll(new Tensor[] {value.eigenvalues(), value.eigenvectors()},
                both -> new Eigh(new Variable[] {a}, Saved.of(both)), a);
        return new org.jacobi.tensor.Eigh<>(outs[0], outs[1]);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable w = saved.get(0);
        Variable v = saved.get(1);
        Variable vt = Matrices.transpose(v);
        Variable inner = douts[0] == null ? null : Matrices.diagonal(douts[0]);
        if (douts[1] != null) {
            Tensor beside = Batch.value(Matrices.identity(w.size(-1), w)).eq(0);
            Variable turns = Matrices.keep(beside, vt.matmul(douts[1])).div(Matrices.differences(w));
            inner = inner == null ? turns : inner.add(turns);
        }
        return new Variable[] {v.matmul(inner).matmul(vt)};
    }
}
