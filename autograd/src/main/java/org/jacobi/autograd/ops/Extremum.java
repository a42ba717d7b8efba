package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** The largest or smallest element over axes: it gets the gradient, and ties share it evenly. */
@Formula("dx = dout where x is the extremum, shared evenly by ties, 0 elsewhere")
public record Extremum(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(Variable x, boolean largest, boolean keepAxes, int... axes) {
        Shape kept = x.shape().reduced(largest ? "amax" : "amin", axes);
        Tensor value = largest ? x.value().amax(keepAxes, axes) : x.value().amin(keepAxes, axes);
        return Variable.record(value, out -> new Extremum(new Variable[] {x}, Saved.of(x, out), kept), x);
    }

    @Override
    public String name() {
        return "amax or amin";
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor x = saved.get(0).value();
        Tensor hit = x.eq(saved.get(1).value().reshape(kept.toArray())).to(x.dtype());
        Tensor ties = hit;
        for (int axis = 0; axis < x.rank(); axis++) {
            if (kept.size(axis) != x.size(axis)) {
                ties = ties.sum(true, axis);
            }
        }
        return new Variable[] {douts[0].reshape(kept.toArray()).mul(hit.div(ties))};
    }
}
