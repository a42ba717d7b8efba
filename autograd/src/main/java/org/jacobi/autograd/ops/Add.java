package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** a + b: the gradient passes to both. */
@Formula("da = dout, db = dout (each summed over the axes it was broadcast along)")
public record Add(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(Batch.beside(a, b).add(Batch.beside(b, a)),
                out -> new Add(new Variable[] {a, b}, Saved.of()), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        return new Variable[] {
            needs(0) ? dout.sumTo(inputs[0].shape()) : null,
            needs(1) ? dout.sumTo(inputs[1].shape()) : null};
    }
}
