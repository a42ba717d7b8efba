package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** The same elements in another shape: so is the gradient. */
@Formula("dx = dout in x's shape")
public record Reshape(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, long... sizes) {
        return Variable.record(Batch.value(x).reshape(Batch.sizes(x, sizes)),
                out -> new Reshape(new Variable[] {x}, Saved.of()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], inputs[0].shape().toArray())};
    }
}
