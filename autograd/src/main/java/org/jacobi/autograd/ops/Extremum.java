package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** The largest or smallest element over axes, or the median of all: it gets the gradient, and ties share it evenly. */
@Formula("dx = dout where x is the extremum, shared evenly by ties, 0 elsewhere")
public record Extremum(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(String op, Variable x, boolean largest, boolean keepAxes, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(op, x.unsqueeze(0), largest, false);
        }
        Shape kept = x.shape().reduced(op, axes);
        x.shape().requireElements(op, axes);
        return of(x, largest ? Batch.value(x).amax(keepAxes, Batch.axes(x, axes))
                : Batch.value(x).amin(keepAxes, Batch.axes(x, axes)), kept);
    }

    /** The median of all elements, or of those that are not NaN. */
    public static Variable median(Variable x, boolean ignoresNaN) {
        if (Batch.lead(x) > 0) {
            Variable line = x.reshape(-1);
            Tensor row = Batch.value(line);
            return of(line, (ignoresNaN ? row.nanMedian(-1) : row.median(-1)).values(), line.shape().reduced("median"));
        }
        return of(x, ignoresNaN ? x.value().nanMedian() : x.value().median(), x.shape().reduced("median"));
    }

    private static Variable of(Variable x, Tensor value, Shape kept) {
        return Variable.record(value, out -> new Extremum(new Variable[] {x}, Saved.of(x, out), kept), x);
    }

    @Override
    public String name() {
        return "amax, amin or median";
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        Tensor largest = Batch.value(saved.get(1)).reshape(Batch.sizes(x, kept.toArray()));
        Tensor hit = Batch.value(x).eq(largest).to(x.dtype());
        Tensor ties = hit;
        for (int axis = 0; axis < x.rank(); axis++) {
            if (kept.size(axis) != x.size(axis)) {
                ties = ties.sum(true, Batch.axis(x, axis));
            }
        }
        return new Variable[] {douts[0].reshape(kept.toArray()).mul(Batch.constant(hit.div(ties), x))};
    }
}
