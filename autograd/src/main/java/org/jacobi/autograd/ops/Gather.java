package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** The element of an axis that the index names, for each position of the index. */
@Formula("dx = zeros, with dout added where the index points")
public record Gather(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index) {
        return Variable.record(x.value().gather(axis, index),
                out -> new Gather(new Variable[] {x}, Saved.of(Variable.constant(index)), axis), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable zeros = Variable.constant(Tensor.zeros(inputs[0].dtype(), inputs[0].shape().toArray()));
        return new Variable[] {ScatterAdd.apply(zeros, axis, saved.get(0).value(), douts[0])};
    }
}
