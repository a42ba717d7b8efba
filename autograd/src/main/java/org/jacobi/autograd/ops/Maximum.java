package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** The larger operand: it gets the gradient, and both get half of it where they are equal. */
@Formula("da = dout where a > b, half of it where a = b; db the rest")
public record Maximum(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(Batch.beside(a, b).maximum(Batch.beside(b, a)),
                out -> new Maximum(new Variable[] {a, b}, Saved.of(a, b)),
                a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Tensor a = Batch.beside(saved.get(0), saved.get(1));
        Tensor b = Batch.beside(saved.get(1), saved.get(0));
        // 1 where a was taken, 1/2 at ties.
        Variable share = Batch.constant(a.gt(b).to(dout.dtype()).add(a.eq(b).to(dout.dtype()).mul(0.5)), saved.get(0),
                saved.get(1));
        return new Variable[] {
            needs(0) ? dout.mul(share).sumTo(inputs[0].shape()) : null,
            needs(1) ? dout.mul(share.neg().add(1)).sumTo(inputs[1].shape()) : null};
    }
}
