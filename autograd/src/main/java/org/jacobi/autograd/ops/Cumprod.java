package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.ScanOp;

/**
 * The product of the elements up to each position of an axis: y[i] = x[0] ... x[i].
 *
 * <p>Element k is a factor of every y[i] from k on. What is before it in the product is y[k - 1]; what comes after it,
 * summed over i with the gradients, is r[k] = dout[k] + x[k + 1] r[k + 1]. So dx[k] = y[k - 1] r[k]: without a division,
 * right where there are zeros too, and in linear time.
 */
@Formula("dx[k] = out[k - 1] r[k], where r[k] = dout[k] + x[k + 1] r[k + 1]")
public record Cumprod(Variable[] inputs, Saved saved, int axis, boolean fromEnd) implements GradFn {
    /** Multiplies from the first element on, or from the last. */
    public static Variable apply(Variable x, int axis, boolean fromEnd) {
        Tensor value = fromEnd ? Operands.scanFromEnd(ScanOp.PROD, Batch.value(x), Batch.axis(x, axis))
                : Batch.value(x).cumprod(Batch.axis(x, axis));
        return Variable.record(value, out -> new Cumprod(new Variable[] {x}, Saved.of(x, out), axis, fromEnd), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable before = Operands.shifted(saved.get(1), axis, !fromEnd, 1);
        Variable next = Operands.shifted(saved.get(0), axis, fromEnd, 1);
        return new Variable[] {before.mul(Recurrence.apply(next, douts[0], axis, !fromEnd))};
    }
}
