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
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/**
 * Batch normalization (Ioffe and Szegedy, 2015) of x (N, C, …): y = x̂ weight + bias with x̂ = (x - mean) rstd, for mean and
 * variance of each channel, or for given ones.
 */
@Formula("dx = rstd (g - mean(g) - x̂ mean(g x̂)) with g = dout weight, or rstd g for given statistics, "
        + "dweight = Σ dout x̂, dbias = Σ dout")
public record BatchNorm(Variable[] inputs, Saved saved, boolean constants, double eps) implements GradFn {

    private static final String OP = "batchNorm";

    /**
     * Normalizes with the statistics of x, or with the running ones.
     *
     * @param runningMean what the statistics are mixed into, or, unless training, what takes their place; null for none
     */
    public static Variable apply(Variable x, Tensor runningMean, Tensor runningVar, Variable weight, Variable bias,
            boolean training, double momentum, double eps) {
        check(x, runningMean, runningVar, weight, bias, training, eps);
        if (Operands.needsWidening(x) || x.dtype().isHalf() && Batch.lead(x, weight, bias) > 0) {
            return apply(x.to(DType.F32), runningMean, runningVar, Operands.widened(weight), Operands.widened(bias),
                    training, momentum, eps).to(x.dtype());
        }
        if (Batch.lead(x, weight, bias) > 0) {
            if (training && runningMean != null) {
                throw new IllegalStateException(OP + ": inside vmap every example has statistics of its own, for which "
                        + "there are no running ones; use eval mode, or a layer that does not track them");
            }
            return mapped(x, runningMean, runningVar, weight, bias, training, eps);
        }
        Tensor value = x.value().reshape(x.size(0), x.size(1), perChannel(x) / Math.max(1, x.size(0)));
        Tensor mean = training ? vector(value) : broadcast(runningMean, value);
        Tensor variance = training ? vector(value) : broadcast(runningVar, value);
        if (training) {
            value.backend().channelStatistics(mean, variance, value);
            if (runningMean != null) {
                track(runningMean, mean, momentum, 1);
                track(runningVar, variance, momentum, (double) perChannel(x) / (perChannel(x) - 1));
            }
        }
        Tensor rstd = variance.add(eps).rsqrt();
        Tensor out = Tensor.make(OP, x.device(), x.dtype(), value.shape());
        out.backend().batchNorm(out, value, mean, rstd, broadcast(weight, value), broadcast(bias, value));
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(weight);
        Reference.reachabilityFence(bias);
        return Variable.record(out.view(x.shape().toArray()), y -> new BatchNorm(new Variable[] {x, weight, bias},
                Saved.of(x, weight, Variable.constant(mean), Variable.constant(rstd)), !training, eps), x, weight,
                bias);
    }

    /** running = running + momentum (statistic factor - running). */
    private static void track(Tensor running, Tensor statistic, double momentum, double factor) {
        running.lerp_(statistic.flatten().mul(factor).to(running.dtype()), momentum);
    }

    private static long perChannel(Variable x) {
        return x.numel() / Math.max(1, x.size(1));
    }

    private static Tensor vector(Tensor x) {
        return Tensor.make(OP, x.device(), Operands.beside(x.dtype()), Shape.of(1, x.size(1), 1));
    }

    private static Tensor broadcast(Tensor vector, Tensor x) {
        return vector.to(Operands.beside(x.dtype())).reshape(1, x.size(1), 1);
    }

    private static Tensor broadcast(Variable vector, Tensor x) {
        return vector == null ? null : broadcast(vector.value(), x);
    }

    private static void check(Variable x, Tensor runningMean, Tensor runningVar, Variable weight, Variable bias,
            boolean training, double eps) {
        // Numbers of 16 bits may have parameters of f32 beside them, as in PyTorch.
        Variable beside = weight != null && weight.dtype() == DType.F32 ? Operands.widened(x) : x;
        Operands.requireType(OP, beside, "weight", weight);
        Operands.requireType(OP, beside, "bias", bias);
        if (x.rank() < 2) {
            throw new IllegalArgumentException(OP + ": needs (N, C, ...), got shape " + x.shape());
        }
        if ((runningMean == null) != (runningVar == null) || !training && runningMean == null || !(eps >= 0)) {
            throw new IllegalArgumentException(
                    OP + ": running mean and variance go together, and without training they "
                            + "must be there; eps, here " + eps + ", must not be negative");
        }
        Device.same(OP, Batch.value(x), runningMean, runningVar);
        Shape vector = Shape.of(x.size(1));
        requireShape("the running mean", runningMean == null ? null : runningMean.shape(), vector, x);
        requireShape("the running variance", runningVar == null ? null : runningVar.shape(), vector, x);
        requireShape("weight", weight == null ? null : weight.shape(), vector, x);
        requireShape("bias", bias == null ? null : bias.shape(), vector, x);
        if (training && perChannel(x) <= 1) {
            throw new IllegalArgumentException(OP + ": expected more than 1 value per channel when training, got shape "
                    + x.shape() + "; take a larger batch, or call eval() first");
        }
    }

    private static void requireShape(String what, Shape shape, Shape vector, Variable x) {
        if (shape != null && !shape.equals(vector)) {
            throw new IllegalArgumentException(
                    OP + ": " + what + " has shape " + shape + ", the channels (axis 1) of x "
                            + x.shape() + " need " + vector);
        }
    }

    // ---- composed of other ops -------------------------------------------------------------------------------------

    private static Variable column(Variable vector, Variable x) {
        long[] sizes = new long[x.rank() - 1];
        Arrays.fill(sizes, 1);
        sizes[0] = vector.size(0);
        return vector.reshape(sizes);
    }

    /** Returns the axes that statistics are taken over: all but the second. */
    private static int[] reduced(Variable x) {
        int[] axes = new int[x.rank() - 1];
        Arrays.setAll(axes, i -> i == 0 ? 0 : i + 1);
        return axes;
    }

    /** Examples of a vmap: each has its own statistics, perhaps its own weights. */
    private static Variable mapped(Variable x, Tensor runningMean, Tensor runningVar, Variable weight, Variable bias,
            boolean training, double eps) {
        Variable centered = x.sub(training ? x.mean(true, reduced(x))
                : column(Variable.constant(runningMean.to(x.dtype())), x));
        Variable variance = training ? centered.square().mean(true, reduced(x))
                : column(Variable.constant(runningVar.to(x.dtype())), x);
        Variable out = centered.mul(variance.add(eps).rsqrt());
        out = weight == null ? out : out.mul(column(weight, x));
        return bias == null ? out : out.add(column(bias, x));
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable x = saved.get(0);
        Variable weight = saved.get(1);
        Variable dout = douts[0];
        if (!NoGrad.active() || Batch.lead(dout) > 0) {
            return Operands.narrowed(inputs,
                    composed(Operands.widened(x), Operands.widened(weight), Operands.widened(dout)));
        }
        Tensor mean = saved.get(2).value();
        Tensor value = x.value().reshape(x.size(0), x.size(1), perChannel(x) / Math.max(1, x.size(0)));
        Tensor dx = Tensor.make("batchNormBackward", x.device(), x.dtype(), value.shape());
        Tensor dweight = vector(value);
        Tensor dbias = vector(value);
        dx.backend().batchNormBackward(dx, dweight, dbias, dout.value().reshape(value.shape().toArray()), value, mean,
                saved.get(3).value(), broadcast(weight, value), constants);
        Reference.reachabilityFence(x);
        Reference.reachabilityFence(dout);
        return new Variable[] {Variable.constant(dx.view(x.shape().toArray())),
            needs(1) ? Variable.constant(dweight.flatten().to(x.dtype())) : null,
            needs(2) ? Variable.constant(dbias.flatten().to(x.dtype())) : null};
    }

    private Variable[] composed(Variable x, Variable weight, Variable dout) {
        int[] axes = reduced(x);
        Variable centered = x.sub(constants ? column(saved.get(2).reshape(-1), x) : x.mean(true, axes));
        Variable rstd = constants ? column(saved.get(3).reshape(-1), x)
                : centered.square().mean(true, axes).add(eps).rsqrt();
        Variable normalized = centered.mul(rstd);
        Variable g = weight == null ? dout : dout.mul(column(weight, x));
        Variable dx = constants ? rstd.mul(g)
                : rstd.mul(g.sub(g.mean(true, axes)).sub(normalized.mul(g.mul(normalized).mean(true, axes))));
        return new Variable[] {dx, needs(1) ? dout.mul(normalized).sum(axes) : null,
            needs(2) ? dout.sum(axes) : null};
    }
}
