package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** The element of an axis that the index names, for each position of the index. */
public record Gather(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index) {
        return apply(x, axis, Variable.constant(index));
    }

    public static Variable apply(Variable x, int axis, Variable index) {
        Tensor[] operands = Batch.together(x, index);
        return Variable.record(operands[0].gather(Batch.lead(x, index) + axis, operands[1]),
                out -> new Gather(new Variable[] {x}, Saved.of(index), axis), x, index);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable zeros = Variable.constant(Tensor.zeros(inputs[0].dtype(), inputs[0].shape().toArray()));
        return new Variable[] {ScatterAdd.apply(zeros, axis, saved.get(0), douts[0])};
    }
}
