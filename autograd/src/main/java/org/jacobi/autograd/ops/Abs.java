package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** |x|: the derivative is the sign, 0 at 0. */
@Formula("dx = dout sign(x)")
public record Abs(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).abs(), out -> new Abs(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {dout.mul(Batch.constant(Batch.value(x).sign(), x))};
    }
}
