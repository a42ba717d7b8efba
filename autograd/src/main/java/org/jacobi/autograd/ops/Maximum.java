package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** The larger operand: it gets the gradient, and both get half of it where they are equal. */
@Formula("da = dout where a > b, half of it where a = b; db the rest")
public record Maximum(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(a.value().maximum(b.value()), out -> new Maximum(new Variable[] {a, b}, Saved.of(a, b)),
                a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Tensor a = saved.get(0).value();
        Tensor b = saved.get(1).value();
        // 1 where a was taken, 1/2 at ties.
        Tensor share = a.gt(b).to(dout.dtype()).add(a.eq(b).to(dout.dtype()).mul(0.5));
        return new Variable[] {
            needs(0) ? dout.mul(share).sumTo(inputs[0].shape()) : null,
            needs(1) ? dout.mul(share.neg().add(1)).sumTo(inputs[1].shape()) : null};
    }
}
