package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.positive;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Reduction;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;

/** The rows of losses with all their settings. */
final class LossFunctionSamples {
    private LossFunctionSamples() {
    }

    static void add() {
        crossEntropy();
        probabilities();
        distances();
        likelihoods();
        margins();
    }

    /** Weights of classes: numbers from 0.5 to 2 that need no gradient. */
    private static Operand weights(long... shape) {
        return new Operand(null, false, false, 0.5, 2, shape);
    }

    private static Operand shares(long... shape) {
        return within(0.05, 0.95, shape);
    }

    private static Operand signs(long... shape) {
        return integers(DType.F32, 0, 2, shape);
    }

    private static org.jacobi.tensor.Tensor sign(Variable zeroOrOne) {
        return zeroOrOne.value().mul(2).sub(1);
    }

    private static Tensor sign(Tensor zeroOrOne) {
        return zeroOrOne.mul(number(2)).sub(number(1));
    }

    /** Returns libtorch's number for a reduction. */
    private static long code(Reduction reduction) {
        return switch (reduction) {
            case NONE -> 0;
            case MEAN, BATCH_MEAN -> 1;
            case SUM -> 2;
        };
    }

    private static final List<Reduction> REDUCTIONS = List.of(Reduction.NONE, Reduction.MEAN, Reduction.SUM);

    private static Tensor twin(Tensor logits, Tensor target, Tensor weight, Reduction reduction, long ignoreIndex,
            double smoothing) {
        return torch.cross_entropy_loss(logits, target,
                weight == null ? new TensorOptional() : new TensorOptional(weight),
                code(reduction), ignoreIndex, smoothing);
    }

    private static void crossEntropy() {
        for (Reduction how : REDUCTIONS) {
            row("crossEntropy", "classes on axis 1, " + how, n -> List.of(real(2, n, 3), index(n, 2, 3)))
                    .variables(v -> v[0].crossEntropy(v[1], 1, null, -100, 0, how))
                    .torch(p -> twin(p[0], p[1], null, how, -100, 0));
            row("crossEntropy", "weights, ignoring 0, " + how,
                    n -> List.of(real(9, n + 1), index(n + 1, 9), weights(n + 1)))
                    .variables(v -> v[0].crossEntropy(v[1], 1, v[2].value(), 0, 0, how))
                    .torch(p -> twin(p[0], p[1], p[2], how, 0, 0));
            row("crossEntropy", "weights, smoothed, more axes, " + how,
                    n -> List.of(real(2, n, 4), integers(DType.I64, -1, n, 2, 4), weights(n)))
                    .variables(v -> v[0].crossEntropy(v[1], 1, v[2].value(), -1, 0.2, how))
                    .torch(p -> twin(p[0], p[1], p[2], how, -1, 0.2));
            row("crossEntropy", "probabilities, " + how, n -> List.of(real(2, n, 3), shares(2, n, 3)))
                    .variables(v -> v[0].crossEntropy(v[1], 1, null, -100, 0, how))
                    .torch(p -> twin(p[0], p[1], null, how, -100, 0));
            row("crossEntropy", "probabilities, weights, smoothed, " + how,
                    n -> List.of(real(4, n), shares(4, n), weights(n)))
                    .variables(v -> v[0].crossEntropy(v[1], -1, v[2].value(), -100, 0.3, how))
                    .torch(p -> twin(p[0], p[1], p[2], how, -100, 0.3));
            row("nllLoss", "weights, ignoring 0, " + how, n -> List.of(real(9, n + 1), index(n + 1, 9), weights(n + 1)))
                    .variables(v -> v[0].nllLoss(v[1], 1, v[2].value(), 0, how))
                    .torch(p -> torch.nll_loss_nd(p[0], p[1], new TensorOptional(p[2]), code(how), 0));
        }
        row("crossEntropy", "a vector of logits", n -> List.of(real(n), index(n)))
                .variables(v -> v[0].crossEntropy(v[1], 0, null, -100, 0, Reduction.MEAN))
                .torch(p -> torch.cross_entropy(p[0], p[1]));
        row("nllLoss", "more axes", n -> List.of(real(2, n, 2, 3), index(n, 2, 2, 3)))
                .variables(v -> v[0].nllLoss(v[1], 1, null, -100, Reduction.MEAN))
                .torch(p -> torch.nll_loss_nd(p[0], p[1], new TensorOptional(), 1, -100));
        row("nllLoss", "", n -> List.of(real(5, n), index(n, 5))).variables(v -> v[0].nllLoss(v[1].value()))
                .torch(p -> torch.nll_loss(p[0], p[1]));
    }

    private static void probabilities() {
        row("binaryCrossEntropy", "a constant", n -> List.of(shares(3, n), weights(3, n)))
                .variables(v -> v[0].binaryCrossEntropy(v[1].value().div(2)))
                .torch(p -> torch.binary_cross_entropy(p[0], p[1].div(number(2))));
        row("binaryCrossEntropyWithLogits", "a constant", n -> List.of(real(3, n), weights(3, n)))
                .variables(v -> v[0].binaryCrossEntropyWithLogits(v[1].value().div(2)))
                .torch(p -> torch.binary_cross_entropy_with_logits(p[0], p[1].div(number(2))));
        row("binaryCrossEntropyWithLogits", "large logits", n -> List.of(within(-500, 500, 3, n), shares(3, n)))
                .kinked()
                .variables(v -> v[0].binaryCrossEntropyWithLogits(v[1], null, null, Reduction.NONE))
                .torch(p -> torch.binary_cross_entropy_with_logits(p[0], p[1], new TensorOptional(),
                        new TensorOptional(),
                        0));
        row("klDiv", "a constant", n -> List.of(real(3, n), weights(3, n))).variables(v -> v[0].klDiv(v[1].value()))
                .torch(p -> torch.kl_div(p[0], p[1]));
        row("klDiv", "batch mean", n -> List.of(real(3, n), shares(3, n)))
                .variables(v -> v[0].klDiv(v[1], false, Reduction.BATCH_MEAN))
                .torch(p -> torch.kl_div(p[0], p[1], 2, false).div(number(3)));
        for (Reduction how : REDUCTIONS) {
            row("binaryCrossEntropy", "weights, " + how, n -> List.of(shares(3, n), shares(3, n), weights(n)))
                    .tolerance(5e-5).variables(v -> v[0].binaryCrossEntropy(v[1], v[2].value(), how))
                    .torch(p -> torch.binary_cross_entropy(p[0], p[1], new TensorOptional(p[2]), code(how)));
            row("binaryCrossEntropyWithLogits", "weights, " + how,
                    n -> List.of(real(3, n), shares(3, n), weights(3, 1), weights(n)))
                    .variables(
                            v -> v[0].binaryCrossEntropyWithLogits(v[1], v[2].value(), v[3].value(), how))
                    .torch(p -> torch.binary_cross_entropy_with_logits(p[0], p[1], new TensorOptional(p[2]),
                            new TensorOptional(p[3]), code(how)));
            row("klDiv", "" + how, n -> List.of(real(3, n), shares(3, n))).variables(v -> v[0].klDiv(v[1], false, how))
                    .torch(p -> torch.kl_div(p[0], p[1], code(how), false));
            row("klDiv", "log target, " + how, n -> List.of(real(3, n), real(3, n)))
                    .variables(v -> v[0].klDiv(v[1], true, how)).torch(p -> torch.kl_div(p[0], p[1], code(how), true));
        }
    }

    private static void distances() {
        row("l1Loss", "a constant", n -> List.of(real(3, n), weights(3, n))).variables(v -> v[0].l1Loss(v[1].value()))
                .torch(p -> torch.l1_loss(p[0], p[1], 1));
        row("huberLoss", "a constant", n -> List.of(real(3, n), weights(3, n)))
                .variables(v -> v[0].huberLoss(v[1].value())).torch(p -> torch.huber_loss(p[0], p[1]));
        row("smoothL1Loss", "a constant", n -> List.of(real(3, n), weights(3, n)))
                .variables(v -> v[0].smoothL1Loss(v[1].value())).torch(p -> torch.smooth_l1_loss(p[0], p[1]));
        row("smoothL1Loss", "beta 0", n -> List.of(real(3, n), real(3, n)))
                .variables(v -> v[0].smoothL1Loss(v[1], 0, Reduction.MEAN))
                .torch(p -> torch.smooth_l1_loss(p[0], p[1], 1, 0));
        for (Reduction how : REDUCTIONS) {
            row("mse", "" + how, n -> List.of(real(3, n), real(3, n))).variables(v -> v[0].mse(v[1], how))
                    .torch(p -> torch.mse_loss(p[0], p[1], code(how)));
            row("l1Loss", "" + how, n -> List.of(real(3, n), real(3, n))).variables(v -> v[0].l1Loss(v[1], how))
                    .torch(p -> torch.l1_loss(p[0], p[1], code(how)));
            row("huberLoss", "" + how, n -> List.of(real(3, n), real(3, n)))
                    .variables(v -> v[0].huberLoss(v[1], 0.7, how))
                    .torch(p -> torch.huber_loss(p[0], p[1], code(how), 0.7));
            row("smoothL1Loss", "" + how, n -> List.of(real(3, n), real(3, n)))
                    .variables(v -> v[0].smoothL1Loss(v[1], 0.7, how))
                    .torch(p -> torch.smooth_l1_loss(p[0], p[1], code(how), 0.7));
        }
    }

    private static void likelihoods() {
        row("poissonNllLoss", "a constant", n -> List.of(real(3, n), weights(3, n)))
                .variables(v -> v[0].poissonNllLoss(v[1].value()))
                .torch(p -> torch.poisson_nll_loss(p[0], p[1], true, false, 1e-8, 1));
        for (boolean full : List.of(false, true)) {
            String which = full ? ", full" : "";
            row("poissonNllLoss", "logarithms" + which, n -> List.of(real(3, n), within(0.3, 4, 3, n)))
                    .variables(v -> v[0].poissonNllLoss(v[1], true, full, 1e-8, Reduction.SUM))
                    .torch(p -> torch.poisson_nll_loss(p[0], p[1], true, full, 1e-8, 2));
            row("poissonNllLoss", "means" + which, n -> List.of(positive(3, n), within(0.3, 4, 3, n)))
                    .variables(v -> v[0].poissonNllLoss(v[1], false, full, 1e-3, Reduction.NONE))
                    .torch(p -> torch.poisson_nll_loss(p[0], p[1], false, full, 1e-3, 0));
            // libtorch has no op for it: this is its definition in torch.nn.functional.
            row("gaussianNllLoss", "variances" + which, n -> List.of(real(3, n), real(3, n), positive(3, 1)))
                    .variables(v -> v[0].gaussianNllLoss(v[1], v[2], full, 1e-6, Reduction.MEAN))
                    .torch(p -> p[2].log().add(p[0].sub(p[1]).square().div(p[2])).mul(number(0.5))
                            .add(number(full ? 0.5 * Math.log(2 * Math.PI) : 0)).mean());
        }
    }

    private static void margins() {
        row("multiMarginLoss", "weights", n -> List.of(real(5, n), index(n, 5), weights(n)))
                .variables(v -> v[0].multiMarginLoss(v[1].value(), 2, 0.7, v[2].value(), Reduction.MEAN))
                .torch(p -> torch.multi_margin_loss(p[0], p[1], number(2), number(0.7), new TensorOptional(p[2]), 1));
        row("pairwiseDistance", "p 3", n -> List.of(real(4, n), real(4, n)))
                .variables(v -> v[0].pairwiseDistance(v[1], 3, 1e-6, false))
                .torch(p -> torch.pairwise_distance(p[0], p[1], 3, 1e-6, false));
        row("pairwiseDistance", "broadcast, keepAxis", n -> List.of(real(4, 1, n), real(3, n)))
                .variables(v -> v[0].pairwiseDistance(v[1], 2, 1e-6, true))
                .torch(p -> torch.pairwise_distance(p[0], p[1], 2, 1e-6, true));
        row("tripletMarginLoss", "swap, p 1", n -> List.of(real(4, n), real(4, n), real(4, n)))
                .variables(v -> v[0].tripletMarginLoss(v[1], v[2], 2, 1, 1e-6, true, Reduction.SUM))
                .torch(p -> torch.triplet_margin_loss(p[0], p[1], p[2], 2, 1, 1e-6, true, 2));
        for (Reduction how : REDUCTIONS) {
            row("hingeEmbeddingLoss", "" + how, n -> List.of(real(3, n), signs(3, n)))
                    .variables(v -> v[0].hingeEmbeddingLoss(sign(v[1]), 0.8, how))
                    .torch(p -> torch.hinge_embedding_loss(p[0], sign(p[1]), 0.8, code(how)));
            row("marginRankingLoss", "" + how, n -> List.of(real(n), real(n), signs(n)))
                    .variables(v -> v[0].marginRankingLoss(v[1], sign(v[2]), 0.3, how))
                    .torch(p -> torch.margin_ranking_loss(p[0], p[1], sign(p[2]), 0.3, code(how)));
            row("multiMarginLoss", "" + how, n -> List.of(real(5, n), index(n, 5)))
                    .variables(v -> v[0].multiMarginLoss(v[1].value(), 1, 1, null, how))
                    .torch(p -> torch.multi_margin_loss(p[0], p[1], number(1), number(1), new TensorOptional(),
                            code(how)));
            row("cosineEmbeddingLoss", "" + how, n -> List.of(real(5, n + 1), real(5, n + 1), signs(5)))
                    .variables(v -> v[0].cosineEmbeddingLoss(v[1], sign(v[2]), 0.1, how))
                    .torch(p -> torch.cosine_embedding_loss(p[0], p[1], sign(p[2]), 0.1, code(how)));
            row("tripletMarginLoss", "" + how, n -> List.of(real(4, n), real(4, n), real(4, n)))
                    .variables(v -> v[0].tripletMarginLoss(v[1], v[2], 1, 2, 1e-6, false, how))
                    .torch(p -> torch.triplet_margin_loss(p[0], p[1], p[2], 1, 2, 1e-6, false, code(how)));
        }
    }
}
