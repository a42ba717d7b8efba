package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** Consecutive pieces of an axis, one output each: their gradients are joined. */
@Formula("dx = the gradients of the pieces, joined")
public record Split(Variable[] inputs, Saved saved, int axis, long[] lengths) implements GradFn {
    public static Variable[] apply(Variable x, int axis, long... lengths) {
        return Variable.recordAll(Batch.value(x).split(Batch.axis(x, axis), lengths),
                outs -> new Split(new Variable[] {x}, Saved.of(), axis, lengths.clone()), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable[] parts = new Variable[lengths.length];
        for (int i = 0; i < parts.length; i++) {
            // A piece that the loss does not depend on has gradient 0.
            parts[i] = douts[i] != null ? douts[i]
                    : Variable.constant(
                            Tensor.zeros(inputs[0].device(), inputs[0].dtype(),
                                    inputs[0].shape().with(axis, lengths[i]).toArray()));
        }
        return new Variable[] {Variable.cat(axis, parts)};
    }
}
