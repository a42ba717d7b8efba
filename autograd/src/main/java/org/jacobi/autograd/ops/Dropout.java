package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * x with elements dropped with probability p and the others scaled by 1 / (1 - p) (Srivastava et al., 2014).
 *
 * <p>The same random numbers drop the same elements of the gradient; no mask is stored.
 */
@Formula("dx = dout / (1 - p) where x was kept, 0 where it was dropped")
public record Dropout(Variable[] inputs, Saved saved, double p, long seed, long call) implements GradFn {
    public static Variable apply(Variable x, double p, Generator generator) {
        if (!(p >= 0 && p < 1)) {
            throw new IllegalArgumentException("dropout: p is " + p + "; it must be at least 0 and below 1");
        }
        Operands.requireFloating("dropout", x);
        return p == 0 ? x : repeat(x, p, generator.seed(), generator.nextCall());
    }

    static Variable repeat(Variable x, double p, long seed, long call) {
        Tensor value = Tensor.make("dropout", x.dtype(), x.shape());
        value.backend().dropout(value, x.value(), p, seed, call);
        Reference.reachabilityFence(x);
        return Variable.record(value, out -> new Dropout(new Variable[] {x}, Saved.of(), p, seed, call), x);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {repeat(douts[0], p, seed, call)};
    }
}
