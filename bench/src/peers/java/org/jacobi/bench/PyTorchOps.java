package org.jacobi.bench;

import static java.util.Map.entry;

import java.util.Map;
import java.util.function.Function;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The ops of {@link OpTable} as PyTorch's functions, by name. */
final class PyTorchOps {
    private static final double EPS = 1e-5;
    private static final long[] LAST = {1};
    private static final long[] ONES = {1, 1};
    private static final long[] WINDOW = {2, 2};
    private static final long[] BORDERS = {1, 1, 1, 1};

    /**
     * Arguments, made once: a caller in C++ would not wrap numbers in objects. In a class of their own, so that PyTorch is
     * loaded by forks only, when they first run an op; retained, because that is within the scope of a run.
     */
    private static final class Numbers {
        static final Scalar HALF = new Scalar(0.5).retainReference();
        static final ScalarOptional LOW = new ScalarOptional(new Scalar(-0.5)).retainReference();
        static final ScalarOptional HIGH = new ScalarOptional(new Scalar(0.5)).retainReference();
        static final LongOptional SECOND = new LongOptional(1).retainReference();
        static final Scalar ONE_MORE = new Scalar(1).retainReference();
        static final ScalarOptional ONE = new ScalarOptional(new Scalar(1)).retainReference();
        static final ScalarOptional TWO = new ScalarOptional(new Scalar(2)).retainReference();
    }

    static final Map<String, Function<Tensor[], Tensor>> FORWARD = Map.ofEntries(
            entry("matmul", in -> torch.matmul(in[0], in[1])),
            entry("batchedMatmul", in -> torch.bmm(in[0], in[1])),
            entry("batchedMatmulTransposed", in -> torch.bmm(in[0], in[1].transpose(1, 2))),
            entry("gelu", in -> torch.gelu(in[0])),
            entry("geluTanh", in -> torch.gelu(in[0], "tanh")),
            entry("softmax", in -> torch.softmax(in[0], 1)),
            entry("layerNorm", in -> layerNorm(in[0], in[1], in[2])),
            entry("causalAttention", in -> causalAttention(in[0], in[1], in[2])),
            entry("conv2d", in -> torch.conv2d(in[0], in[1], new TensorOptional(in[2]), ONES, "same", ONES, 1)),
            entry("crossEntropy", in -> torch.cross_entropy(in[0], in[1])),
            entry("maxPool2d", in -> torch.max_pool2d(in[0], WINDOW)),
            entry("batchNorm", in -> batchNorm(in[0], in[1], in[2])),
            entry("bilinear", in -> torch.upsample_bilinear2d(in[0],
                    new long[] {2 * in[0].size(2), 2 * in[0].size(3)}, false)),

            entry("alias", in -> new Tensor(in[0])),
            entry("neg", in -> torch.neg(in[0])),
            entry("abs", in -> torch.abs(in[0])),
            entry("exp", in -> torch.exp(in[0])),
            entry("log", in -> torch.log(in[0])),
            entry("sqrt", in -> torch.sqrt(in[0])),
            entry("rsqrt", in -> torch.rsqrt(in[0])),
            entry("reciprocal", in -> torch.reciprocal(in[0])),
            entry("square", in -> torch.square(in[0])),
            entry("sin", in -> torch.sin(in[0])),
            entry("cos", in -> torch.cos(in[0])),
            entry("tanh", in -> torch.tanh(in[0])),
            entry("erf", in -> torch.erf(in[0])),
            entry("sigmoid", in -> torch.sigmoid(in[0])),
            entry("relu", in -> torch.relu(in[0])),
            entry("silu", in -> torch.silu(in[0])),
            entry("clamp", in -> torch.clamp(in[0], Numbers.LOW, Numbers.HIGH)),
            entry("mulNumber", in -> in[0].mul(Numbers.HALF)),
            entry("floor", in -> torch.floor(in[0])),
            entry("log1p", in -> torch.log1p(in[0])),

            entry("add", in -> in[0].add(in[1])),
            entry("sub", in -> in[0].sub(in[1])),
            entry("mul", in -> in[0].mul(in[1])),
            entry("div", in -> in[0].div(in[1])),
            entry("pow", in -> in[0].pow(in[1])),
            entry("maximum", in -> torch.maximum(in[0], in[1])),
            entry("remainder", in -> in[0].remainder(in[1])),
            entry("lerp", in -> torch.lerp(in[0], in[1], in[2])),
            entry("less", in -> in[0].lt(in[1])),
            entry("addRow", in -> in[0].add(in[1])),
            entry("mulColumn", in -> in[0].mul(in[1])),

            entry("sum", in -> in[0].sum()),
            entry("sumRows", in -> in[0].sum(1)),
            entry("sumColumns", in -> in[0].sum(0)),
            entry("mean", in -> in[0].mean(1)),
            entry("amax", in -> torch.amax(in[0], LAST, false)),
            entry("argmax", in -> in[0].argmax(Numbers.SECOND, false)),
            entry("variance", in -> torch.var(in[0], LAST, Numbers.ONE, false)),
            entry("norm", in -> torch.norm(in[0], Numbers.TWO, LAST)),
            entry("logsumexp", in -> torch.logsumexp(in[0], LAST)),
            entry("logSoftmax", in -> torch.log_softmax(in[0], 1)),

            entry("cumsumRows", in -> in[0].cumsum(1)),
            entry("cumsumColumns", in -> in[0].cumsum(0)),
            entry("sortRows", in -> in[0].sort(1, false).get0()),
            entry("topk", in -> in[0].topk(SizeTable.TOP, 1, true, true).get0()),
            entry("rfft", in -> torch.view_as_real(torch.fft_rfft(in[0]))),

            entry("transposedCopy", in -> in[0].t().contiguous()),
            entry("flip", in -> in[0].flip(LAST)),
            entry("pad", in -> torch.constant_pad_nd(in[0], BORDERS)),
            entry("tril", in -> in[0].tril()),
            entry("cat", in -> torch.cat(new TensorVector(in[0], in[1]), 1)),
            entry("indexSelect", in -> in[0].index_select(0, in[1])),
            entry("gather", in -> in[0].gather(1, in[1])),
            entry("scatterAdd", in -> in[0].scatter_add(1, in[1], in[2])));

    private PyTorchOps() {
    }

    /** By the statistics of the batch, without running ones. */
    static Tensor batchNorm(Tensor x, Tensor weight, Tensor bias) {
        return torch.batch_norm(x, new TensorOptional(weight), new TensorOptional(bias), new TensorOptional(),
                new TensorOptional(), true, 0.1, EPS, false);
    }

    /** By the statistics of the batch, which are mixed into the running ones, as the layer does while training. */
    static Tensor batchNorm(Tensor x, Tensor weight, Tensor bias, Tensor runningMean, Tensor runningVar,
            Tensor batches) {
        batches.add_(Numbers.ONE_MORE);
        return torch.batch_norm(x, new TensorOptional(weight), new TensorOptional(bias),
                new TensorOptional(runningMean), new TensorOptional(runningVar), true, 0.1, EPS, false);
    }

    static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias) {
        return torch.layer_norm(x, new long[] {weight.size(0)}, new TensorOptional(weight), new TensorOptional(bias),
                EPS, false);
    }

    /** The fused kernel, which never stores the weights. */
    static Tensor causalAttention(Tensor q, Tensor k, Tensor v) {
        return torch.scaled_dot_product_attention(q, k, v, new TensorOptional(), 0, true, new DoubleOptional(), false);
    }
}
