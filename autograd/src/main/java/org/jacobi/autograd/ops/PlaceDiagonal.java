package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Zeros of a shape with x on the diagonal that {@link Diagonal} would read. */
@Formula("dx = the diagonal of dout")
public record PlaceDiagonal(Variable[] inputs, Saved saved, long offset, int axis1, int axis2) implements GradFn {
    public static Variable apply(Variable x, Shape shape, long offset, int axis1, int axis2) {
        Tensor value =
                Tensor.make("diagEmbed", x.device(), x.dtype(), Shape.of(Batch.sizes(x, shape.toArray()))).zero_();
        int lead = Batch.lead(x);
        value.diagonal(offset, lead + shape.axis("diagEmbed", axis1), lead + shape.axis("diagEmbed", axis2))
                .copy_(Batch.value(x));
        return Variable.record(value,
                out -> new PlaceDiagonal(new Variable[] {x}, Saved.of(), offset, axis1, axis2), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {Diagonal.apply(douts[0], offset, axis1, axis2)};
    }
}
