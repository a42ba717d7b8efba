package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
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
        return p == 0 ? x : draw(Batch.perExample(x), p, generator.seed(), generator.nextCall());
    }

    private static Variable draw(Variable x, double p, long seed, long call) {
        Tensor value = Tensor.make("dropout", x.device(), x.dtype(), Batch.value(x).shape());
        value.backend().dropout(value, Batch.value(x), p, seed, call);
        Reference.reachabilityFence(x);
        return Variable.record(value, out -> new Dropout(new Variable[] {x}, Saved.of(), p, seed, call), x);
    }

    /** Drops from x what was dropped from another variable, of the same shape, but perhaps for other examples. */
    static Variable repeat(Variable x, Variable first, double p, long seed, long call) {
        if (Batch.same(x, first)) {
            return draw(x, p, seed, call);
        }
        Variable mask;
        try (var _ = NoGrad.open()) {
            Tensor ones = Tensor.scalar(x.device(), 1, x.dtype()).expandTo(Batch.value(first).shape());
            mask = draw(Batch.constant(ones, first), p, seed, call);
        }
        return x.mul(mask);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        return new Variable[] {repeat(douts[0], inputs[0], p, seed, call)};
    }
}
