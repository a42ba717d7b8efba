package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** Every step-th element of an axis from start to end; {@link Place} is its reverse. */
@Formula("dx = zeros, with dout where the slice was read")
public record Slice(Variable[] inputs, Saved saved, int axis, long start, long end, long step) implements GradFn {
    public static Variable apply(Variable x, int axis, long start, long end, long step) {
        return Variable.record(Batch.value(x).slice(Batch.axis(x, axis), start, end, step),
                out -> new Slice(new Variable[] {x}, Saved.of(), axis, start, end, step), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {Place.apply(douts[0], inputs[0].shape(), axis, start, end, step)};
    }
}
