package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** y = tanh x: the derivative is 1 - y². */
@Formula("dx = dout (1 - y²)")
public record Tanh(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).tanh(), out -> new Tanh(new Variable[] {x}, Saved.of(out)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable y = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.TANH_BACKWARD, dout, y,
                () -> dout.mul(y.square().neg().add(1)))};
    }
}
