package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** erf x: the derivative is 2/√π e^(-x²). */
@Formula("dx = dout 2/√π e^(-x²)")
public record Erf(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).erf(), out -> new Erf(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {dout.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI))};
    }
}
