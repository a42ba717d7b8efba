package org.jacobi.autograd.ops;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** Slices of an axis named by an index vector: their gradients are added to where they came from. */
@Formula("dx = zeros, with the slices of dout added where the index points")
public record IndexSelect(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index) {
        return Variable.record(x.value().indexSelect(axis, index),
                out -> new IndexSelect(new Variable[] {x}, Saved.of(Variable.constant(index)), axis), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Tensor index = saved.get(0).value();
        Tensor zeros = Tensor.zeros(douts[0].dtype(), inputs[0].shape().toArray());
        // In place where it is not recorded, since nobody else has the zeros: an embedding's table may be large.
        return new Variable[] {NoGrad.active()
                ? Variable.constant(zeros.indexAdd_(axis, index, douts[0].value()))
                : IndexAdd.apply(Variable.constant(zeros), axis, index, douts[0])};
    }
}
