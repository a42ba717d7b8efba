package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** y = √x: the derivative is 1 / 2y. */
@Formula("dx = dout / 2y")
public record Sqrt(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).sqrt(), out -> new Sqrt(new Variable[] {x}, Saved.of(out)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable y = saved.get(0);
        return new Variable[] {dout.div(y.mul(2))};
    }
}
