package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * x with elements of source where the index says: dx = dout with zeros there, dsource = dout gathered by the index, also
 * for those elements that others replaced, as in PyTorch.
 */
@Formula("dx = dout with zeros where the index points; dsource = the elements of dout that the index names")
public record Scatter(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable source) {
        return Variable.record(Batch.each(one -> one[0].scatter(axis, index, one[1]), x, source),
                out -> new Scatter(new Variable[] {x, source}, Saved.of(Variable.constant(index)), axis), x, source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        Variable zero =
                Variable.constant(Tensor.scalar(douts[0].device(), 0, douts[0].dtype()).expandTo(index.shape()));
        return new Variable[] {
            needs(0) ? apply(douts[0], axis, index, zero) : null,
            needs(1) ? ScatterAdd.sourceGrad(douts[0], axis, Variable.constant(index), inputs[1].shape()) : null};
    }
}
