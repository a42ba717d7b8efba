package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** x Φ(x): the derivative is Φ(x) + x φ(x), with the normal distribution's Φ and its density φ. */
@Formula("dx = dout (Φ(x) + x φ(x))")
public record Gelu(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).gelu(), out -> new Gelu(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.GELU_BACKWARD, dout, x, () -> {
            Variable cumulative = x.mul(Math.sqrt(0.5)).erf().add(1).mul(0.5);
            Variable density = x.square().mul(-0.5).exp().mul(1 / Math.sqrt(2 * Math.PI));
            return dout.mul(cumulative.add(x.mul(density)));
        })};
    }
}
