package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * e^A: the gradient is the derivative at A^T in the direction of dout, which is the upper right block of the exponential of
 * the matrix (A^T, dout; 0, A^T) (Mathias, 1996).
 */
@Formula("dA = the upper right block of exp((A^T, dout; 0, A^T))")
public record MatrixExp(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a) {
        return Variable.record(Batch.trailing("matrixExp", a, 2).matrixExp(),
                out -> new MatrixExp(new Variable[] {a}, Saved.of(a)), a);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable at = Matrices.transpose(saved.get(0));
        long n = at.size(-1);
        Variable zeros = Variable.constant(Tensor.zeros(at.device(), at.dtype(), at.shape().toArray()));
        Variable upper = Variable.cat(-1, at, douts[0]);
        Variable lower = Variable.cat(-1, zeros, at);
        return new Variable[] {apply(Variable.cat(-2, upper, lower)).narrow(-2, 0, n).narrow(-1, n, n)};
    }
}
