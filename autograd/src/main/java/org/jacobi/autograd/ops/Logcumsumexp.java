package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;

/**
 * y[i] = log(e^x[0] + ... + e^x[i]): dx[k] = sum dout[i] e^(x[k] - y[i]) over i from k on.
 *
 * <p>y rises, so that the sum is taken with factors of at most 1: s[k] = dout[k] + e^(y[k] - y[k + 1]) s[k + 1], and dx[k] =
 * e^(x[k] - y[k]) s[k].
 */
@Formula("dx[k] = the sum of dout[i] e^(x[k] - out[i]) over i from k on")
public record Logcumsumexp(Variable[] inputs, Saved saved, int axis) implements GradFn {
    public static Variable apply(Variable x, int axis) {
        return Variable.record(Batch.value(x).logcumsumexp(Batch.axis(x, axis)),
                out -> new Logcumsumexp(new Variable[] {x}, Saved.of(x, out), axis), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable out = saved.get(1);
        // Infinities have no difference; e^(-infinity - this) is 0 as it should.
        Variable y =
                out.maskedFill(Batch.constant(Batch.value(out).eq(Double.NEGATIVE_INFINITY), out), -Float.MAX_VALUE);
        Variable decay = y.sub(Operands.shifted(y, axis, false, 0)).exp();
        Variable sums = Recurrence.apply(decay, douts[0], axis, true);
        return new Variable[] {saved.get(0).sub(y).exp().mul(sums)};
    }
}
