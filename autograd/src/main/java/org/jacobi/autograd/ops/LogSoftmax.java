package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** y = log softmax(x) along an axis: dx = dout - e^y Σ dout. */
@Formula("dx = dout - e^y Σ dout")
public record LogSoftmax(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis) {
        if (x.dtype().isHalf()) {
            // Even where kernels take 16 bits: the gradient needs e^y, and of a y near -10 so rounded not two digits are left.
            return apply(Operands.widened(x), axis).to(x.dtype());
        }
        int at = x.shape().axis("logSoftmax", axis);
        return Variable.record(Batch.value(x).logSoftmax(Batch.axis(x, at)),
                out -> new LogSoftmax(new Variable[] {x}, Saved.of(out), at),
                x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable y = saved.get(0);
        Variable dout = douts[0];
        if (NoGrad.active() && axis == y.rank() - 1) {
            Tensor[] operands = Batch.together(dout, y);
            Tensor dx = Tensor.make("logSoftmaxBackward", y.device(), y.dtype(), operands[1].shape());
            dx.backend().logSoftmaxBackward(dx, operands[0], operands[1]);
            Reference.reachabilityFence(operands);
            return new Variable[] {Batch.constant(dx, dout, y)};
        }
        return new Variable[] {dout.sub(y.exp().mul(dout.sum(true, axis)))};
    }
}
