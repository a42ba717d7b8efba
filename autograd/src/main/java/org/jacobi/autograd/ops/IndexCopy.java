package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** x with slices replaced where an index vector says: dx = dout with zeros there, dsource = the slices of dout. */
@Formula("dx = dout with zeros in the slices that the index names; dsource = those slices of dout")
public record IndexCopy(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable source) {
        return Variable.record(Batch.each(one -> one[0].indexCopy(axis, index, one[1]), x, source),
                out -> new IndexCopy(new Variable[] {x, source}, Saved.of(Variable.constant(index)), axis), x, source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        return new Variable[] {
            needs(0) ? IndexFill.zeros(douts[0], axis, index) : null,
            needs(1) ? IndexSelect.apply(douts[0], axis, index) : null};
    }
}
