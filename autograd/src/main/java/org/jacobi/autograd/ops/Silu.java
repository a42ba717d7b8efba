package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** x s with s = sigmoid(x): the derivative is s (1 + x (1 - s)). */
@Formula("dx = dout s (1 + x (1 - s)), s = sigmoid(x)")
public record Silu(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).silu(), out -> new Silu(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.SILU_BACKWARD, dout, x, () -> {
            Variable s = x.sigmoid();
            return dout.mul(s).mul(x.mul(s.neg().add(1)).add(1));
        })};
    }
}
