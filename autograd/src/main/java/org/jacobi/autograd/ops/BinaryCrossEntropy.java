package org.jacobi.autograd.ops;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/** The cross-entropy of probabilities x with probabilities t, element by element; logarithms are at least -100, as PyTorch's. */
@Formula("dx = dout (x - t) / max(x (1 - x), 1e-12), dt = dout (log(1 - x) - log x)")
public record BinaryCrossEntropy(Variable[] inputs, Saved saved) implements GradFn {
    private static final double LEAST_LOG = -100;

    public static Variable apply(Variable x, Variable t) {
        Tensor[] in = Batch.together(x, t);
        Tensor value = in[1].sub(1).mul(in[0].neg().log1p().clampMin(LEAST_LOG))
                .sub(in[1].mul(in[0].log().clampMin(LEAST_LOG)));
        return Variable.record(value, out -> new BinaryCrossEntropy(new Variable[] {x, t}, Saved.of(x, t)), x, t);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable dout = douts[0];
        Variable x = saved.get(0);
        Variable t = saved.get(1);
        return new Variable[] {
            needs(0) ? dout.mul(x.sub(t)).div(x.mul(x.neg().add(1)).clampMin(1e-12)) : null,
            needs(1) ? dout.mul(x.neg().log1p().clampMin(LEAST_LOG).sub(x.log().clampMin(LEAST_LOG))) : null};
    }
}
