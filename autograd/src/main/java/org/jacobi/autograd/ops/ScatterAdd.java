package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** x with elements of source added where the index says: dx = dout, dsource = dout gathered by the index. */
@Formula("dx = dout, dsource = dout gathered by the index")
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
        return new Variable[] {
            needs(0) ? douts[0] : null,
            needs(1) ? sourceGrad(douts[0], axis, saved.get(0), inputs[1].shape()) : null};
    }

    /** Returns what of dout belongs to each element of a source; elements outside the index were not used: 0. */
    static Variable sourceGrad(Variable dout, int axis, Variable index, Shape source) {
        return widened(Gather.apply(dout, axis, index), source);
    }

    /** Returns a gradient of what the index used of a source as one of the whole source. */
    static Variable widened(Variable used, Shape whole) {
        Variable grad = used;
        for (int i = 0; i < whole.rank(); i++) {
            if (grad.size(i) != whole.size(i)) {
                grad = Place.apply(grad, grad.shape().with(i, whole.size(i)), i, 0, grad.size(i), 1);
            }
        }
        return grad;
    }
}
