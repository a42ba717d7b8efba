package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** condition ? a : b: each side gets the gradient where it was taken. */
@Formula("da = dout where the condition holds, db = dout where it does not")
public record Where(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Tensor condition, Variable a, Variable b) {
        return Variable.record(Tensor.where(condition, a.value(), b.value()),
                out -> new Where(new Variable[] {a, b}, Saved.of(Variable.constant(condition))), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor condition = saved.get(0).value();
        Variable dout = douts[0];
        Variable zero = Variable.constant(Tensor.scalar(0, dout.dtype()));
        return new Variable[] {
            needs(0) ? apply(condition, dout, zero).sumTo(inputs[0].shape()) : null,
            needs(1) ? apply(condition, zero, dout).sumTo(inputs[1].shape()) : null};
    }
}
