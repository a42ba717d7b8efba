package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.backend.BinaryOp;

/** max(x, 0): the derivative is 1 where x > 0, else 0. */
@Formula("dx = dout where x > 0, else 0")
public record Relu(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x) {
        return Variable.record(Batch.value(x).relu(), out -> new Relu(new Variable[] {x}, Saved.of(x)), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        return new Variable[] {Operands.derivative(BinaryOp.RELU_BACKWARD, dout, x,
                () -> dout.mul(Batch.constant(Batch.value(x).gt(0), x)))};
    }
}
