package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * x with elements written, or added, where an index into it as one vector says: dsource = dout taken by the index; dx = dout,
 * with zeros where x was replaced.
 */
@Formula("dx = dout, with zeros where the source replaced x; dsource = the elements of dout that the index names")
public record Put(Variable[] inputs, Saved saved, boolean accumulate) implements GradFn {
    public static Variable apply(Variable x, Tensor index, Variable source, boolean accumulate) {
        return Variable.record(Batch.each(one -> one[0].put(index, one[1], accumulate), x, source),
                out -> new Put(new Variable[] {x, source}, Saved.of(Variable.constant(index)), accumulate), x, source);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        Variable zeros =
                Variable.constant(Tensor.scalar(douts[0].device(), 0, douts[0].dtype()).expandTo(index.shape()));
        return new Variable[] {
            !needs(0) ? null : accumulate ? douts[0] : apply(douts[0], index, zeros, false),
            needs(1) ? Take.apply(douts[0], index).reshape(inputs[1].shape().toArray()) : null};
    }
}
