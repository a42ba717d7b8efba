package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.Tensor;

/**
 * Root mean square normalization over the last axis (Zhang and Sennrich, 2019): y = x̂ weight with x̂ = x rstd.
 *
 * <p>dx = rstd (g - x̂ mean(g x̂)) with g = dout weight; dweight = Σ dout x̂.
 */
@Formula("dx = rstd (g - x̂ mean(g x̂)) with g = dout weight, dweight = Σ dout x̂")
public record RmsNorm(Variable[] inputs, Saved saved, double eps) implements GradFn {
    /** weight has the last axis's size, or is null. */
    public static Variable apply(Variable x, Variable weight, double eps) {
        Operands.requireVector("rmsNorm", "weight", weight, x);
        if (Operands.needsWidening(x, -1)) {
            return apply(Operands.widened(x), Operands.widened(weight), eps).to(x.dtype());
        }
        if (Batch.lead(weight) > 0) {
            return scaled(apply(x, null, eps), weight);
        }
        Tensor value = Tensor.make("rmsNorm", x.device(), x.dtype(), Batch.value(x).shape());
        Tensor rstd = Tensor.make("rmsNorm", x.device(), Operands.beside(x.dtype()),
                Batch.value(x).shape().with(-1, 1));
        value.backend().rmsNorm(value, rstd, Batch.value(x), Operands.valueOf(weight), eps);
        Reference.reachabilityFence(x);
        return Variable.record(value, out -> new RmsNorm(new Variable[] {x, weight},
                Saved.of(x, weight, Batch.constant(rstd, x)), eps), x, weight);
    }

    /** Every example of a vmap has a weight of its own. */
    private static Variable scaled(Variable normalized, Variable weight) {
        return normalized.mul(weight);
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        Variable weight = saved.get(1);
        Variable dout = douts[0];
        if (!NoGrad.active() || Batch.lead(x, dout) > 0) {
            return Operands.narrowed(inputs,
                    composed(Operands.widened(x), Operands.widened(weight), Operands.widened(dout)));
        }
        Tensor dx = Tensor.make("rmsNormBackward", x.device(), x.dtype(), x.shape());
        Tensor dweight = needs(1) ? Tensor.make("rmsNormBackward", x.device(), x.dtype(), weight.shape()) : null;
        dx.backend().rmsNormBackward(dx, dweight, dout.value(), Batch.value(x), Operands.valueOf(weight),
                saved.get(2).value());
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dx), dweight == null ? null : Variable.constant(dweight)};
    }

    private Variable[] composed(Variable x, Variable weight, Variable dout) {
        Variable rstd = x.square().mean(true, -1).add(eps).rsqrt();
        Variable normalized = x.mul(rstd);
        Variable g = weight == null ? dout : dout.mul(weight);
        Variable dx = rstd.mul(g.sub(normalized.mul(g.mul(normalized).mean(true, -1))));
        return new Variable[] {dx, needs(1) ? dout.mul(normalized).sumTo(weight.shape()) : null};
    }
}
