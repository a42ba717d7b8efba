package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/** The sum over axes: every element gets the sum's gradient. */
@Formula("dx = dout, repeated over the summed axes")
public record Sum(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(Variable x, boolean keepAxes, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), false);
        }
        Shape kept = x.shape().reduced("sum", axes);
        return Variable.record(Batch.value(x).sum(keepAxes, Batch.axes(x, axes)),
                out -> new Sum(new Variable[] {x}, Saved.of(), kept), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {douts[0].reshape(kept.toArray()).expandTo(inputs[0].shape())};
    }
}
