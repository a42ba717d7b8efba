package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** a / b: da = dout / b, db = -dout a / b². */
@Formula("da = dout / b, db = -dout a / b²")
public record Div(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(Batch.beside(a, b).div(Batch.beside(b, a)),
                out -> new Div(new Variable[] {a, b}, Saved.of(a, b)), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable a = saved.get(0);
        Variable b = saved.get(1);
        return new Variable[] {
            needs(0) ? dout.div(b).sumTo(inputs[0].shape()) : null,
            needs(1) ? dout.mul(a).div(b.square()).neg().sumTo(inputs[1].shape()) : null};
    }
}
