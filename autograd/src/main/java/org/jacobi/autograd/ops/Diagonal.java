package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** The diagonal of the matrices that two axes make; {@link PlaceDiagonal} is its reverse. */
@Formula("dx = zeros, with dout on the diagonal")
public record Diagonal(Variable[] inputs, Saved saved, long offset, int axis1, int axis2) implements GradFn {
    public static Variable apply(Variable x, long offset, int axis1, int axis2) {
        return Variable.record(Batch.value(x).diagonal(offset, Batch.axis(x, axis1), Batch.axis(x, axis2)),
                out -> new Diagonal(new Variable[] {x}, Saved.of(), offset, axis1, axis2), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {PlaceDiagonal.apply(douts[0], inputs[0].shape(), offset, axis1, axis2)};
    }
}
