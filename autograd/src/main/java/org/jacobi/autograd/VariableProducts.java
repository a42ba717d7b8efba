package org.jacobi.autograd;

import org.jacobi.autograd.ops.Cdist;
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
        return Matmul.apply(self().promoted(other), other.promoted(self()));
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
        return Cdist.apply(self().promoted(other), other.promoted(self()), p);
    }

    /** Returns x wᵀ + bias (…, out) for this x (…, in), weight (out, in) and bias (out), which may be null. */
    default Variable linear(Variable weight, Variable bias) {
        return Linear.apply(self(), Variable.present(weight), bias);
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
        if (self().rank() != 4) {
            throw new IllegalArgumentException("scaledDotProductAttention: q has shape " + self().shape()
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
                : mask.to(self().dtype().isHalf() ? DType.F32 : self().dtype());
        return ScaledDotProductAttention.apply(dropout == 0 ? self() : Batch.perExample(self()), k, v,
                new Attention(1 / Math.sqrt(self().size(-1)), causal, added, dropout,
                        generator.seed(), dropout == 0 ? 0 : generator.nextCall()));
    }
}
