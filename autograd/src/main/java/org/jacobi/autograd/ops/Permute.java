package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/** The axes in another order: the gradient's are put back. */
@Formula("dx = dout, its axes put back")
public record Permute(Variable[] inputs, Saved saved, int[] axes) implements GradFn {
    public static Variable apply(Variable x, int... axes) {
        return Variable.record(Batch.value(x).permute(Batch.order(x, axes)),
                out -> new Permute(new Variable[] {x}, Saved.of(), axes.clone()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        int[] inverse = new int[axes.length];
        for (int i = 0; i < axes.length; i++) {
            inverse[Math.floorMod(axes[i], axes.length)] = i;
        }
        return new Variable[] {apply(douts[0], inverse)};
    }
}
