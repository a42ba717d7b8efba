package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScanOp;

/** The sum of the elements up to each position of an axis: an element's gradient is the sum of those from there on. */
@Formula("dx[k] = the sum of dout[i] over i from k on")
public record Cumsum(Variable[] inputs, Saved saved, int axis, boolean fromEnd) implements GradFn {
    /** Sums from the first element on, or from the last. */
    public static Variable apply(Variable x, int axis, boolean fromEnd) {
        Tensor value = fromEnd ? Operands.scanFromEnd(ScanOp.SUM, Batch.value(x), Batch.axis(x, axis))
                : Batch.value(x).cumsum(Batch.axis(x, axis));
        return Variable.record(value, out -> new Cumsum(new Variable[] {x}, Saved.of(), axis, fromEnd), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {apply(douts[0], axis, !fromEnd)};
    }
}
