package org.jacobi.bench;

import static java.util.Map.entry;

import java.util.Map;
import java.util.function.Function;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The ops of {@link OpTable} as PyTorch's functions, by name. */
final class PyTorchOps {
    private static final double EPS = 1e-5;

    static final Map<String, Function<Tensor[], Tensor>> FORWARD = Map.ofEntries(
            entry("matmul", in -> torch.matmul(in[0], in[1])),
            entry("batchedMatmul", in -> torch.bmm(in[0], in[1])),
            entry("batchedMatmulTransposed", in -> torch.bmm(in[0], in[1].transpose(1, 2))),
            entry("gelu", in -> torch.gelu(in[0])),
            entry("geluTanh", in -> torch.gelu(in[0], "tanh")),
            entry("softmax", in -> torch.softmax(in[0], 1)),
            entry("layerNorm", in -> layerNorm(in[0], in[1], in[2])),
            entry("causalAttention", in -> causalAttention(in[0], in[1], in[2])),
            entry("crossEntropy", in -> torch.cross_entropy(in[0], in[1])));

    private PyTorchOps() {
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
