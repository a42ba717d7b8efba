package org.jacobi.autograd;

import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;

/** Losses of scores and embeddings that are to be a margin apart, as torch.nn.functional has them. */
public sealed interface VariableMarginLosses permits Variable {
    private Variable self() {
        return (Variable) this; // there is no other implementation
    }

    /** Returns the numbers where a target of 1 and -1 says 1, and another's where it says -1. */
    private static Variable bySign(String op, Tensor sign, Variable positive, Variable negative) {
        if (!sign.eq(1).logicalOr(sign.eq(-1)).all().toBooleanArray()[0]) {
            throw new IllegalArgumentException(op + ": the targets must be 1 or -1");
        }
        return Variable.where(sign.eq(1), positive, negative);
    }

    /**
     * Returns this where the target is 1, and max(0, margin - this) where it is -1.
     *
     * @param target 1 and -1, of this shape
     */
    default Variable hingeEmbeddingLoss(Tensor target, double margin, Reduction reduction) {
        LossChecks.sameShape("hingeEmbeddingLoss", self(), Variable.constant(target));
        Variable x = Autocast.cast("hingeEmbeddingLoss", self());
        return reduction.of(bySign("hingeEmbeddingLoss", target, x, x.neg().add(margin).relu()));
    }

    /**
     * Returns max(0, margin - target (this - other)): 0 where this is above the other, or below it for a target of -1, by the margin.
     *
     * @param other  of this shape
     * @param target 1 and -1, of this shape
     */
    default Variable marginRankingLoss(Variable other, Tensor target, double margin, Reduction reduction) {
        LossChecks.sameShape("marginRankingLoss", self(), other);
        LossChecks.sameShape("marginRankingLoss", self(), Variable.constant(target));
        Variable difference = Autocast.cast("marginRankingLoss", self()).sub(Autocast.cast("marginRankingLoss", other));
        return reduction.of(bySign("marginRankingLoss", target, difference.neg(), difference).add(margin).relu());
    }

    /**
     * Returns the sum over wrong classes j of weight max(0, margin - this[class] + this[j])^p / C, where the weight is that of the
     * target's class.
     *
     * @param target i64 class numbers (N), for scores (N, C)
     * @param p      1 or 2
     * @param weight one weight for each class, or null
     */
    default Variable multiMarginLoss(Tensor target, int p, double margin, Tensor weight, Reduction reduction) {
        String op = "multiMarginLoss";
        LossChecks.floating(op, self());
        if (self().rank() != 2 || target.rank() != 1 || target.size(0) != self().size(0)
                || target.dtype() != DType.I64) {
            throw new IllegalArgumentException(
                    op + ": needs scores (N, C) and I64 class numbers (N), got " + self().shape()
                            + " and " + target.dtype() + " " + target.shape());
        }
        if (p != 1 && p != 2) {
            throw new IllegalArgumentException(op + ": p is " + p + "; it must be 1 or 2");
        }
        target.requireIndex(op, self().size(1));
        LossChecks.weights(op, weight, self().size(1));
        Tensor index = target.unsqueeze(1);
        Variable scores = Autocast.cast(op, self());
        Variable gaps = scores.sub(scores.gather(1, index)).add(margin).relu();
        Variable powers = p == 1 ? gaps : gaps.square();
        Variable losses = powers.scatter(1, index, 0.0).sum(1).div(scores.size(1));
        return reduction.of(weight == null ? losses : losses.mul(weight.to(scores.dtype()).take(target)));
    }

    /**
     * Returns 1 - cos where the target is 1, and max(0, cos - margin) where it is -1, of the cosine between these vectors and others.
     *
     * @param other  (N, D), as this, or (D)
     * @param target 1 and -1, (N), or a scalar
     */
    default Variable cosineEmbeddingLoss(Variable other, Tensor target, double margin, Reduction reduction) {
        LossChecks.sameShape("cosineEmbeddingLoss", self(), other);
        if (self().rank() == 0 || !target.shape().equals(self().shape().without(-1))) {
            throw new IllegalArgumentException("cosineEmbeddingLoss: vectors " + self().shape()
                    + " need targets of that shape without its last axis, got " + target.shape());
        }
        double eps = 1e-12; // PyTorch's
        Variable x = Autocast.cast("cosineEmbeddingLoss", self());
        Variable y = Autocast.cast("cosineEmbeddingLoss", other);
        Variable cos = x.mul(y).sum(-1).div(x.square().sum(-1).add(eps).mul(y.square().sum(-1).add(eps)).sqrt());
        return reduction.of(bySign("cosineEmbeddingLoss", target, cos.neg().add(1), cos.sub(margin).relu()));
    }

    /**
     * Returns the p-norm of the difference to other vectors, the last axis.
     *
     * @param other    of this shape, or one with which it broadcasts
     * @param eps      what is added to the difference, so that equal vectors have a gradient; PyTorch's is 1e-6
     * @param keepAxis whether the last axis stays, with size 1
     */
    default Variable pairwiseDistance(Variable other, double p, double eps, boolean keepAxis) {
        if (Shape.broadcast("pairwiseDistance", self().shape(), other.shape()).rank() == 0) {
            throw new IllegalArgumentException("pairwiseDistance: needs vectors, along the last axis, got shape ()");
        }
        if (Double.isNaN(p)) {
            throw new IllegalArgumentException("pairwiseDistance: p must be a number or infinite, got NaN");
        }
        return self().sub(other).add(eps).norm(p, keepAxis, -1);
    }

    /**
     * Returns max(0, margin + d(this, positive) - d(this, negative)), where d is the p-norm of the difference (Balntas et al.,
     * "Learning Local Feature Descriptors with Triplets", 2016).
     *
     * @param positive what is to be near, of this shape (N, D) or (D)
     * @param negative what is to be far, of this shape
     * @param swap     whether the distance between positive and negative counts instead if it is smaller
     */
    default Variable tripletMarginLoss(Variable positive, Variable negative, double margin, double p, double eps,
            boolean swap,
            Reduction reduction) {
        LossChecks.vectors("tripletMarginLoss", self(), positive);
        LossChecks.vectors("tripletMarginLoss", self(), negative);
        Variable anchor = Autocast.cast("tripletMarginLoss", self());
        Variable same = Autocast.cast("tripletMarginLoss", positive);
        Variable other = Autocast.cast("tripletMarginLoss", negative);
        Variable near = anchor.pairwiseDistance(same, p, eps, false);
        Variable far = anchor.pairwiseDistance(other, p, eps, false);
        if (swap) {
            far = far.minimum(same.pairwiseDistance(other, p, eps, false));
        }
        return reduction.of(near.sub(far).add(margin).relu());
    }
}
