package org.jacobi.autograd.ops;

import java.lang.ref.Reference;

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
import org.jacobi.tensor.backend.Attention;

/**
 * out = dropout(softmax(scale q kᵀ + mask)) v (Vaswani et al., 2017), without ever storing the T × S weights.
 *
 * <p>With weights P, dropped weights P': dv = P'ᵀ dout, dP = dropout(dout vᵀ), dS = scale P (dP - Σ dP P), dq = dS k, dk = dSᵀ q.
 */
@Formula("dv = P'ᵀ dout, dP = dropout(dout vᵀ), dS = scale P (dP - Σ dP P), dq = dS k, dk = dSᵀ q")
public record ScaledDotProductAttention(Variable[] inputs, Saved saved, Attention how) implements GradFn {
    /** Takes q (B, H, T, D), k and v (B, H, S, D), in one type. */
    public static Variable apply(Variable q, Variable k, Variable v, Attention how) {
        Shape shape = q.shape();
        if (q.rank() != 4 || !k.shape().equals(v.shape()) || !k.shape().equals(shape.with(2, k.size(-2)))) {
            throw new IllegalArgumentException("scaledDotProductAttention: q " + shape + ", k " + k.shape() + ", v "
                    + v.shape() + " must be (B, H, T, D), (B, H, S, D) and (B, H, S, D)");
        }
        Operands.requireType("scaledDotProductAttention", q, "k", k);
        Operands.requireType("scaledDotProductAttention", q, "v", v);
        if (how.mask() != null) {
            requireMask(how.mask().shape(), shape.with(3, k.size(2)));
            Device.same("scaledDotProductAttention", Batch.value(q), how.mask());
        }
        if (q.dtype().isHalf() && !(Batch.lead(q, k, v) == 0 && q.value().backend().attendsInHalves(q.value(), how))) {
            return apply(Operands.widened(q), Operands.widened(k), Operands.widened(v), how).to(q.dtype());
        }
        if (Batch.lead(q, k, v) > 0) {
            return batched(q, k, v, how);
        }
        Tensor value = mergeable("scaledDotProductAttention", q);
        Tensor lse = Tensor.make("scaledDotProductAttention", q.device(),
                q.dtype().isHalf() ? DType.F32 : q.dtype(), shape.without(3));
        value.backend().attention(value, lse, q.value(), k.value(), v.value(), how);
        return Variable.record(value, out -> new ScaledDotProductAttention(new Variable[] {q, k, v},
                Saved.of(q, k, v, out, Variable.constant(lse),
                        how.mask() == null ? null : Variable.constant(how.mask())),
                how), q, k, v);
    }

    /** The examples of a vmap are more of the batch. */
    private static Variable batched(Variable q, Variable k, Variable v, Attention how) {
        return Batch.folded(in -> {
            Tensor mask = how.mask();
            if (mask != null && mask.rank() == 4 && mask.size(0) > 1) {
                long[] sizes = mask.shape().toArray();
                long times = in[0].size(0) / sizes[0];
                sizes[0] = in[0].size(0);
                mask = mask.unsqueeze(0).expand(times, -1, -1, -1, -1).reshape(sizes);
            }
            return apply(in[0], in[1], in[2],
                    new Attention(how.scale(), how.causal(), mask, how.dropout(), how.seed(), how.call()));
        }, q, k, v);
    }

    /** Returns a new (B, H, T, D) tensor laid out as (B, T, H, D), so that its heads can be merged without a copy. */
    private static Tensor mergeable(String op, Variable heads) {
        Tensor merged =
                Tensor.make(op, heads.device(), heads.dtype(),
                        Shape.of(heads.size(0), heads.size(2), heads.size(1), heads.size(3)));
        return merged.transpose(1, 2);
    }

    private static void requireMask(Shape mask, Shape scores) {
        boolean fits = mask.rank() <= scores.rank();
        for (int i = 1; fits && i <= mask.rank(); i++) {
            fits = mask.size(-i) == 1 || mask.size(-i) == scores.size(-i);
        }
        if (!fits) {
            throw new IllegalArgumentException("scaledDotProductAttention: the mask of shape " + mask
                    + " does not expand to the (B, H, T, S) of the scores, " + scores);
        }
    }

    @Override
    public Variable[] backward(Variable... douts) {
        Variable q = saved.get(0);
        Variable k = saved.get(1);
        Variable v = saved.get(2);
        saved.get(5); // the mask, which is at hand: has it been changed?
        if (!NoGrad.active() || Batch.lead(douts[0]) > 0) {
            Variable[] grads = composed(Operands.widened(q), Operands.widened(k), Operands.widened(v),
                    Operands.widened(douts[0]));
            return new Variable[] {grads[0].to(q.dtype()), grads[1].to(q.dtype()), grads[2].to(q.dtype())};
        }
        Tensor dq = mergeable("attentionBackward", q);
        Tensor dk = mergeable("attentionBackward", k);
        Tensor dv = mergeable("attentionBackward", v);
        dq.backend().attentionBackward(dq, dk, dv, douts[0].value(), saved.get(3).value(), saved.get(4).value(),
                q.value(),
                k.value(), v.value(), how);
        Reference.reachabilityFence(douts);
        return new Variable[] {Variable.constant(dq), Variable.constant(dk), Variable.constant(dv)};
    }

    private Variable[] composed(Variable q, Variable k, Variable v, Variable dout) {
        Variable scores = q.matmul(k.transpose(2, 3)).mul(how.scale());
        double minusInfinity = Double.NEGATIVE_INFINITY;
        if (how.causal()) {
            Tensor hidden = Tensor.arange(k.device(), k.size(2)).gt(Tensor.arange(k.device(), q.size(2)).unsqueeze(1));
            scores = scores.maskedFill(hidden, minusInfinity);
        }
        if (how.mask() != null) {
            scores = how.mask().dtype() == DType.BOOL ? scores.maskedFill(how.mask().logicalNot(), minusInfinity)
                    : scores.add(how.mask());
        }
        Variable weights = scores.softmax(3);
        Variable dropped = dropout(weights, weights);
        Variable dweights = dropout(dout.matmul(v.transpose(2, 3)), weights);
        Variable dscores = weights.mul(dweights.sub(dweights.mul(weights).sum(true, 3))).mul(how.scale());
        return new Variable[] {dscores.matmul(k), dscores.transpose(2, 3).matmul(q),
            dropped.transpose(2, 3).matmul(dout)};
    }

    private Variable dropout(Variable x, Variable weights) {
        return how.dropout() == 0 ? x : Dropout.repeat(x, weights, how.dropout(), how.seed(), how.call());
    }
}
