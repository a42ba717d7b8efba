package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;

/** x in another floating-point type: the gradient is converted back. */
@Formula("dx = dout, converted to x's type")
public record Cast(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, DType type) {
        return type == x.dtype() ? x
                : Variable.record(Batch.value(x).to(type), out -> new Cast(new Variable[] {x}, Saved.of()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {douts[0].to(inputs[0].dtype())};
    }
}
