package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/**
 * The p-norm over axes: dx = dout sign(x) (|x| / norm)^(p - 1). Where it has no derivative, it is 0 at x = 0 and wherever the
 * norm is 0; of several largest or smallest elements each has an equal share.
 */
@Formula("dx = dout sign(x) (|x| / out)^(p - 1)")
public record Norm(Variable[] inputs, Saved saved, double p, Shape kept) implements GradFn {
    public static Variable apply(Variable x, double p, boolean keepAxes, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), p, false);
        }
        Shape kept = x.shape().reduced("norm", axes);
        return Variable.record(Batch.value(x).norm(p, keepAxes, Batch.axes(x, axes)),
                out -> new Norm(new Variable[] {x}, Saved.of(x, out), p, kept), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {slope().mul(douts[0].reshape(kept.toArray()))};
    }

    private Variable slope() {
        Variable x = saved.get(0);
        Variable norm = saved.get(1).reshape(kept.toArray());
        Variable sign = Batch.constant(Batch.value(x).sign(), x);
        if (p == 0) {
            return sign.mul(0);
        }
        if (p == 1) {
            return sign;
        }
        if (Double.isInfinite(p)) {
            Variable hit = Batch.constant(Batch.value(x).abs().eq(Batch.value(norm)), x);
            return sign.mul(Operands.shares(hit, x.dtype(), kept));
        }
        Variable flat = Batch.constant(Batch.value(norm).eq(0), norm);
        Variable divisor = norm.maskedFill(flat, 1);
        if (p == 2) {
            return x.div(divisor).maskedFill(flat, 0);
        }
        Variable zero = Batch.constant(Batch.value(x).eq(0), x);
        Variable ratio = x.abs().maskedFill(zero, 1).div(divisor);
        return ratio.pow(p - 1).mul(sign).maskedFill(flat, 0).maskedFill(zero, 0);
    }
}
