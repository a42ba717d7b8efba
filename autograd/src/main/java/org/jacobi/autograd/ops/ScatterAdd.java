package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** x with elements of source added where the index says: dx = dout, dsource = dout gathered by the index. */
public record ScatterAdd(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis, Tensor index, Variable source) {
        return apply(x, axis, Variable.constant(index), source);
    }

    public static Variable apply(Variable x, int axis, Variable index, Variable source) {
        Tensor[] operands = Batch.together(x, index, source);
        return Variable.record(
                operands[0].scatterAdd(Batch.lead(x, index, source) + axis, operands[1], operands[2]),
                out -> new ScatterAdd(new Variable[] {x, source}, Saved.of(index), axis), x, source, index);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {needs(0) ? douts[0] : null, needs(1) ? sourceGrad(douts[0]) : null};
    }

    /** Elements of source outside the index were not used: their gradient is 0. */
    private Variable sourceGrad(Variable dout) {
        Variable grad = Gather.apply(dout, axis, saved.get(0));
        Shape whole = inputs[1].shape();
        for (int i = 0; i < whole.rank(); i++) {
            if (grad.size(i) != whole.size(i)) {
                grad = Place.apply(grad, grad.shape().with(i, whole.size(i)), i, 0, grad.size(i), 1);
            }
        }
        return grad;
    }
}
