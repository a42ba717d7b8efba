package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * The distances d of all vectors x from all vectors y, in the p-norm: dx = sum over y of dout sign(x - y) (|x - y| / d)^(p-1),
 * and 0 where d is 0, as in PyTorch; dy is its negative, summed over x.
 */
@Formula("dx[i] = sum over j of dout[i][j] sign(x[i] - y[j]) (|x[i] - y[j]| / out[i][j])^(p - 1); dy = "
        + "the negative, summed over i")
public record Cdist(Variable[] inputs, Saved saved, double p) implements GradFn {
    public static Variable apply(Variable x, Variable y, double p) {
        Tensor[] values = Matrices.aligned("cdist", x, y);
        return Variable.record(values[0].cdist(values[1], p),
                out -> new Cdist(new Variable[] {x, y}, Saved.of(x, y, out), p), x, y);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        Variable y = saved.get(1);
        Variable d = saved.get(2);
        Variable equal = Batch.constant(Batch.value(d).eq(0), d);
        if (p == 2) {
            // dx = sum of w (x - y) with w = dout / d, which are matrix products.
            Variable w = dout.div(d.maskedFill(equal, 1)).maskedFill(equal, 0);
            return new Variable[] {
                needs(0) ? x.mul(w.sum(true, -1)).sub(w.matmul(y)).sumTo(x.shape()) : null,
                needs(1) ? y.mul(w.sum(true, -2).mT()).sub(w.mT().matmul(x)).sumTo(y.shape()) : null};
        }
        Variable difference = x.unsqueeze(-2).sub(y.unsqueeze(-3));
        Variable sign = Batch.constant(Batch.value(difference).sign(), difference);
        Variable share;
        if (p == 0) {
            share = difference.mul(0);
        } else if (Double.isInfinite(p)) {
            Tensor largest = Batch.value(difference).abs().eq(Batch.value(d).unsqueeze(-1));
            share = dout.unsqueeze(-1).mul(sign.mul(Batch.constant(largest.to(sign.dtype()), d)));
        } else if (p == 1) {
            share = dout.unsqueeze(-1).mul(sign);
        } else {
            Variable length = difference.abs().maskedFill(Batch.constant(Batch.value(sign).eq(0), sign), 1);
            Variable ratio = length.div(d.maskedFill(equal, 1).unsqueeze(-1));
            share = dout.unsqueeze(-1).mul(ratio.pow(p - 1)).mul(sign);
        }
        return new Variable[] {
            needs(0) ? share.sum(-2).sumTo(x.shape()) : null,
            needs(1) ? share.sum(-3).neg().sumTo(y.shape()) : null};
    }
}
