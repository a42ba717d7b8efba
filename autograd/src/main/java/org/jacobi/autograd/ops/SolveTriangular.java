package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** X = A^-1 B for a triangular A: dB = A^-T dX, and dA is that triangle of -dB X^T. */
@Formula("dB = A^-T dX; dA = the triangle of -dB X^T")
public record SolveTriangular(Variable[] inputs, Saved saved, boolean upper, boolean unit) implements GradFn {
    public static Variable apply(Variable a, Variable b, boolean upper, boolean unit) {
        Tensor[] values = Matrices.aligned("solveTriangular", a, b);
        return Variable.record(values[0].solveTriangular(values[1], upper, true, unit),
                out -> new SolveTriangular(new Variable[] {a, b}, Saved.of(a, out), upper, unit), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable db = apply(Matrices.transpose(saved.get(0)), douts[0], !upper, unit);
        Variable da = null;
        if (needs(0)) {
            Variable x = saved.get(1);
            // The upper triangle is the transpose of the transpose's lower one.
            da = upper ? Matrices.transpose(Matrices.lower(x.matmul(Matrices.transpose(db)), !unit))
                    : Matrices.lower(db.matmul(Matrices.transpose(x)), !unit);
            da = da.neg().sumTo(inputs[0].shape());
        }
        return new Variable[] {da, needs(1) ? db.sumTo(inputs[1].shape()) : null};
    }
}
