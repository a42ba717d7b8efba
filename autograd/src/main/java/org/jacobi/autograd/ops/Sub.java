package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** a - b: the gradient passes to a, and negated to b. */
@Formula("da = dout, db = -dout")
public record Sub(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(Batch.beside(a, b).sub(Batch.beside(b, a)),
                out -> new Sub(new Variable[] {a, b}, Saved.of()), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        return new Variable[] {
            needs(0) ? dout.sumTo(inputs[0].shape()) : null,
            needs(1) ? dout.neg().sumTo(inputs[1].shape()) : null};
    }
}
