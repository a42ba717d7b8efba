package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** x with slices added where an index vector says: dx = dout, dsource = the slices of dout. */
@Formula("dx = dout; dsource = the slices of dout that the index names")
public record IndexAdd(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable source) {
        return apply(x, axis, Variable.constant(index), source);
    }

    public static Variable apply(Variable x, int axis, Variable index, Variable source) {
        if (Batch.lead(index) > 0) {
            return ScatterAdd.apply(x, axis, IndexSelect.along(x, axis, index), source);
        }
        Tensor[] operands = Batch.together(x, source);
        Tensor value =
                operands[0].indexAdd(Batch.lead(x, source) + axis, Batch.value(index), operands[1]);
        return Variable.record(value, out -> new IndexAdd(new Variable[] {x, source}, Saved.of(index), axis), x,
                source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {
            needs(0) ? douts[0] : null,
            needs(1) ? IndexSelect.apply(douts[0], axis, saved.get(0)) : null};
    }
}
