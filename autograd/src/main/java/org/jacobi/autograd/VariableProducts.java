package org.jacobi.autograd;

import org.jacobi.autograd.ops.Cdist;
import org.jacobi.autograd.ops.FeedForward;
import org.jacobi.autograd.ops.Linear;
import org.jacobi.autograd.ops.Matmul;
import org.jacobi.autograd.ops.ScaledDotProductAttention;
import org.jacobi.tensor.ComposedProducts;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.backend.Attention;

/**
 * The differentiable products: of matrices, affine maps, attention. {@link ComposedProducts} has those that are made of
 * others.
 */
public sealed interface VariableProducts extends ComposedProducts<Variable> permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    @Override
    default Variable matmul(Variable other) {
        Variable a = Autocast.cast("matmul", self());
        Variable b = Autocast.cast("matmul", Variable.present(other));
        return Matmul.apply(a.promoted(b), b.promoted(a));
    }

    @Override
    default Variable dot(Variable other) {
        try (var _ = Autocast.suspended()) {
            return ComposedProducts.super.dot(other);
        }
    }

    @Override
    default Variable tensordot(Variable other, int[] mine, int[] theirs) {
        try (var _ = Autocast.suspended()) {
            return ComposedProducts.super.tensordot(other, mine, theirs);
        }
    }

    @Override
    default Variable cosineSimilarity(Variable other, int axis) {
        Variable x = Autocast.cast("cosineSimilarity", self());
        Variable y = Autocast.cast("cosineSimilarity", other);
        return x == this && y == other ? ComposedProducts.super.cosineSimilarity(other, axis)
                : x.cosineSimilarity(y, axis);
    }

    /** Returns the matrix product with a constant. */
    default Variable matmul(Tensor other) {
        return matmul(Variable.constant(other));
    }

    /**
     * Returns the distances (…, P, R) in the p-norm of each of the P vectors of this (…, P, M) from each of the R vectors of
     * other (…, R, M); leading axes broadcast. The gradient of a distance of 0 is 0.
     */
    default Variable cdist(Variable other, double p) {
        Variable x = Autocast.cast("cdist", self());
        Variable y = Autocast.cast("cdist", Variable.present(other));
        return Cdist.apply(x.promoted(y), y.promoted(x), p);
    }

    /** Returns x wᵀ + bias (…, out) for this x (…, in), weight (out, in) and bias (out), which may be null. */
    default Variable linear(Variable weight, Variable bias) {
        return Linear.apply(Autocast.cast("linear", self()), Autocast.cast("linear", Variable.present(weight)),
                Autocast.cast("linear", bias));
    }

    /**
     * Returns gelu(x weight1ᵀ + bias1) weight2ᵀ + bias2 with GELU in its tanh form, as {@code linear}, {@code geluTanh} and
     * {@code linear} one after the other do: a device may have kernels for it.
     *
     * @param weight1 (hidden, in)
     * @param bias1   (hidden), or null
     * @param weight2 (out, hidden)
     * @param bias2   (out), or null
     */
    default Variable feedForward(Variable weight1, Variable bias1, Variable weight2, Variable bias2) {
        return FeedForward.apply(Autocast.cast("linear", self()), Autocast.cast("linear", Variable.present(weight1)),
                Autocast.cast("linear", bias1), Autocast.cast("linear", Variable.present(weight2)),
                Autocast.cast("linear", bias2));
    }

    /**
     * Returns softmax(scale q kᵀ + mask) v for this q (B, H, T, D), with scale 1 / √D.
     *
     * @param k      (B, H, S, D)
     * @param v      (B, H, S, D)
     * @param causal whether query t sees keys 0 to t only
     */
    default Variable scaledDotProductAttention(Variable k, Variable v, boolean causal) {
        return scaledDotProductAttention(k, v, null, causal, 0, Generator.global());
    }

    /**
     * Returns dropout(softmax(scale q kᵀ + mask)) v for this q (B, H, T, D), with scale 1 / √D.
     *
     * @param mask    null, or what expands to (B, H, T, S): bool (true lets a key be seen) or floating (added to the scores)
     * @param causal  whether query t sees keys 0 to t only
     * @param dropout the probability with which a weight is dropped
     */
    default Variable scaledDotProductAttention(Variable k, Variable v, Tensor mask, boolean causal, double dropout,
            Generator generator) {
        Variable q = Autocast.cast("scaledDotProductAttention", self());
        if (q.rank() != 4) {
            throw new IllegalArgumentException("scaledDotProductAttention: q has shape " + q.shape()
                    + "; it must be (B, H, T, D)");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "scaledDotProductAttention: dropout is " + dropout + "; it must be at least 0 and below 1");
        }
        if (mask != null && mask.dtype() != DType.BOOL && !mask.dtype().isFloating()) {
            throw new IllegalArgumentException("scaledDotProductAttention: the mask is " + mask.dtype()
                    + "; it must be bool (true lets a key be seen) or floating (added to the scores)");
        }
        Tensor added = mask == null || mask.dtype() == DType.BOOL ? mask
                : mask.to(q.dtype().isHalf() ? DType.F32 : q.dtype());
        return ScaledDotProductAttention.apply(dropout == 0 ? q : Batch.perExample(q),
                Autocast.cast("scaledDotProductAttention", k), Autocast.cast("scaledDotProductAttention", v),
                new Attention(1 / Math.sqrt(q.size(-1)), causal, added, dropout,
                        generator.seed(), dropout == 0 ? 0 : generator.nextCall()));
    }
}
