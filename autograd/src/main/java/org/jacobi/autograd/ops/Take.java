package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** Elements of x as one vector, named by an index: their gradients are added to where they came from. */
@Formula("dx = zeros, with dout added where the index points")
public record Take(Variable[] inputs, Saved saved) implements GradFn {
    public static Variable apply(Variable x, Tensor index) {
        return Variable.record(Batch.each(one -> one[0].take(index), x),
                out -> new Take(new Variable[] {x}, Saved.of(Variable.constant(index))), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable zeros =
                Variable.constant(Tensor.zeros(inputs[0].device(), inputs[0].dtype(), inputs[0].shape().toArray()));
        return new Variable[] {Put.apply(zeros, saved.get(0).value(), douts[0], true)};
    }
}
