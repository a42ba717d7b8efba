package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** x with one value in the slices that an index vector names: dx = dout with zeros there, dvalue = the sum of dout there. */
@Formula("dx = dout with zeros in the slices that the index names; dvalue = the sum of those slices of dout")
public record IndexFill(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable value) {
        boolean all = Batch.lead(value) == 0 && !Batch.isScalar(x);
        return Variable.record(all ? Batch.value(x).indexFill(Batch.axis(x, axis), index, Batch.value(value))
                : Batch.each(one -> one[0].indexFill(axis, index, one[1]), x, value),
                out -> new IndexFill(new Variable[] {x, value}, Saved.of(Variable.constant(index)), axis), x, value);
    }

    /** Returns x with zeros in the slices that an index vector names. */
    static Variable zeros(Variable x, int axis, Tensor index) {
        return apply(x, axis, index, Variable.constant(Tensor.scalar(0, x.dtype())));
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        return new Variable[] {
            needs(0) ? zeros(douts[0], axis, index) : null,
            needs(1) ? valueGrad(douts[0], index) : null};
    }

    /** A slice that the index names twice holds the value once. */
    private Variable valueGrad(Variable dout, Tensor index) {
        return dout.sub(zeros(dout, axis, index)).sum();
    }
}
