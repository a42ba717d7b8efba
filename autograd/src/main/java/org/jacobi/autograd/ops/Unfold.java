package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** All windows of a size along an axis: where windows overlap, their gradients add up. */
@Formula("dx = zeros, with the windows of dout added where they came from")
public record Unfold(Variable[] inputs, Saved saved, int axis, long size, long step) implements GradFn {
    public static Variable apply(Variable x, int axis, long size, long step) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), axis, size, step).select(0, 0);
        }
        Tensor windows = Batch.value(x).unfold(Batch.axis(x, axis), size, step);
        if (x.rank() == 0) {
            return x.expand(size);
        }
        int at = x.shape().axis("unfold", axis);
        long within = Math.min(step, Math.max(1, x.size(at))); // a larger step makes one window as well
        return Variable.record(windows, out -> new Unfold(new Variable[] {x}, Saved.of(), at, size, within), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        long count = douts[0].size(axis);
        Tensor index = Tensor.arange(douts[0].device(), count).mul(step).unsqueeze(1)
                .add(Tensor.arange(douts[0].device(), size)).flatten();
        Variable windows = douts[0].movedim(-1, axis + 1).flatten(axis, axis + 1);
        Variable zeros =
                Variable.constant(Tensor.zeros(windows.device(), windows.dtype(), inputs[0].shape().toArray()));
        return new Variable[] {zeros.indexAdd(axis, index, windows)};
    }
}
