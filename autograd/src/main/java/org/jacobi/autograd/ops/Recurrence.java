package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Tensor;

/**
 * y[i] = a[i] y[i - 1] + b[i] along an axis, with y[0] = b[0]; or from the end, with i + 1 for i - 1.
 *
 * <p>Its derivative is another one, in the opposite direction: db[i] = dout[i] + a[i + 1] db[i + 1], and da[i] = db[i]
 * y[i - 1]. Running products and logarithms of sums have gradients of this form.
 */
@Formula("db[i] = dout[i] + a[i + 1] db[i + 1]; da[i] = db[i] out[i - 1]")
public record Recurrence(Variable[] inputs, Saved saved, int axis, boolean fromEnd) implements GradFn {
    static Variable apply(Variable a, Variable b, int axis, boolean fromEnd) {
        Device.same("recurrence", Batch.value(a), Batch.value(b));
        Tensor[] operands = Batch.together(a, b);
        Tensor value = Tensor.make("recurrence", b.device(), b.dtype(), operands[1].shape());
        value.backend().recurrence(fromEnd, value, operands[0], operands[1], Batch.lead(a, b) + axis);
        Reference.reachabilityFence(operands);
        return Variable.record(value, out -> new Recurrence(new Variable[] {a, b}, Saved.of(a, out), axis, fromEnd), a,
                b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable db = apply(Operands.shifted(saved.get(0), axis, fromEnd, 0), douts[0], axis, !fromEnd);
        Variable before = Operands.shifted(saved.get(1), axis, !fromEnd, 0);
        return new Variable[] {needs(0) ? db.mul(before) : null, needs(1) ? db : null};
    }
}
