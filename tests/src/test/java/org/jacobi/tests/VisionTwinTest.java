package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.SGD;
import org.jacobi.layers.vision.models.Autoencoder;
import org.jacobi.layers.vision.models.CifarResNet;
import org.jacobi.layers.vision.models.LeNet;
import org.jacobi.layers.vision.models.MobileNetV2;
import org.jacobi.layers.vision.models.ResNet;
import org.jacobi.layers.vision.models.UNet;
import org.jacobi.layers.vision.models.VGG;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Networks for images beside twins of libtorch's functions that have the same state: outputs, gradients, losses. */
class VisionTwinTest {
    /** For outputs and statistics, relative to the largest number. */
    private static final double VALUES = 1e-4;
    /** For gradients of deep networks. */
    private static final double DEEP = 2e-2;

    @BeforeEach
    void seed() {
        Libtorch.require();
        Generator.global().manualSeed(6);
    }

    // ---- outputs and gradients -------------------------------------------------------------------------------------

    /**
     * Compares the output, the gradients of all parameters and of the input, and the buffers afterwards.
     *
     * @param tolerance for gradients: in a deep network a few of many ReLUs are so near their kink that rounding decides
     */
    private static void check(Layer model, BiFunction<State, Tensor, Tensor> twin, double tolerance, long... shape) {
        for (boolean training : new boolean[] {true, false}) {
            if (training) {
                model.train();
            } else {
                model.eval();
            }
            try (var _ = new PointerScope(); var _ = TensorScope.open()) {
                State state = new State(model, training);
                org.jacobi.tensor.Tensor x = org.jacobi.tensor.Tensor.randn(new Generator(7), shape);
                Variable input = Variable.leaf(x);
                Variable output = model.forward(input);
                org.jacobi.tensor.Tensor dout = org.jacobi.tensor.Tensor.randn(new Generator(8),
                        output.shape().toArray());
                model.zeroGrad();
                output.backward(dout, false, false);

                Tensor twinsInput = Libtorch.tensor(x).set_requires_grad(true);
                Tensor twinsOutput = twin.apply(state, twinsInput);
                Libtorch.backward(twinsOutput, Libtorch.tensor(dout));
                String mode = training ? "training: " : "evaluation: ";
                compare(mode + "output", twinsOutput, output.value(), VALUES);
                compareNorms(mode + "gradient of the input", twinsInput.grad(), input.grad().value(), tolerance);
                model.namedParameters().forEach((name, param) -> compareNorms(mode + "gradient of " + name,
                        state.tensors.get(name).grad(), param.grad().value(), tolerance));
                model.namedBuffers().forEach((name, buffer) -> {
                    if (name.endsWith("num_batches_tracked")) {
                        assertEquals(1, buffer.item(), name);
                    } else {
                        compare(mode + name, state.tensors.get(name), buffer, VALUES);
                    }
                });
            }
        }
    }

    /** Compares numbers one by one, relative to the largest. */
    private static void compare(String what, Tensor expected, org.jacobi.tensor.Tensor actual, double tolerance) {
        double[] theirs = Libtorch.numbers(expected);
        double[] ours = actual.toDoubleArray();
        double scale = Math.max(1e-3, Arrays.stream(theirs).map(Math::abs).max().orElseThrow());
        assertArrayEquals(theirs, ours, tolerance * scale, what);
    }

    /** Compares the length of the difference with that of what is expected; gradients that vanish are rounding errors. */
    private static void compareNorms(String what, Tensor expected, org.jacobi.tensor.Tensor actual, double tolerance) {
        double[] theirs = Libtorch.numbers(expected);
        double[] ours = actual.toDoubleArray();
        assertEquals(theirs.length, ours.length, what);
        double difference = 0;
        double length = 0;
        for (int i = 0; i < ours.length; i++) {
            difference += (ours[i] - theirs[i]) * (ours[i] - theirs[i]);
            length += theirs[i] * theirs[i];
        }
        assertEquals(0, Math.sqrt(difference), tolerance * Math.sqrt(length) + 1e-4 * Math.sqrt(ours.length), what);
    }

    @Test
    void residualBlocks() {
        ResNet model = new ResNet(false, new int[] {1, 1, 1, 1}, 10, ResNet.Stem.CIFAR);
        check(model.namedLayers().get("layer2.0"), (state, x) -> state.basicBlock(x, "", 2, false), 1e-4, 2, 64, 8, 6);
        check(model.namedLayers().get("layer1.0"), (state, x) -> state.basicBlock(x, "", 1, false), 1e-4, 2, 64, 5, 6);
        ResNet deep = new ResNet(true, new int[] {2, 1, 1, 1}, 10, ResNet.Stem.CIFAR);
        check(deep.namedLayers().get("layer2.0"), (state, x) -> state.bottleneck(x, "", 2), 1e-4, 2, 256, 6, 7);
        check(deep.namedLayers().get("layer1.1"), (state, x) -> state.bottleneck(x, "", 1), 1e-4, 2, 256, 4, 4);
    }

    @Test
    void resNet18ForCifar() {
        check(ResNet.resnet18(10, ResNet.Stem.CIFAR), (state, x) -> {
            Tensor y = state.norm(state.conv(x, "conv1", 1, 1, 1), "bn1").relu();
            return state.head(state.basicStages(y, 4, 2, false), "fc");
        }, DEEP, 4, 3, 16, 16);
    }

    @Test
    void resNet18ForImageNet() {
        check(ResNet.resnet18(7), (state, x) -> {
            Tensor y = state.norm(state.conv(x, "conv1", 2, 3, 1), "bn1").relu();
            y = torch.max_pool2d(y, new long[] {3, 3}, new long[] {2, 2}, new long[] {1, 1}, new long[] {1, 1}, false);
            return state.head(state.basicStages(y, 4, 2, false), "fc");
        }, DEEP, 3, 3, 64, 70);
    }

    @Test
    void cifarResNet20() {
        check(CifarResNet.resnet20(10), (state, x) -> state.cifarResNet(x, 3), DEEP, 3, 3, 16, 16);
    }

    @Test
    void mobileNetsInvertedResiduals() {
        MobileNetV2 model = MobileNetV2.mobilenetV2(10);
        check(model.namedLayers().get("features.1"), (state, x) -> state.inverted(x, "", 1, 32, false), 1e-4, 2, 32, 7,
                6);
        check(model.namedLayers().get("features.2"), (state, x) -> state.inverted(x, "", 2, 96, false), 1e-4, 2, 16, 7,
                6);
        check(model.namedLayers().get("features.3"), (state, x) -> state.inverted(x, "", 1, 144, true), 1e-4, 2, 24, 5,
                6);
    }

    @Test
    void leNets() {
        check(LeNet.relu(1, 10), (state, x) -> {
            Tensor y = pool(state.conv(x, "conv1", 1, 2, 1).relu());
            y = pool(state.conv(y, "conv2", 1, 0, 1).relu()).flatten(1, -1);
            return state.linear(state.linear(state.linear(y, "fc1").relu(), "fc2").relu(), "fc3");
        }, 1e-4, 2, 1, 28, 28);
        check(LeNet.tanh(3, 4), (state, x) -> {
            Tensor y = torch.avg_pool2d(state.conv(x, "conv1", 1, 2, 1).tanh(), 2, 2);
            y = torch.avg_pool2d(state.conv(y, "conv2", 1, 0, 1).tanh(), 2, 2).flatten(1, -1);
            return state.linear(state.linear(state.linear(y, "fc1").tanh(), "fc2").tanh(), "fc3");
        }, 1e-4, 2, 3, 28, 28);
    }

    @Test
    void uNets() {
        for (boolean bilinear : new boolean[] {false, true}) {
            for (boolean norm : new boolean[] {false, true}) {
                check(new UNet(2, 3, new UNet.Options(4, 2, bilinear, norm)),
                        (state, x) -> state.uNet(x, 2, bilinear, norm), 1e-3, 2, 2, 13, 18);
            }
        }
    }

    @Test
    void convolutionalAutoencoder() {
        check(Autoencoder.conv(1, 4, 6), (state, x) -> {
            Tensor code = state.conv(state.conv(x, "encoder.0", 2, 1, 1).relu(), "encoder.2", 2, 1, 1);
            return state.transposed(state.transposed(code, "decoder.0", 1, 1).relu(), "decoder.2", 1, 1);
        }, 1e-4, 2, 1, 8, 12);
    }

    @Test
    void featuresOfVgg() {
        for (boolean norm : new boolean[] {false, true}) {
            Layer features = VGG.vgg11(1, norm).namedLayers().get("features");
            check(features, (state, x) -> {
                int at = 0;
                Tensor y = x;
                for (int convs : new int[] {1, 1, 2, 2, 2}) {
                    for (int i = 0; i < convs; i++) {
                        y = state.conv(y, Integer.toString(at), 1, 1, 1);
                        y = norm ? state.norm(y, Integer.toString(at + 1)).relu() : y.relu();
                        at += norm ? 3 : 2;
                    }
                    y = pool(y);
                    at++;
                }
                return y;
            }, DEEP, 2, 3, 32, 64);
        }
    }

    private static Tensor pool(Tensor x) {
        return torch.max_pool2d(x, 2, 2);
    }

    // ---- training --------------------------------------------------------------------------------------------------

    @Test
    void tenStepsOfASmallCifarResNetHaveLibtorchsLosses() {
        CifarResNet model = new CifarResNet(1, 10);
        org.jacobi.tensor.Tensor images = org.jacobi.tensor.Tensor.randn(new Generator(1), 8, 3, 12, 12);
        org.jacobi.tensor.Tensor labels = org.jacobi.tensor.Tensor.of(new long[] {0, 1, 2, 3, 4, 5, 6, 7}, 8);
        try (var _ = new PointerScope()) {
            State state = new State(model, true);
            SGDOptions options = new SGDOptions(0.05);
            options.momentum().put(0.9);
            options.weight_decay().put(1e-3);
            var twins = new org.bytedeco.pytorch.SGD(new TensorVector(model.namedParameters().keySet().stream()
                    .map(state.tensors::get).toArray(Tensor[]::new)), options);
            SGD ours = new SGD(List.of(new ParamGroup(model.parameters(), 0.05, 1e-3))).momentum(0.9);
            List<Double> losses = new ArrayList<>();
            for (int step = 0; step < 10; step++) {
                twins.zero_grad();
                Tensor twinsLoss = torch.cross_entropy(state.cifarResNet(Libtorch.tensor(images), 1),
                        Libtorch.tensor(labels));
                twinsLoss.backward();
                twins.step();
                try (var _ = TensorScope.open()) {
                    Variable loss = model.forward(images).crossEntropy(labels);
                    loss.backward();
                    ours.step();
                    ours.zeroGrad();
                    losses.add(loss.item());
                    assertEquals(twinsLoss.item_float(), loss.item(), 2e-3, "loss of step " + step);
                }
            }
            assertTrue(losses.getLast() < 0.5 * losses.getFirst(), "the network learns nothing: " + losses);
            model.eval();
            State evaluated = state.evaluated();
            try (var _ = TensorScope.open()) {
                compare("output after training", evaluated.cifarResNet(Libtorch.tensor(images), 1),
                        model.forward(images).value(), 1e-2);
            }
        }
    }

    /** A network's parameters and buffers as libtorch's tensors, and networks' parts as libtorch's functions. */
    private static final class State {
        private final Map<String, Tensor> tensors;
        private final boolean training;

        State(Layer model, boolean training) {
            this(copies(model.stateDict(), model.namedParameters().keySet()::contains), training);
        }

        private State(Map<String, Tensor> tensors, boolean training) {
            this.tensors = tensors;
            this.training = training;
        }

        private static Map<String, Tensor> copies(SequencedMap<String, org.jacobi.tensor.Tensor> state,
                Predicate<String> learned) {
            Map<String, Tensor> copies = new LinkedHashMap<>();
            state.forEach((name, tensor) -> {
                if (tensor.dtype() != DType.I64) {
                    copies.put(name, Libtorch.tensor(tensor).set_requires_grad(learned.test(name)));
                }
            });
            return copies;
        }

        State evaluated() {
            return new State(tensors, false);
        }

        private Tensor get(String name) {
            Tensor tensor = tensors.get(name);
            if (tensor == null) {
                throw new AssertionError("the network's state has no " + name + "; it has " + tensors.keySet());
            }
            return tensor;
        }

        private TensorOptional optional(String name) {
            return tensors.containsKey(name) ? new TensorOptional(tensors.get(name)) : new TensorOptional();
        }

        Tensor conv(Tensor x, String name, long stride, long padding, long groups) {
            return torch.conv2d(x, get(name + ".weight"), optional(name + ".bias"), new long[] {stride, stride},
                    new long[] {padding, padding}, new long[] {1, 1}, groups);
        }

        Tensor transposed(Tensor x, String name, long padding, long outputPadding) {
            return torch.conv_transpose2d(x, get(name + ".weight"), optional(name + ".bias"), new long[] {2, 2},
                    new long[] {padding, padding}, new long[] {outputPadding, outputPadding}, 1, new long[] {1, 1});
        }

        Tensor norm(Tensor x, String name) {
            return torch.batch_norm(x, optional(name + ".weight"), optional(name + ".bias"),
                    optional(name + ".running_mean"), optional(name + ".running_var"), training, 0.1, 1e-5, false);
        }

        Tensor linear(Tensor x, String name) {
            return torch.linear(x, get(name + ".weight"), optional(name + ".bias"));
        }

        Tensor head(Tensor x, String name) {
            return linear(Libtorch.mean(x, false, 2, 3), name);
        }

        Tensor basicBlock(Tensor x, String block, long stride, boolean padded) {
            Tensor y = norm(conv(x, block + "conv1", stride, 1, 1), block + "bn1").relu();
            y = norm(conv(y, block + "conv2", 1, 1, 1), block + "bn2");
            if (padded && stride == 2) {
                Tensor sparse = Libtorch.slice(Libtorch.slice(x, 2, 0, x.size(2), 2), 3, 0, x.size(3), 2);
                Tensor none = torch.zeros_like(sparse.narrow(1, 0, x.size(1) / 2));
                return y.add(Libtorch.cat(1, none, sparse, none)).relu();
            }
            return y.add(around(x, block, stride)).relu();
        }

        Tensor bottleneck(Tensor x, String block, long stride) {
            Tensor y = norm(conv(x, block + "conv1", 1, 0, 1), block + "bn1").relu();
            y = norm(conv(y, block + "conv2", stride, 1, 1), block + "bn2").relu();
            y = norm(conv(y, block + "conv3", 1, 0, 1), block + "bn3");
            return y.add(around(x, block, stride)).relu();
        }

        private Tensor around(Tensor x, String block, long stride) {
            return tensors.containsKey(block + "downsample.0.weight")
                    ? norm(conv(x, block + "downsample.0", stride, 0, 1), block + "downsample.1") : x;
        }

        Tensor basicStages(Tensor x, int stages, int depth, boolean padded) {
            Tensor y = x;
            for (int stage = 1; stage <= stages; stage++) {
                for (int i = 0; i < depth; i++) {
                    y = basicBlock(y, "layer" + stage + "." + i + ".", stage > 1 && i == 0 ? 2 : 1, padded);
                }
            }
            return y;
        }

        Tensor cifarResNet(Tensor x, int n) {
            Tensor y = norm(conv(x, "conv1", 1, 1, 1), "bn1").relu();
            return head(basicStages(y, 3, n, true), "linear");
        }

        Tensor inverted(Tensor x, String block, long stride, long wide, boolean residual) {
            int at = 0;
            Tensor y = x;
            if (wide != x.size(1)) {
                y = torch.relu6(norm(conv(y, block + "conv.0.0", 1, 0, 1), block + "conv.0.1"));
                at = 1;
            }
            y = torch.relu6(norm(conv(y, block + "conv." + at + ".0", stride, 1, wide), block + "conv." + at + ".1"));
            y = norm(conv(y, block + "conv." + (at + 1), 1, 0, 1), block + "conv." + (at + 2));
            return residual ? x.add(y) : y;
        }

        private Tensor doubleConv(Tensor x, String name, boolean norm) {
            String[] parts = norm ? new String[] {"0", "3"} : new String[] {"0", "2"};
            Tensor y = x;
            for (String part : parts) {
                y = conv(y, name + ".double_conv." + part, 1, 1, 1);
                y = norm ? norm(y, name + ".double_conv." + (Integer.parseInt(part) + 1)).relu() : y.relu();
            }
            return y;
        }

        Tensor uNet(Tensor x, int depth, boolean bilinear, boolean norm) {
            List<Tensor> skips = new ArrayList<>();
            Tensor y = doubleConv(x, "inc", norm);
            for (int i = 1; i <= depth; i++) {
                skips.add(y);
                y = doubleConv(pool(y), "down" + i + ".maxpool_conv.1", norm);
            }
            for (int i = 1; i <= depth; i++) {
                Tensor skip = skips.removeLast();
                y = bilinear ? torch.upsample_bilinear2d(y, new long[] {2 * y.size(2), 2 * y.size(3)}, true)
                        : transposed(y, "up" + i + ".up", 0, 0);
                long rows = skip.size(2) - y.size(2);
                long columns = skip.size(3) - y.size(3);
                y = torch.constant_pad_nd(y,
                        new long[] {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
                y = doubleConv(Libtorch.cat(1, skip, y), "up" + i + ".conv", norm);
            }
            return conv(y, "outc.conv", 1, 0, 1);
        }
    }
}
