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
 * Layer normalization over the last axis (Ba, Kiros and Hinton, 2016): y = x̂ weight + bias with x̂ = (x - mean) rstd.
 *
 * <p>dx = rstd (g - mean(g) - x̂ mean(g x̂)) with g = dout weight; dweight = Σ dout x̂; dbias = Σ dout.
 */
@Formula("dx = rstd (g - mean(g) - x̂ mean(g x̂)) with g = dout weight, dweight = Σ dout x̂, dbias = Σ dout")
public record LayerNorm(Variable[] inputs, Saved saved, double eps) implements GradFn {
    /** weight and bias have the last axis's size; either may be null. */
    public static Variable apply(Variable x, Variable weight, Variable bias, double eps) {
        Operands.requireVector("layerNorm", "weight", weight, x);
        Operands.requireVector("layerNorm", "bias", bias, x);
        if (Operands.needsWidening(x, -1)) {
            return apply(Operands.widened(x), Operands.widened(weight), Operands.widened(bias), eps).to(x.dtype());
        }
        if (Batch.lead(weight, bias) > 0) {
            return scaled(apply(x, null, null, eps), weight, bias);
        }
        Tensor value = Tensor.make("layerNorm", x.device(), x.dtype(), Batch.value(x).shape());
        Tensor mean = Tensor.make("layerNorm", x.device(), Operands.beside(x.dtype()),
                Batch.value(x).shape().with(-1, 1));
        Tensor rstd = Tensor.make("layerNorm", x.device(), Operands.beside(x.dtype()),
                Batch.value(x).shape().with(-1, 1));
        value.backend().layerNorm(value, mean, rstd, Batch.value(x), Operands.valueOf(weight), Operands.valueOf(bias),
                eps);
        Reference.reachabilityFence(x);
        return Variable.record(value, out -> new LayerNorm(new Variable[] {x, weight, bias},
                Saved.of(x, weight, Batch.constant(mean, x), Batch.constant(rstd, x)), eps), x, weight, bias);
    }

    /** Every example of a vmap has parameters of its own. */
    private static Variable scaled(Variable normalized, Variable weight, Variable bias) {
        Variable scaled = weight == null ? normalized : normalized.mul(weight);
        return bias == null ? scaled : scaled.add(bias);
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
        Tensor dx = Tensor.make("layerNormBackward", x.device(), x.dtype(), x.shape());
        Tensor dweight = needs(1) ? Tensor.make("layerNormBackward", x.device(), x.dtype(), weight.shape()) : null;
        Tensor dbias = needs(2) ? Tensor.make("layerNormBackward", x.device(), x.dtype(), inputs[2].shape()) : null;
        dx.backend().layerNormBackward(dx, dweight, dbias, dout.value(), Batch.value(x), Operands.valueOf(weight),
                saved.get(2).value(),
                saved.get(3).value());
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dx), dweight == null ? null : Variable.constant(dweight),
            dbias == null ? null : Variable.constant(dbias)};
    }

    private Variable[] composed(Variable x, Variable weight, Variable dout) {
        Variable centered = x.sub(x.mean(true, -1));
        Variable rstd = centered.square().mean(true, -1).add(eps).rsqrt();
        Variable normalized = centered.mul(rstd);
        Variable g = weight == null ? dout : dout.mul(weight);
        Variable dx = rstd.mul(g.sub(g.mean(true, -1)).sub(normalized.mul(g.mul(normalized).mean(true, -1))));
        return new Variable[] {dx, needs(1) ? dout.mul(normalized).sumTo(weight.shape()) : null,
            needs(2) ? dout.sumTo(inputs[2].shape()) : null};
    }
}
