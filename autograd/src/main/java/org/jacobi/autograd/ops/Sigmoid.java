package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** y = 1 / (1 + e^-x): the derivative is y (1 - y). */
@Formula("dx = dout y (1 - y)")
public record Sigmoid(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).sigmoid(), out -> new Sigmoid(new Variable[] {x}, Saved.of(out)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable y = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.SIGMOID_BACKWARD, dout, y,
                () -> dout.mul(y).mul(y.neg().add(1)))};
    }
}
