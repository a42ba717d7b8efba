package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** Y = A^-1: dA = -Y^T dY Y^T (Giles, 2008). */
@Formula("dA = -out^T dout out^T")
public record Inv(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a) {
        return Variable.record(Batch.trailing("inv", a, 2).inv(), out -> new Inv(new Variable[] {a}, Saved.of(out)), a);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable y = Matrices.transpose(saved.get(0));
        return new Variable[] {y.matmul(douts[0]).matmul(y).neg()};
    }
}
