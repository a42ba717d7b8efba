package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** X = A^-1 B: dB = A^-T dX and dA = -dB X^T (Giles, 2008). */
@Formula("dB = A^-T dX; dA = -dB X^T")
public record Solve(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        boolean vector = b.rank() == 1 || b.rank() == a.rank() - 1 && b.shape().equals(a.shape().without(a.rank() - 1));
        if (vector) {
            return apply(a, b.unsqueeze(-1)).squeeze(-1);
        }
        Tensor[] values = Matrices.aligned("solve", a, b);
        return Variable.record(values[0].solve(values[1]),
                out -> new Solve(new Variable[] {a, b}, Saved.of(a, out)), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable db = apply(Matrices.transpose(saved.get(0)), douts[0]);
        return new Variable[] {
            needs(0) ? db.matmul(Matrices.transpose(saved.get(1))).neg().sumTo(inputs[0].shape()) : null,
            needs(1) ? db.sumTo(inputs[1].shape()) : null};
    }
}
