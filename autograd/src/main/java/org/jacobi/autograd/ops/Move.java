package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Device;

/** x on another device: the gradient is moved back. */
@Formula("dx = dout, moved to x's device")
public record Move(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, Device device) {
        return device == x.device() ? x
                : Variable.record(Batch.value(x).to(device), out -> new Move(new Variable[] {x}, Saved.of()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {douts[0].to(inputs[0].device())};
    }
}
