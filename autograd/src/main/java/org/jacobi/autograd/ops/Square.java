package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** x²: the derivative is 2x. */
@Formula("dx = 2 dout x")
public record Square(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).square(), out -> new Square(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {dout.mul(x).mul(2)};
    }
}
