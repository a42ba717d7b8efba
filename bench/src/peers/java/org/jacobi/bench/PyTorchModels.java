package org.jacobi.bench;

import java.util.List;
import java.util.Map;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The models of {@link TrainTable} as PyTorch's functions of weights that have our names. */
final class PyTorchModels {
    /** The forward of a training step. */
    interface Loss {
        Tensor of(Map<String, Tensor> weights, Tensor[] inputs);
    }

    static final Map<String, Loss> LOSS = Map.of(
            "babygpt", (weights, in) -> new Gpt(weights, 4, 4).loss(in[0], in[1]),
            "lstm", (weights, in) -> lstmLoss(weights, 2, in[0], in[1]),
            "cnn", (weights, in) -> cnnLoss(weights, in[0], in[1]),
            "resnet18", (weights, in) -> new ResNet18(weights).loss(in[0], in[1]));

    private PyTorchModels() {
    }

    /** An embedding, an LSTM with as many units, and logits. */
    private static Tensor lstmLoss(Map<String, Tensor> weights, int layers, Tensor idx, Tensor targets) {
        Tensor x = torch.embedding(weights.get("0.weight"), idx);
        TensorVector params = new TensorVector();
        for (int layer = 0; layer < layers; layer++) {
            for (String name : List.of("weight_ih", "weight_hh", "bias_ih", "bias_hh")) {
                params.push_back(weights.get("1." + name + "_l" + layer));
            }
        }
        Tensor zeros = torch.zeros(layers, x.size(0), x.size(2));
        Tensor out = torch.lstm(x, new TensorVector(zeros, zeros), params, true, layers, 0, true, false, true).get0();
        Tensor logits = torch.linear(out, weights.get("2.weight"), weights.get("2.bias"));
        return torch.cross_entropy(logits.flatten(0, 1), targets.flatten(0, 1));
    }

    /** Two convolutions, each with ReLU and max-pool, then two linear layers. */
    private static Tensor cnnLoss(Map<String, Tensor> weights, Tensor images, Tensor targets) {
        Tensor x = images;
        for (String name : List.of("0", "3")) {
            Tensor y = convolve(x, weights.get(name + ".weight"), weights.get(name + ".bias"), 1);
            x = torch.max_pool2d(torch.relu(y), new long[] {2, 2});
        }
        x = torch.relu(torch.linear(x.flatten(1, -1), weights.get("7.weight"), weights.get("7.bias")));
        return torch.cross_entropy(torch.linear(x, weights.get("9.weight"), weights.get("9.bias")), targets);
    }

    /** Pads so that a stride of 1 keeps the sizes; bias may be null. */
    private static Tensor convolve(Tensor x, Tensor weight, Tensor bias, long stride) {
        long padding = weight.size(2) / 2;
        return torch.conv2d(x, weight, bias == null ? new TensorOptional() : new TensorOptional(bias),
                new long[] {stride, stride}, new long[] {padding, padding}, new long[] {1, 1}, 1);
    }

    /** ResNet-18 with a stem of one 3x3 convolution. */
    private record ResNet18(Map<String, Tensor> weights) {
        Tensor loss(Tensor images, Tensor targets) {
            Tensor x = torch.relu(normalized(images, "conv1", "bn1", 1));
            for (int stage = 1; stage <= 4; stage++) {
                for (int i = 0; i < 2; i++) {
                    x = block(x, "layer" + stage + "." + i + ".", stage > 1 && i == 0 ? 2 : 1);
                }
            }
            Tensor logits = torch.linear(x.mean(2, 3), weights.get("fc.weight"), weights.get("fc.bias"));
            return torch.cross_entropy(logits, targets);
        }

        private Tensor block(Tensor x, String name, long stride) {
            Tensor y = torch.relu(normalized(x, name + "conv1", name + "bn1", stride));
            y = normalized(y, name + "conv2", name + "bn2", 1);
            Tensor around = stride == 1 ? x : normalized(x, name + "downsample.0", name + "downsample.1", stride);
            return torch.relu(y.add(around));
        }

        private Tensor normalized(Tensor x, String convolution, String norm, long stride) {
            return PyTorchOps.batchNorm(convolve(x, weights.get(convolution + ".weight"), null, stride),
                    weights.get(norm + ".weight"), weights.get(norm + ".bias"), weights.get(norm + ".running_mean"),
                    weights.get(norm + ".running_var"), weights.get(norm + ".num_batches_tracked"));
        }
    }

    /** A GPT with biases, tied head and GELU by tanh. */
    private record Gpt(Map<String, Tensor> weights, int layers, long heads) {
        Tensor loss(Tensor idx, Tensor targets) {
            Tensor wte = weights.get("transformer.wte.weight");
            Tensor x = torch.embedding(wte, idx).add(weights.get("transformer.wpe.weight").narrow(0, 0, idx.size(1)));
            for (int i = 0; i < layers; i++) {
                String block = "transformer.h." + i + ".";
                x = x.add(attention(norm(x, block + "ln_1"), block + "attn."));
                x = x.add(linear(torch.gelu(linear(norm(x, block + "ln_2"), block + "mlp.c_fc"), "tanh"),
                        block + "mlp.c_proj"));
            }
            Tensor logits = torch.linear(norm(x, "transformer.ln_f"), wte);
            return torch.cross_entropy(logits.flatten(0, 1), targets.flatten(0, 1));
        }

        private Tensor attention(Tensor x, String name) {
            long C = x.size(2);
            Tensor qkv = linear(x, name + "c_attn");
            Tensor mixed = PyTorchOps.causalAttention(heads(qkv.narrow(2, 0, C)), heads(qkv.narrow(2, C, C)),
                    heads(qkv.narrow(2, 2 * C, C)));
            return linear(mixed.transpose(1, 2).reshape(x.size(0), x.size(1), C), name + "c_proj");
        }

        private Tensor heads(Tensor x) {
            return x.reshape(x.size(0), x.size(1), heads, x.size(2) / heads).transpose(1, 2);
        }

        private Tensor linear(Tensor x, String name) {
            return torch.linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
        }

        private Tensor norm(Tensor x, String name) {
            return PyTorchOps.layerNorm(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
        }
    }
}
