package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import java.util.Arrays;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** The elements shifted along axes: the gradient's are shifted back. */
@Formula("dx = dout, shifted back")
public record Roll(Variable[] inputs, Saved saved, long[] shifts, int[] axes) implements GradFn {
    public static Variable apply(Variable x, long[] shifts, int[] axes) {
        if (Batch.lead(x) > 0 && axes.length == 0) {
            return apply(x.reshape(-1), shifts, new int[] {0}).reshape(x.shape().toArray());
        }
        return Variable.record(Batch.value(x).roll(shifts, Batch.axes(x, axes)),
                out -> new Roll(new Variable[] {x}, Saved.of(), shifts.clone(), axes.clone()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], Arrays.stream(shifts).map(shift -> -shift).toArray(), axes)};
    }
}
