package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** Least squares of least norm: X = A^+ B, so that dB = (A^+)^T dX, and dA is the pseudo-inverse's for dX B^T. */
@Formula("dB = P^T dX with P = A^+; dA = the gradient of P for dX B^T")
public record Lstsq(Variable[] inputs, Saved saved, double rcond) implements GradFn {
    public static Variable apply(Variable a, Variable b, double rcond) {
        Tensor[] values = Matrices.aligned("lstsq", a, b);
        return Variable.record(values[0].lstsq(values[1], rcond),
                out -> new Lstsq(new Variable[] {a, b}, Saved.of(a, b), rcond), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable a = saved.get(0);
        Variable b = saved.get(1);
        Variable p = Pinv.apply(a, rcond);
        return new Variable[] {
            needs(0) ? Pinv.gradient(a, p, douts[0].matmul(Matrices.transpose(b))).sumTo(a.shape()) : null,
            needs(1) ? Matrices.transpose(p).matmul(douts[0]).sumTo(b.shape()) : null};
    }
}
