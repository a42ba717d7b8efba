package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Index;
import org.jacobi.tensor.Tensor;

/**
 * x with a value written, or added, to what indices select.
 *
 * <p>The value's gradient is what the indices select of dout; x's is dout, with zeros where x was replaced. Where an index
 * names a place twice and the value is written, each element gets the place's gradient, as in PyTorch.
 */
@Formula("dx = dout, with zeros where the value replaced x; dvalue = what the indices select of dout")
public record IndexPut(Variable[] inputs, Saved saved, boolean accumulate, Index[] indices) implements GradFn {
    public static Variable apply(Variable x, Variable value, boolean accumulate, Index... indices) {
        return Variable.record(Batch.each(one -> one[0].indexPut(one[1], accumulate, indices), x, value),
                out -> new IndexPut(new Variable[] {x, value}, IndexGet.save(indices), accumulate, indices), x, value);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Index[] selected = IndexGet.unchanged(indices, saved);
        Variable zero = Variable.constant(Tensor.scalar(0, dout.dtype()));
        return new Variable[] {
            !needs(0) ? null : accumulate ? dout : apply(dout, zero, false, selected),
            needs(1) ? valueGrad(IndexGet.apply(dout, selected)) : null};
    }

    /** The value may have been broadcast, and have had leading axes of size 1 that the selection lacks. */
    private Variable valueGrad(Variable grad) {
        Variable wide = grad;
        while (wide.rank() < inputs[1].rank()) {
            wide = wide.unsqueeze(0);
        }
        return wide.sumTo(inputs[1].shape());
    }
}
