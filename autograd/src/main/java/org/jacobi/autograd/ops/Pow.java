package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** a^b: da = dout b a^(b-1), where b is not 0; db = dout a^b log a, and 0 where a is 0 and b is not negative. */
@Formula("da = dout b a^(b-1), db = dout a^b log a")
public record Pow(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable a, Variable b) {
        return Variable.record(Batch.beside(a, b).pow(Batch.beside(b, a)),
                out -> new Pow(new Variable[] {a, b}, Saved.of(a, b)), a, b);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable a = saved.get(0);
        Variable b = saved.get(1);
        Variable da = null;
        Variable db = null;
        if (needs(0)) {
            Variable slope = b.mul(a.pow(b.sub(1)));
            da = Variable.where(Batch.constant(Batch.value(b).eq(0), b),
                    Variable.constant(Tensor.scalar(0, slope.dtype())), dout.mul(slope));
        }
        if (needs(1)) {
            // log 0 times 0 would be NaN.
            Variable flat = Batch.constant(Batch.beside(a, b).eq(0).logicalAnd(Batch.beside(b, a).ge(0)), a, b);
            Variable zero = Variable.constant(Tensor.scalar(0, a.dtype()));
            Variable safe = Variable.where(flat, Variable.constant(Tensor.scalar(1, a.dtype())), a);
            db = Variable.where(flat, zero, dout.mul(a.pow(b)).mul(safe.log()));
        }
        // A constant scalar beside 16-bit numbers stays wider, and so do the derivatives.
        return new Variable[] {da == null ? null : da.to(a.dtype()).sumTo(inputs[0].shape()),
            db == null ? null : db.to(b.dtype()).sumTo(inputs[1].shape())};
    }
}
