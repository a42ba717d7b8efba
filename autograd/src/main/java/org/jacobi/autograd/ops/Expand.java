package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/** Axes of size 1 repeated: their gradients are summed. */
@Formula("dx = Σ dout over the repeated axes")
public record Expand(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, Shape shape) {
        return shape.equals(x.shape()) ? x
                : Variable.record(Batch.widened(x, shape.rank()).expandTo(Shape.of(Batch.sizes(x, shape.toArray()))),
                        out -> new Expand(new Variable[] {x}, Saved.of()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {douts[0].sumTo(inputs[0].shape())};
    }
}
