package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Shape;

/** y = log sum e^x over axes: dx = dout e^(x - y), which is dout times softmax. */
@Formula("dx = dout e^(x - out)")
public record Logsumexp(Variable[] inputs, Saved saved, Shape kept) implements GradFn {
    public static Variable apply(Variable x, boolean keepAxes, int... axes) {
        if (Batch.isScalar(x)) {
            return apply(x.unsqueeze(0), false);
        }
        Shape kept = x.shape().reduced("logsumexp", axes);
        return Variable.record(Batch.value(x).logsumexp(keepAxes, Batch.axes(x, axes)),
                out -> new Logsumexp(new Variable[] {x}, Saved.of(x, out), kept), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable y = saved.get(1).reshape(kept.toArray());
        return new Variable[] {saved.get(0).sub(y).exp().mul(douts[0].reshape(kept.toArray()))};
    }
}
