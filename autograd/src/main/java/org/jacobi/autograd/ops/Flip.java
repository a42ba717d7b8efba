package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** The elements in reverse order along axes: the gradient's are reversed back. */
@Formula("dx = dout, reversed along the same axes")
public record Flip(Variable[] inputs, Saved saved, int[] axes) implements GradFn {
    public static Variable apply(Variable x, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), axes).select(0, 0);
        }
        return Variable.record(Batch.value(x).flip(axes.length == 0 ? axes : Batch.axes(x, axes)),
                out -> new Flip(new Variable[] {x}, Saved.of(), axes.clone()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], axes)};
    }
}
