package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** y = 1 / x: the derivative is -y². */
@Formula("dx = -dout y²")
public record Reciprocal(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).reciprocal(), out -> new Reciprocal(new Variable[] {x}, Saved.of(out)),
                x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable y = saved.get(0);
        return new Variable[] {dout.mul(y.square()).neg()};
    }
}
