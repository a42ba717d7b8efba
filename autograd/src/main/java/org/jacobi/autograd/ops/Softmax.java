package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** y = softmax(x) along an axis: dx = y (dout - Σ dout y). */
@Formula("dx = y (dout - Σ dout y)")
public record Softmax(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis) {
        if (Operands.needsWidening(x, axis)) {
            return apply(Operands.widened(x), axis).to(x.dtype());
        }
        int at = x.shape().axis("softmax", axis);
        return Variable.record(Batch.value(x).softmax(Batch.axis(x, at)),
                out -> new Softmax(new Variable[] {x}, Saved.of(out), at), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable y = saved.get(0);
        Variable dout = douts[0];
        if (NoGrad.active() && axis == y.rank() - 1) {
            Tensor[] operands = Batch.together(dout, y);
            Tensor dx = Tensor.make("softmaxBackward", y.device(), y.dtype(), operands[1].shape());
            dx.backend().softmaxBackward(dx, operands[0], operands[1]);
            Reference.reachabilityFence(operands);
            return new Variable[] {Batch.constant(dx, dout, y)};
        }
        return new Variable[] {y.mul(dout.sub(dout.mul(y).sum(true, axis)))};
    }
}
