package org.jacobi.tests;

import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.bool;
import static org.jacobi.tests.Operand.constant;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.integers;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.util.List;

import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/** The rows of normalizations, losses and attention. */
final class LossSamples {
    private LossSamples() {
    }

    static void add() {
        normalizations();
        losses();
        attention();
    }

    private static void normalizations() {
        row("softmax", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].softmax(-1))
                .tensors(t -> t[0].softmax(-1))
                .torch(p -> torch.softmax(p[0], -1));
        row("softmax", "first axis", n -> List.of(real(n, 3, 2))).variables(v -> v[0].softmax(0))
                .tensors(t -> t[0].softmax(0)).torch(p -> torch.softmax(p[0], 0));
        row("softmax", "large numbers", n -> List.of(within(-200, 200, 3, n))).kinked().variables(v -> v[0].softmax(1))
                .tensors(t -> t[0].softmax(1)).torch(p -> torch.softmax(p[0], 1));
        row("logSoftmax", "last axis", n -> List.of(real(3, n))).variables(v -> v[0].logSoftmax(-1))
                .tensors(t -> t[0].logSoftmax(-1)).torch(p -> torch.log_softmax(p[0], -1));
        row("logSoftmax", "middle axis", n -> List.of(real(2, n, 3))).variables(v -> v[0].logSoftmax(1))
                .tensors(t -> t[0].logSoftmax(1)).torch(p -> torch.log_softmax(p[0], 1));
        row("logSoftmax", "large numbers", n -> List.of(within(-200, 200, 3, n))).kinked()
                .variables(v -> v[0].logSoftmax(1)).tensors(t -> t[0].logSoftmax(1))
                .torch(p -> torch.log_softmax(p[0], 1));
        // With two elements or fewer the result hangs on eps alone, and its derivatives are noise: so n + 2.
        row("layerNorm", "", n -> List.of(real(3, n + 2), real(n + 2), real(n + 2)))
                .variables(v -> v[0].layerNorm(v[1], v[2], 1e-5))
                .torch(p -> torch.layer_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new TensorOptional(p[2]), 1e-5, false));
        row("layerNorm", "no bias, more axes", n -> List.of(real(2, 3, n + 2), real(n + 2)))
                .variables(v -> v[0].layerNorm(v[1], null, 1e-5))
                .torch(p -> torch.layer_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new TensorOptional(),
                        1e-5, false));
        row("layerNorm", "plain", n -> List.of(real(3, n + 2))).variables(v -> v[0].layerNorm(null, null, 1e-5))
                .torch(p -> torch.layer_norm(p[0], p[0].size(-1)));
        row("layerNorm", "far from zero", n -> List.of(within(98, 102, 3, n + 2))).tolerance(1e-4).kinked()
                .variables(v -> v[0].layerNorm(null, null, 1e-5)).torch(p -> torch.layer_norm(p[0], p[0].size(-1)));
        row("groupNorm", "", n -> List.of(real(2, 6, n + 2), real(6), real(6))).upTo(257)
                .variables(v -> v[0].groupNorm(2, v[1], v[2], 1e-5))
                .torch(p -> torch.group_norm(p[0], 2, new TensorOptional(p[1]), new TensorOptional(p[2]), 1e-5, false));
        row("groupNorm", "an image, no bias", n -> List.of(real(3, 4, 3, n + 1), real(4))).upTo(257)
                .tolerance(1e-4)
                .variables(v -> v[0].groupNorm(4, v[1], null, 1e-5))
                .torch(p -> torch.group_norm(p[0], 4, new TensorOptional(p[1]), new TensorOptional(), 1e-5, false));
        row("groupNorm", "plain, one group of rows", n -> List.of(real(5, n + 2))).upTo(257)
                .variables(v -> v[0].groupNorm(1, null, null, 1e-5))
                .torch(p -> torch.group_norm(p[0], 1));
        row("rmsNorm", "", n -> List.of(real(3, n), real(n))).variables(v -> v[0].rmsNorm(v[1], 1e-5))
                .torch(p -> torch.rms_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(p[1]),
                        new DoubleOptional(1e-5)));
        row("rmsNorm", "plain, more axes", n -> List.of(real(2, 3, n))).variables(v -> v[0].rmsNorm(null, 1e-5))
                .torch(p -> torch.rms_norm(p[0], new long[] {p[0].size(-1)}, new TensorOptional(),
                        new DoubleOptional(1e-5)));
    }

    private static org.bytedeco.pytorch.Tensor crossEntropy(org.bytedeco.pytorch.Tensor logits,
            org.bytedeco.pytorch.Tensor targets, long ignoreIndex, double smoothing) {
        CrossEntropyLossOptions options = new CrossEntropyLossOptions();
        options.ignore_index().put(ignoreIndex);
        options.label_smoothing().put(smoothing);
        return torch.cross_entropy(logits, targets, options);
    }

    private static void losses() {
        row("crossEntropy", "", n -> List.of(real(5, n), index(n, 5))).variables(v -> v[0].crossEntropy(v[1].value()))
                .torch(p -> torch.cross_entropy(p[0], p[1]));
        row("crossEntropy", "more axes", n -> List.of(real(2, 3, n), index(n, 2, 3)))
                .variables(v -> v[0].crossEntropy(v[1].value()))
                .torch(p -> torch.cross_entropy(p[0].flatten(0, 1), p[1].flatten()));
        row("crossEntropy", "smoothed", n -> List.of(real(5, n), index(n, 5)))
                .variables(v -> v[0].crossEntropy(v[1].value(), -100, 0.1))
                .torch(p -> crossEntropy(p[0], p[1], -100, 0.1));
        row("crossEntropy", "ignoring -1", n -> List.of(real(9, n), integers(DType.I64, -1, n, 9)))
                .variables(v -> v[0].crossEntropy(v[1].value(), -1, 0)).torch(p -> crossEntropy(p[0], p[1], -1, 0));
        row("crossEntropy", "smoothed, ignoring class 0", n -> List.of(real(9, n + 1), index(n + 1, 9)))
                .variables(v -> v[0].crossEntropy(v[1].value(), 0, 0.2)).torch(p -> crossEntropy(p[0], p[1], 0, 0.2));
        row("crossEntropy", "large logits", n -> List.of(within(-200, 200, 5, n), index(n, 5))).kinked()
                .variables(v -> v[0].crossEntropy(v[1].value())).torch(p -> torch.cross_entropy(p[0], p[1]));
        row("mse", "", n -> List.of(real(3, n), real(3, n))).variables(v -> v[0].mse(v[1]))
                .torch(p -> torch.mse_loss(p[0], p[1]));
        row("mse", "a constant", n -> List.of(real(3, n), constant(3, n))).variables(v -> v[0].mse(v[1].value()))
                .torch(p -> torch.mse_loss(p[0], p[1]));
    }

    private static void attention() {
        for (boolean causal : List.of(false, true)) {
            row("scaledDotProductAttention", "sizes of heads" + (causal ? ", causal" : ""),
                    n -> List.of(real(2, 2, 5, n), real(2, 2, 5, n), real(2, 2, 5, n))).upTo(67)
                    .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], causal))
                    .torch(p -> torchAttention(p[0], p[1], p[2], null, causal));
            row("scaledDotProductAttention", "lengths" + (causal ? ", causal" : ""),
                    n -> List.of(real(1, 2, n, 4), real(1, 2, n, 4), real(1, 2, n, 4))).upTo(67)
                    .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], causal))
                    .torch(p -> torchAttention(p[0], p[1], p[2], null, causal));
        }
        row("scaledDotProductAttention", "more keys than queries",
                n -> List.of(real(1, 2, 3, 4), real(1, 2, n + 3, 4), real(1, 2, n + 3, 4))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], false))
                .torch(p -> torchAttention(p[0], p[1], p[2], null, false));
        row("scaledDotProductAttention", "added mask",
                n -> List.of(real(1, 2, n, 4), real(1, 2, n, 4), real(1, 2, n, 4), constant(n, n))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], v[3].value(), false, 0, new Generator(0)))
                .torch(p -> torchAttention(p[0], p[1], p[2], p[3], false));
        row("scaledDotProductAttention", "bool mask",
                n -> List.of(real(2, 2, 4, 3), real(2, 2, n, 3), real(2, 2, n, 3), bool(2, 1, 1, n))).upTo(67)
                .variables(v -> v[0].scaledDotProductAttention(v[1], v[2], seesOne(v[3].value()), false, 0,
                        new Generator(0)))
                .torch(p -> torchAttention(p[0], p[1], p[2],
                        torch.logical_or(p[3], torch.arange(number(p[3].size(-1))).eq(number(0))), false));
        // The random numbers are our own: there is nothing to compare with in libtorch.
        row("scaledDotProductAttention", "dropout, causal",
                n -> List.of(real(2, 2, n, 3), real(2, 2, n, 3), real(2, 2, n, 3))).upTo(67).variables(
                        v -> v[0].scaledDotProductAttention(v[1], v[2], null, true, 0.25, new Generator(5)));
    }

    /** A mask in which every query sees the first key: a row of nothing but false has no softmax. */
    private static Tensor seesOne(Tensor mask) {
        return mask.logicalOr(Tensor.arange(mask.device(), mask.size(-1)).eq(0));
    }

    private static org.bytedeco.pytorch.Tensor torchAttention(org.bytedeco.pytorch.Tensor q,
            org.bytedeco.pytorch.Tensor k,
            org.bytedeco.pytorch.Tensor v, org.bytedeco.pytorch.Tensor mask, boolean causal) {
        return torch.scaled_dot_product_attention(q, k, v,
                mask == null ? new TensorOptional() : new TensorOptional(mask), 0,
                causal, new DoubleOptional(), false);
    }
}
