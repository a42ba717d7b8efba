package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Zeros of a shape with x put where {@link Slice} would read it. */
@Formula("dx = the slice of dout where x was put")
public record Place(Variable[] inputs, Saved saved, int axis, long start, long end, long step) implements GradFn {
    public static Variable apply(Variable x, Shape shape, int axis, long start, long end, long step) {
        Tensor value = Tensor.make("place", x.device(), x.dtype(), Shape.of(Batch.sizes(x, shape.toArray()))).zero_();
        value.slice(Batch.axis(x, axis), start, end, step).copy_(Batch.value(x));
        return Variable.record(value, out -> new Place(new Variable[] {x}, Saved.of(), axis, start, end, step), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {Slice.apply(douts[0], axis, start, end, step)};
    }
}
