package org.jacobi.autograd.ops;

import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** Variables joined along an axis: each gets its piece of the gradient. */
@Formula("each part gets its piece of dout")
public record Cat(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(int axis, Variable... parts) {
        Tensor[] values = Batch.together(parts);
        Tensor value =
                Tensor.cat(Batch.lead(parts) == 0 ? axis : Batch.lead(parts) + parts[0].shape().axis("cat", axis),
                        values);
        Variable[] alike = new Variable[parts.length];
        Arrays.setAll(alike, i -> parts[i].to(value.dtype()));
        return Variable.record(value, out -> new Cat(alike, Saved.of(), axis), alike);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable[] grads = new Variable[inputs.length];
        long start = 0;
        for (int i = 0; i < grads.length; i++) {
            long length = inputs[i].size(axis);
            grads[i] = needs(i) ? douts[0].narrow(axis, start, length) : null;
            start += length;
        }
        return grads;
    }
}
