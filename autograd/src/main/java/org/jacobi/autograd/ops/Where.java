package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** condition ? a : b: each side gets the gradient where it was taken. */
@Formula("da = dout where the condition holds, db = dout where it does not")
public record Where(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Tensor condition, Variable a, Variable b) {
        return apply(Variable.constant(condition), a, b);
    }

    public static Variable apply(Variable condition, Variable a, Variable b) {
        Tensor value = Tensor.where(Batch.beside(condition, a, b), Batch.beside(a, condition, b),
                Batch.beside(b, condition, a));
        return Variable.record(value, out -> new Where(new Variable[] {a, b}, Saved.of(condition)), a, b, condition);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable condition = saved.get(0);
        Variable dout = douts[0];
        Variable zero = Variable.constant(Tensor.scalar(0, dout.dtype()));
        return new Variable[] {
            needs(0) ? apply(condition, dout, zero).sumTo(inputs[0].shape()) : null,
            needs(1) ? apply(condition, zero, dout).sumTo(inputs[1].shape()) : null};
    }
}
