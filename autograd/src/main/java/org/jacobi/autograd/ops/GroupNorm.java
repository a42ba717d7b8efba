package org.jacobi.autograd.ops;

import java.lang.ref.Reference;
import java.util.Arrays;

import org.jacobi.autograd.Batch;
import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Saved;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Group normalization (Wu and He, 2018) of x (N, C, …): y = x̂ weight + bias with x̂ = (x - mean) rstd, for mean and variance of
 * each example's groups of neighbouring channels.
 */
@Formula("dx = rstd (g - mean(g) - x̂ mean(g x̂)) with g = dout weight and means of a group, dweight = Σ dout x̂, dbias = Σ dout")
public record GroupNorm(Variable[] inputs, Saved saved, long groups, double eps) implements GradFn {

    private static final String OP = "groupNorm";

    /** weight and bias have a number for each channel; either may be null. */
    public static Variable apply(Variable x, long groups, Variable weight, Variable bias, double eps) {
        check(x, groups, weight, bias, eps);
        if (Operands.needsWidening(x)) {
            return apply(Operands.widened(x), groups, Operands.widened(weight), Operands.widened(bias), eps)
                    .to(x.dtype());
        }
        if (Batch.lead(weight, bias) > 0) {
            return scaled(apply(x, groups, null, null, eps), weight, bias);
        }
        Tensor rows = rows(Batch.value(x), x);
        DType beside = Operands.beside(x.dtype());
        Tensor value = Tensor.make(OP, x.device(), x.dtype(), rows.shape());
        Tensor mean = Tensor.make(OP, x.device(), beside, Shape.of(rows.size(0), groups));
        Tensor rstd = Tensor.make(OP, x.device(), beside, Shape.of(rows.size(0), groups));
        value.backend().groupNorm(value, mean, rstd, rows, groups, Operands.valueOf(weight), Operands.valueOf(bias),
                eps);
        Reference.reachabilityFence(rows);
        Reference.reachabilityFence(weight);
        Reference.reachabilityFence(bias);
        return Variable.record(value.view(Batch.value(x).shape().toArray()), out -> new GroupNorm(
                new Variable[] {x, weight, bias},
                Saved.of(x, weight, Variable.constant(mean), Variable.constant(rstd)), groups, eps), x, weight, bias);
    }

    private static void check(Variable x, long groups, Variable weight, Variable bias, double eps) {
        Operands.requireType(OP, x, "weight", weight);
        Operands.requireType(OP, x, "bias", bias);
        if (x.rank() < 2 || groups < 1 || x.size(1) % groups != 0 || !(eps >= 0)) {
            throw new IllegalArgumentException(
                    OP + ": needs (N, C, ...) with C a multiple of the number of groups and eps "
                            + "of at least 0, got shape " + x.shape() + ", " + groups + " groups and eps " + eps);
        }
        for (Variable vector : new Variable[] {weight, bias}) {
            if (vector != null && !vector.shape().equals(Shape.of(x.size(1)))) {
                throw new IllegalArgumentException(OP + ": weight and bias must have shape (" + x.size(1)
                        + "), the channels of x " + x.shape() + ", got " + vector.shape());
            }
        }
    }

    /** Returns a value of x's shape, hidden axes in front, as (N, C, L). */
    private static Tensor rows(Tensor value, Variable x) {
        long channels = x.size(1);
        long length = Shape.of(Arrays.copyOfRange(x.shape().toArray(), 2, x.rank())).numel();
        return value.reshape(value.numel() / Math.max(1, channels * length), channels, length);
    }

    /** Every example of a vmap has parameters of its own. */
    private static Variable scaled(Variable normalized, Variable weight, Variable bias) {
        Variable scaled = weight == null ? normalized : normalized.mul(column(weight, normalized));
        return bias == null ? scaled : scaled.add(column(bias, normalized));
    }

    private static Variable column(Variable vector, Variable x) {
        long[] sizes = new long[x.rank() - 1];
        Arrays.fill(sizes, 1);
        sizes[0] = vector.size(0);
        return vector.reshape(sizes);
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
        Tensor rows = rows(x.value(), x);
        Tensor dx = Tensor.make("groupNormBackward", x.device(), x.dtype(), rows.shape());
        Tensor dweight = needs(1) ? Tensor.make("groupNormBackward", x.device(), x.dtype(), weight.shape()) : null;
        Tensor dbias = needs(2) ? Tensor.make("groupNormBackward", x.device(), x.dtype(), inputs[2].shape()) : null;
        dx.backend().groupNormBackward(dx, dweight, dbias, rows(dout.value(), x), rows, groups,
                Operands.valueOf(weight), saved.get(2).value(), saved.get(3).value());
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dx.view(x.shape().toArray())),
            dweight == null ? null : Variable.constant(dweight), dbias == null ? null : Variable.constant(dbias)};
    }

    private Variable[] composed(Variable x, Variable weight, Variable dout) {
        long perGroup = x.numel() / Math.max(1, x.size(0) * groups);
        long[] byGroup = {x.size(0), groups, perGroup};
        long[] shape = x.shape().toArray();
        Variable rows = x.reshape(byGroup);
        Variable centered = rows.sub(rows.mean(true, -1));
        Variable rstd = centered.square().mean(true, -1).add(eps).rsqrt();
        Variable normalized = centered.mul(rstd);
        Variable g = (weight == null ? dout : dout.mul(column(weight, x))).reshape(byGroup);
        Variable dx = rstd.mul(g.sub(g.mean(true, -1)).sub(normalized.mul(g.mul(normalized).mean(true, -1))));
        int[] axes = new int[x.rank() - 1];
        Arrays.setAll(axes, i -> i == 0 ? 0 : i + 1);
        return new Variable[] {dx.reshape(shape), needs(1) ? dout.mul(normalized.reshape(shape)).sum(axes) : null,
            needs(2) ? dout.sum(axes) : null};
    }
}
