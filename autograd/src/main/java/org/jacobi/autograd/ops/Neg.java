package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** -x. */
@Formula("dx = -dout")
public record Neg(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).neg(), out -> new Neg(new Variable[] {x}, Saved.of()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        return new Variable[] {dout.neg()};
    }
}
