package org.jacobi.tests;

import static org.jacobi.tests.LayerSample.function;
import static org.jacobi.tests.LayerSample.module;
import static org.jacobi.tests.Libtorch.number;
import static org.jacobi.tests.Operand.index;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.within;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import org.bytedeco.pytorch.BatchNorm1dImpl;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNorm3dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.BilinearImpl;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.EmbeddingBagImpl;
import org.bytedeco.pytorch.EmbeddingBagOptions;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.EmbeddingOptions;
import org.bytedeco.pytorch.GroupNormImpl;
import org.bytedeco.pytorch.GroupNormOptions;
import org.bytedeco.pytorch.InstanceNorm1dImpl;
import org.bytedeco.pytorch.InstanceNorm2dImpl;
import org.bytedeco.pytorch.InstanceNorm3dImpl;
import org.bytedeco.pytorch.InstanceNormOptions;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LayerNormOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.PReLUImpl;
import org.bytedeco.pytorch.PReLUOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kMax;
import org.bytedeco.pytorch.kMean;
import org.bytedeco.pytorch.kSum;
import org.jacobi.layers.*;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Interpolation;

/** The table of all layers: {@link LayerParityTest} compares each row's two sides, and a layer without a row fails it. */
final class LayerSamples {
    private static final List<LayerSample> TABLE = new ArrayList<>();

    static {
        basics();
        containers();
        ConvolutionLayerSamples.add();
        pooling();
        channelNorms();
        resizing();
        dropouts();
        activations();
        pairs();
        bags();
    }

    private LayerSamples() {
    }

    static List<LayerSample> all() {
        return TABLE;
    }

    // ---- how rows are written --------------------------------------------------------------------------------------

    /** A layer beside a twin: see {@link LayerSample#module} and {@link LayerSample#function}. */
    static LayerSample row(String name, Supplier<? extends Layer> ours, Supplier<LayerSample.Twin> theirs,
            Operand... inputs) {
        LayerSample sample = new LayerSample(name, ours, theirs, inputs);
        TABLE.add(sample);
        return sample;
    }

    /** A layer without parameters beside a function. */
    static LayerSample plain(String name, Supplier<? extends Layer> ours, UnaryOperator<Tensor> theirs,
            Operand input) {
        return row(name, ours, function(in -> theirs.apply(in[0])), input);
    }

    private static long[] of(long... sizes) {
        return sizes;
    }

    // ---- the rows --------------------------------------------------------------------------------------------------

    private static void basics() {
        row("Linear", () -> new Linear(7, 9), module(() -> new LinearImpl(7, 9), LinearImpl::forward), real(3, 7));
        row("Embedding", () -> new Embedding(9, 8), module(() -> new EmbeddingImpl(9, 8), EmbeddingImpl::forward),
                index(9, 4, 5));
        row("Embedding with padding", () -> Embedding.withPadding(9, 8, 2), module(() -> {
            EmbeddingOptions options = new EmbeddingOptions(9, 8);
            options.padding_idx().put(2);
            return new EmbeddingImpl(options);
        }, EmbeddingImpl::forward), index(5, 4, 5));
        row("LayerNorm", () -> new LayerNorm(4, 5), module(
                () -> new LayerNormImpl(new LayerNormOptions(new LongVector(4, 5))), LayerNormImpl::forward),
                real(3, 4, 5));
        row("RMSNorm", () -> new RMSNorm(6), module(() -> {
            Module module = new Module("rms");
            module.register_parameter("weight", torch.ones(6));
            return module;
        }, (m, x) -> torch.rms_norm(x, of(6), new TensorOptional(m.named_parameters().get("weight")),
                new DoubleOptional(Math.ulp(1f)))), real(3, 6));
        plain("Flatten", Flatten::new, x -> x.flatten(1, -1), real(2, 3, 4));
        plain("Flatten of two axes", () -> new Flatten(0, 1), x -> x.flatten(0, 1), real(2, 3, 4));
        plain("Unflatten", () -> new Unflatten(1, 2, 3), x -> x.reshape(2, 2, 3), real(2, 6));
        plain("Identity", Identity::new, x -> x.mul(number(1)), real(2, 3));
    }

    /** A twin that is made of libtorch's linear modules, registered under names. */
    private static Supplier<LayerSample.Twin> linears(String[] names, LinearCall call, long... sizes) {
        return () -> {
            Module module = new Module("linears");
            LinearImpl[] parts = new LinearImpl[names.length];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = module.register_module(names[i], new LinearImpl(sizes[2 * i], sizes[2 * i + 1]));
            }
            return new LayerSample.Twin(module, in -> call.apply(parts, in[0]));
        };
    }

    @FunctionalInterface
    private interface LinearCall {
        Tensor apply(LinearImpl[] parts, Tensor x);
    }

    private static void containers() {
        String[] numbers = {"0", "1"};
        row("Sequential", () -> new Sequential(new Linear(3, 4), new Linear(4, 2)),
                linears(numbers, (m, x) -> m[1].forward(m[0].forward(x)), 3, 4, 4, 2), real(5, 3));
        row("LayerList", () -> new LayerList<>(new Linear(3, 4), new Linear(4, 2)),
                linears(numbers, (m, x) -> m[1].forward(m[0].forward(x)), 3, 4, 4, 2), real(5, 3))
                .calledBy((layer, in) -> {
                    LayerList<?> list = (LayerList<?>) layer;
                    return list.get(1).forward(list.get(0).forward(in[0]));
                });
        row("LayerDict", () -> {
            LayerDict<Linear> dict = new LayerDict<>();
            dict.put("left", new Linear(3, 4));
            dict.put("right", new Linear(4, 2));
            return dict;
        }, linears(new String[] {"left", "right"}, (m, x) -> m[1].forward(m[0].forward(x)), 3, 4, 4, 2), real(5, 3))
                .calledBy((layer, in) -> {
                    LayerDict<?> dict = (LayerDict<?>) layer;
                    return dict.get("right").forward(dict.get("left").forward(in[0]));
                });
        row("Residual", () -> new Residual(new Linear(3, 3)),
                linears(new String[] {"body"}, (m, x) -> m[0].forward(x).add(x), 3, 3), real(5, 3));
        row("Residual with a shortcut", () -> new Residual(new Linear(3, 4), new Linear(3, 4)),
                linears(new String[] {"body", "shortcut"}, (m, x) -> m[0].forward(x).add(m[1].forward(x)), 3, 4, 3, 4),
                real(5, 3));
        row("Parallel, joined", () -> Parallel.concatenated(1, new Linear(3, 4), new Linear(3, 2)),
                linears(numbers, (m, x) -> Libtorch.cat(1, m[0].forward(x), m[1].forward(x)), 3, 4, 3, 2), real(5, 3));
        row("Parallel, added", () -> Parallel.summed(new Linear(3, 4), new Linear(3, 4)),
                linears(numbers, (m, x) -> m[0].forward(x).add(m[1].forward(x)), 3, 4, 3, 4), real(5, 3));
    }

    private static void pooling() {
        plain("MaxPool1d", () -> new MaxPool1d(3, 2, 1), x -> torch.max_pool1d(x, of(3), of(2), of(1), of(1), false),
                real(2, 3, 9));
        plain("MaxPool2d", () -> new MaxPool2d(2), x -> torch.max_pool2d(x, 2, 2), real(2, 3, 6, 7));
        plain("MaxPool2d of many sizes", () -> new MaxPool2d(of(3, 2), of(2, 1), of(1, 0), of(1, 2), true),
                x -> torch.max_pool2d(x, of(3, 2), of(2, 1), of(1, 0), of(1, 2), true), real(2, 3, 6, 7));
        plain("MaxPool2d, where the largest were", () -> new MaxPool2d(3, 2, 1),
                x -> torch.max_pool2d_with_indices(x, of(3, 3), of(2, 2), of(1, 1), of(1, 1), false).get1(),
                Operand.constant(2, 3, 6, 7)).calledBy(
                        (layer, in) -> org.jacobi.autograd.Variable
                                .constant(((MaxPool2d) layer).forwardWithIndices(in[0]).indices()));
        plain("MaxPool3d", () -> new MaxPool3d(2, 1),
                x -> torch.max_pool3d(x, of(2, 2, 2), of(1, 1, 1), of(0, 0, 0), of(1, 1, 1), false),
                real(2, 3, 4, 3, 5));
        plain("AvgPool1d", () -> new AvgPool1d(3, 2, 1), x -> torch.avg_pool1d(x, of(3), of(2), of(1), false, true),
                real(2, 3, 9));
        plain("AvgPool2d", () -> new AvgPool2d(2), x -> torch.avg_pool2d(x, 2, 2), real(2, 3, 6, 7));
        plain("AvgPool2d of many sizes", () -> new AvgPool2d(of(3, 2), of(2, 1), of(1, 1), true, false),
                x -> torch.avg_pool2d(x, of(3, 2), of(2, 1), of(1, 1), true, false, new LongOptional()),
                real(2, 3, 6, 7));
        plain("AvgPool3d", () -> new AvgPool3d(2), x -> torch.avg_pool3d(x, 2, 2, 2), real(2, 3, 4, 3, 5));
        plain("AdaptiveAvgPool1d", () -> new AdaptiveAvgPool1d(4), x -> torch.adaptive_avg_pool1d(x, 4),
                real(2, 3, 9));
        plain("AdaptiveAvgPool2d", () -> new AdaptiveAvgPool2d(4, 2), x -> torch.adaptive_avg_pool2d(x, 4, 2),
                real(2, 3, 6, 7));
        plain("AdaptiveAvgPool2d, global", () -> new AdaptiveAvgPool2d(1), x -> torch.adaptive_avg_pool2d(x, 1, 1),
                real(2, 3, 6, 7));
        plain("AdaptiveAvgPool3d", () -> new AdaptiveAvgPool3d(2, 3, 1),
                x -> torch.adaptive_avg_pool3d(x, 2, 3, 1), real(2, 3, 4, 3, 5));
        plain("AdaptiveMaxPool1d", () -> new AdaptiveMaxPool1d(4), x -> torch.adaptive_max_pool1d(x, 4).get0(),
                real(2, 3, 9));
        plain("AdaptiveMaxPool2d", () -> new AdaptiveMaxPool2d(4, 2),
                x -> torch.adaptive_max_pool2d(x, 4, 2).get0(), real(2, 3, 6, 7));
        plain("AdaptiveMaxPool3d", () -> new AdaptiveMaxPool3d(2, 3, 1),
                x -> torch.adaptive_max_pool3d(x, 2, 3, 1).get0(), real(2, 3, 4, 3, 5));
    }

    private static BatchNormOptions batchNorm(boolean affine, boolean track) {
        BatchNormOptions options = new BatchNormOptions(3);
        options.affine().put(affine);
        options.track_running_stats().put(track);
        return options;
    }

    private static InstanceNormOptions instanceNorm(boolean both) {
        InstanceNormOptions options = new InstanceNormOptions(3);
        options.affine().put(both);
        options.track_running_stats().put(both);
        return options;
    }

    private static void channelNorms() {
        row("BatchNorm1d", () -> new BatchNorm1d(3), module(() -> new BatchNorm1dImpl(batchNorm(true, true)),
                BatchNorm1dImpl::forward), real(5, 3));
        row("BatchNorm1d of rows", () -> new BatchNorm1d(3), module(() -> new BatchNorm1dImpl(batchNorm(true, true)),
                BatchNorm1dImpl::forward), real(2, 3, 5));
        row("BatchNorm2d", () -> new BatchNorm2d(3), module(() -> new BatchNorm2dImpl(batchNorm(true, true)),
                BatchNorm2dImpl::forward), real(2, 3, 4, 5));
        row("BatchNorm2d, plain", () -> new BatchNorm2d(3, 1e-5, 0.1, false, true),
                module(() -> new BatchNorm2dImpl(batchNorm(false, true)), BatchNorm2dImpl::forward), real(2, 3, 4, 5));
        row("BatchNorm2d, untracked", () -> new BatchNorm2d(3, 1e-5, 0.1, true, false),
                module(() -> new BatchNorm2dImpl(batchNorm(true, false)), BatchNorm2dImpl::forward), real(2, 3, 4, 5));
        row("BatchNorm3d", () -> new BatchNorm3d(3), module(() -> new BatchNorm3dImpl(batchNorm(true, true)),
                BatchNorm3dImpl::forward), real(2, 3, 2, 4, 5));
        row("GroupNorm", () -> new GroupNorm(2, 6),
                module(() -> new GroupNormImpl(new GroupNormOptions(2, 6)), GroupNormImpl::forward), real(3, 6, 4, 5));
        for (boolean both : new boolean[] {false, true}) {
            String name = both ? ", affine and tracked" : "";
            row("InstanceNorm1d" + name, () -> new InstanceNorm1d(3, 1e-5, 0.1, both, both),
                    module(() -> new InstanceNorm1dImpl(instanceNorm(both)), InstanceNorm1dImpl::forward),
                    real(2, 3, 7));
            row("InstanceNorm2d" + name, () -> new InstanceNorm2d(3, 1e-5, 0.1, both, both),
                    module(() -> new InstanceNorm2dImpl(instanceNorm(both)), InstanceNorm2dImpl::forward),
                    real(2, 3, 4, 5));
            row("InstanceNorm3d" + name, () -> new InstanceNorm3d(3, 1e-5, 0.1, both, both),
                    module(() -> new InstanceNorm3dImpl(instanceNorm(both)), InstanceNorm3dImpl::forward),
                    real(2, 3, 2, 4, 5));
        }
    }

    private static void resizing() {
        plain("Upsample", () -> new Upsample(2), x -> torch.upsample_nearest2d(x, 8, 10), real(2, 3, 4, 5));
        plain("Upsample, bilinear", () -> new Upsample(of(7, 9), Interpolation.LINEAR, true),
                x -> torch.upsample_bilinear2d(x, of(7, 9), true), real(2, 3, 4, 5));
        plain("PixelShuffle", () -> new PixelShuffle(2), x -> torch.pixel_shuffle(x, 2), real(2, 8, 3, 4));
        plain("PixelUnshuffle", () -> new PixelUnshuffle(2), x -> torch.pixel_unshuffle(x, 2), real(2, 2, 6, 4));
        plain("ZeroPad2d", () -> new ZeroPad2d(1, 2, 3, 0), x -> torch.constant_pad_nd(x, 1, 2, 3, 0),
                real(2, 3, 4, 5));
        plain("ReflectionPad1d", () -> new ReflectionPad1d(2, 1), x -> torch.reflection_pad1d(x, 2, 1), real(2, 3, 5));
        plain("ReflectionPad2d", () -> new ReflectionPad2d(2), x -> torch.reflection_pad2d(x, 2, 2, 2, 2),
                real(2, 3, 4, 5));
        plain("ReplicationPad1d", () -> new ReplicationPad1d(2, 1), x -> torch.replication_pad1d(x, 2, 1),
                real(2, 3, 5));
        plain("ReplicationPad2d", () -> new ReplicationPad2d(1, 2, 3, 0), x -> torch.replication_pad2d(x, 1, 2, 3, 0),
                real(2, 3, 4, 5));
    }

    private static void dropouts() {
        UnaryOperator<Tensor> same = x -> x.mul(number(1));
        plain("Dropout", () -> new Dropout(0.5), same, real(2, 3)).evaluatedOnly();
        plain("Dropout1d", Dropout1d::new, same, real(2, 3, 4)).evaluatedOnly();
        plain("Dropout2d", Dropout2d::new, same, real(2, 3, 4, 5)).evaluatedOnly();
        plain("Dropout3d", Dropout3d::new, same, real(2, 3, 4, 2, 2)).evaluatedOnly();
        plain("AlphaDropout", AlphaDropout::new, same, real(2, 3)).evaluatedOnly();
    }

    private static void activation(String name, Supplier<? extends Layer> ours, UnaryOperator<Tensor> theirs) {
        plain(name, ours, theirs, within(-5, 8, 4, 6));
    }

    private static void activations() {
        activation("ReLU", ReLU::new, Tensor::relu);
        activation("ReLU6", ReLU6::new, torch::relu6);
        activation("LeakyReLU", LeakyReLU::new, torch::leaky_relu);
        activation("ELU", ELU::new, torch::elu);
        activation("SELU", SELU::new, torch::selu);
        activation("CELU", CELU::new, torch::celu);
        activation("GELU", GELU::new, torch::gelu);
        activation("GELU by tanh", () -> new GELU(true), x -> torch.gelu(x, "tanh"));
        activation("SiLU", SiLU::new, torch::silu);
        activation("Mish", Mish::new, torch::mish);
        activation("Softplus", Softplus::new, torch::softplus);
        activation("Softsign", Softsign::new, x -> x.div(x.abs().add(number(1))));
        activation("Hardtanh", Hardtanh::new, torch::hardtanh);
        activation("Hardsigmoid", Hardsigmoid::new, torch::hardsigmoid);
        activation("Hardswish", Hardswish::new, torch::hardswish);
        activation("LogSigmoid", LogSigmoid::new, torch::log_sigmoid);
        activation("Sigmoid", Sigmoid::new, Tensor::sigmoid);
        activation("Tanh", Tanh::new, Tensor::tanh);
        activation("Tanhshrink", Tanhshrink::new, x -> x.sub(x.tanh()));
        activation("Softshrink", Softshrink::new, torch::softshrink);
        activation("Hardshrink", Hardshrink::new, torch::hardshrink);
        activation("Threshold", () -> new Threshold(0.5, 2), x -> torch.threshold(x, number(0.5), number(2)));
        activation("Softmax", () -> new Softmax(1), x -> torch.softmax(x, 1));
        activation("LogSoftmax", () -> new LogSoftmax(0), x -> torch.log_softmax(x, 0));
        activation("Softmin", () -> new Softmin(1), x -> torch.softmax(x.neg(), 1));
        activation("GLU", GLU::new, torch::glu);
        activation("GEGLU", GEGLU::new, x -> x.narrow(1, 0, 3).mul(torch.gelu(x.narrow(1, 3, 3))));
        activation("SwiGLU", SwiGLU::new, x -> x.narrow(1, 0, 3).mul(torch.silu(x.narrow(1, 3, 3))));
        activation("ReGLU", ReGLU::new, x -> x.narrow(1, 0, 3).mul(x.narrow(1, 3, 3).relu()));
        row("PReLU", PReLU::new, module(PReLUImpl::new, PReLUImpl::forward), real(2, 3, 4));
        row("PReLU, a slope a channel", () -> new PReLU(3), module(() -> {
            PReLUOptions options = new PReLUOptions();
            options.num_parameters().put(3);
            return new PReLUImpl(options);
        }, PReLUImpl::forward), real(2, 3, 4));
    }

    private static void pairs() {
        row("Bilinear", () -> new Bilinear(3, 4, 5), () -> {
            BilinearImpl module = new BilinearImpl(3, 4, 5);
            return new LayerSample.Twin(module, in -> module.forward(in[0], in[1]));
        }, real(6, 3), real(6, 4)).calledBy(LayerSamples::pair);
        row("CosineSimilarity", CosineSimilarity::new,
                function(in -> torch.cosine_similarity(in[0], in[1], 1, 1e-8)), real(3, 4), real(3, 4))
                .calledBy(LayerSamples::pair);
        row("PairwiseDistance", PairwiseDistance::new,
                function(in -> torch.pairwise_distance(in[0], in[1], 2, 1e-6, false)), real(3, 4), real(3, 4))
                .calledBy(LayerSamples::pair);
        row("PairwiseDistance", () -> new PairwiseDistance(1, 1e-6, true),
                function(in -> torch.pairwise_distance(in[0], in[1], 1, 1e-6, true)), real(5, 1, 4), real(3, 4))
                .calledBy(LayerSamples::pair);
    }

    private static org.jacobi.autograd.Variable pair(Layer layer, org.jacobi.autograd.Variable... in) {
        return ((PairLayer) layer).forward(in[0], in[1]);
    }

    private static EmbeddingBagImpl bag(EmbeddingBag.Mode mode, long padding) {
        EmbeddingBagOptions options = new EmbeddingBagOptions(9, 8);
        switch (mode) {
            case SUM -> options.mode().put(new kSum());
            case MEAN -> options.mode().put(new kMean());
            case MAX -> options.mode().put(new kMax());
        }
        if (padding != EmbeddingBag.NO_PADDING) {
            options.padding_idx().put(padding);
        }
        return new EmbeddingBagImpl(options);
    }

    private static void bags() {
        for (EmbeddingBag.Mode mode : EmbeddingBag.Mode.values()) {
            for (long padding : of(EmbeddingBag.NO_PADDING, 2)) {
                String name = "EmbeddingBag, " + mode + (padding < 0 ? "" : ", with padding");
                Supplier<EmbeddingBag> ours = () -> new EmbeddingBag(9, 8, mode, padding, Generator.global());
                row(name, ours, module(() -> bag(mode, padding), EmbeddingBagImpl::forward), index(5, 4, 5));
                row(name + ", with offsets", ours, () -> {
                    EmbeddingBagImpl module = bag(mode, padding);
                    Tensor offsets = Libtorch.tensor(of(0, 3, 3, 7), 4);
                    return new LayerSample.Twin(module, in -> module.forward(in[0], offsets, new Tensor()));
                }, index(5, 10)).calledBy((layer, in) -> ((EmbeddingBag) layer).forward(in[0].value(),
                        org.jacobi.tensor.Tensor.of(of(0, 3, 3, 7))));
            }
        }
    }
}
