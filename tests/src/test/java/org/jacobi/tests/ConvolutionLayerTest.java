package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv1dOptions;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dOptions;
import org.bytedeco.pytorch.Conv3dImpl;
import org.bytedeco.pytorch.Conv3dOptions;
import org.bytedeco.pytorch.ConvTranspose1dImpl;
import org.bytedeco.pytorch.ConvTranspose1dOptions;
import org.bytedeco.pytorch.ConvTranspose2dImpl;
import org.bytedeco.pytorch.ConvTranspose2dOptions;
import org.bytedeco.pytorch.ConvTranspose3dImpl;
import org.bytedeco.pytorch.ConvTranspose3dOptions;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Conv1d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Conv3d;
import org.jacobi.layers.ConvNd;
import org.jacobi.layers.ConvTranspose1d;
import org.jacobi.layers.ConvTranspose2d;
import org.jacobi.layers.ConvTranspose3d;
import org.jacobi.layers.Param;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.PadMode;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The layers of convolutions beside libtorch's: names, shapes and first numbers of parameters, results, gradients. */
class ConvolutionLayerTest {
    private static final int IN = 4;
    private static final int OUT = 6;
    private static final int GROUPS = 2;
    private static final ConvOptions OPTIONS = new ConvOptions().stride(2).padding(1).groups(GROUPS);
    private static final ConvOptions TRANSPOSED = OPTIONS.outputPadding(1);

    /** A layer, and libtorch's of the same sizes and options. */
    private record Twin(ConvNd ours, Module torchs, UnaryOperator<Tensor> forward) {
    }

    private static LongPointer all(int axes, long number) {
        LongPointer numbers = new LongPointer(axes);
        for (int i = 0; i < axes; i++) {
            numbers.put(i, number);
        }
        return numbers;
    }

    private static void set(LongPointer target, int axes, long number) {
        for (int i = 0; i < axes; i++) {
            target.put(i, number);
        }
    }

    private static Twin conv1d() {
        Conv1dOptions options = new Conv1dOptions(IN, OUT, all(1, 3));
        set(options.stride(), 1, 2);
        options.padding().put(all(1, 1));
        options.groups().put(GROUPS);
        Conv1dImpl torchs = new Conv1dImpl(options);
        return new Twin(new Conv1d(IN, OUT, 3, OPTIONS), torchs, torchs::forward);
    }

    private static Twin conv2d() {
        Conv2dOptions options = new Conv2dOptions(IN, OUT, all(2, 3));
        set(options.stride(), 2, 2);
        options.padding().put(all(2, 1));
        options.groups().put(GROUPS);
        Conv2dImpl torchs = new Conv2dImpl(options);
        return new Twin(new Conv2d(IN, OUT, 3, OPTIONS), torchs, torchs::forward);
    }

    private static Twin conv3d() {
        Conv3dOptions options = new Conv3dOptions(IN, OUT, all(3, 3));
        set(options.stride(), 3, 2);
        options.padding().put(all(3, 1));
        options.groups().put(GROUPS);
        Conv3dImpl torchs = new Conv3dImpl(options);
        return new Twin(new Conv3d(IN, OUT, 3, OPTIONS), torchs, torchs::forward);
    }

    private static Twin convTranspose1d() {
        ConvTranspose1dOptions options = new ConvTranspose1dOptions(IN, OUT, all(1, 3));
        set(options.stride(), 1, 2);
        set(options.padding(), 1, 1);
        set(options.output_padding(), 1, 1);
        options.groups().put(GROUPS);
        ConvTranspose1dImpl torchs = new ConvTranspose1dImpl(options);
        return new Twin(new ConvTranspose1d(IN, OUT, 3, TRANSPOSED), torchs, torchs::forward);
    }

    private static Twin convTranspose2d() {
        ConvTranspose2dOptions options = new ConvTranspose2dOptions(IN, OUT, all(2, 3));
        set(options.stride(), 2, 2);
        set(options.padding(), 2, 1);
        set(options.output_padding(), 2, 1);
        options.groups().put(GROUPS);
        ConvTranspose2dImpl torchs = new ConvTranspose2dImpl(options);
        return new Twin(new ConvTranspose2d(IN, OUT, 3, TRANSPOSED), torchs, torchs::forward);
    }

    private static Twin convTranspose3d() {
        ConvTranspose3dOptions options = new ConvTranspose3dOptions(IN, OUT, all(3, 3));
        set(options.stride(), 3, 2);
        set(options.padding(), 3, 1);
        set(options.output_padding(), 3, 1);
        options.groups().put(GROUPS);
        ConvTranspose3dImpl torchs = new ConvTranspose3dImpl(options);
        return new Twin(new ConvTranspose3d(IN, OUT, 3, TRANSPOSED), torchs, torchs::forward);
    }

    @TestFactory
    Stream<DynamicTest> theTwinsAgree() {
        return Map.<String, Supplier<Twin>>of("Conv1d", ConvolutionLayerTest::conv1d, "Conv2d",
                ConvolutionLayerTest::conv2d, "Conv3d", ConvolutionLayerTest::conv3d, "ConvTranspose1d",
                ConvolutionLayerTest::convTranspose1d, "ConvTranspose2d", ConvolutionLayerTest::convTranspose2d,
                "ConvTranspose3d", ConvolutionLayerTest::convTranspose3d).entrySet().stream()
                .map(entry -> DynamicTest.dynamicTest(entry.getKey(), () -> {
                    Libtorch.require();
                    try (var _ = new PointerScope(); var _ = TensorScope.open()) {
                        compare(entry.getValue().get());
                    }
                }));
    }

    private static void compare(Twin twin) {
        Map<String, Param> ours = twin.ours.namedParameters();
        assertEquals(List.of("weight", "bias"), List.copyOf(ours.keySet()));
        assertEquals(ours.size(), twin.torchs.named_parameters().size());
        ours.forEach((name, param) -> {
            Tensor theirs = twin.torchs.named_parameters().get(name);
            assertEquals(Shape.of(theirs.shape()), param.shape(), name);
            double bound = 1 / Math.sqrt((double) twin.ours.weight().numel() / twin.ours.weight().size(0));
            assertTrue(param.value().abs().amax().item() <= bound, name);
            assertTrue(theirs.abs().max().item_double() <= bound, name);
            param.value().copy_(org.jacobi.tensor.Tensor.of(Libtorch.numbers(theirs)).reshape(theirs.shape()));
        });
        long[] sizes = twin.ours.weight().shape().toArray();
        Arrays.fill(sizes, 5);
        sizes[0] = 2;
        sizes[1] = IN;
        Variable x = Variable.leaf(org.jacobi.tensor.Tensor.randn(new Generator(1), sizes));
        Tensor theirX = Libtorch.tensor(x.value()).detach().set_requires_grad(true);
        Variable out = twin.ours.forward(x);
        Tensor theirOut = twin.forward.apply(theirX);
        assertEquals(Shape.of(theirOut.shape()), out.shape());
        Evaluation.compare("output", Libtorch.numbers(theirOut), out.value().toDoubleArray(), 1e-5);
        out.square().sum().backward();
        theirOut.square().sum().backward();
        Evaluation.compare("input", Libtorch.numbers(theirX.grad()), x.grad().value().toDoubleArray(), 1e-5);
        ours.forEach((name, param) -> Evaluation.compare(name,
                Libtorch.numbers(twin.torchs.named_parameters().get(name).grad()), param.grad().value().toDoubleArray(),
                1e-5));
    }

    @Test
    void theFirstNumbersFillTheirRange() {
        Conv2d layer = new Conv2d(32, 64, new long[] {3, 5}, new ConvOptions(), true, new Generator(2));
        assertEquals(Shape.of(64, 32, 3, 5), layer.weight().shape());
        double bound = 1 / Math.sqrt(32 * 3 * 5);
        for (Param param : layer.parameters()) {
            assertTrue(param.value().abs().amax().item() <= bound);
            assertEquals(bound / Math.sqrt(3), Math.sqrt(param.value().square().mean().item()), 0.15 * bound);
        }
    }

    @Test
    void aLayerMayHaveNoBias() {
        Conv2d layer = new Conv2d(2, 3, 3, new ConvOptions().padding("same").paddingMode(PadMode.CIRCULAR), false);
        assertEquals(List.of("weight"), List.copyOf(layer.namedParameters().keySet()));
        assertEquals(Shape.of(3, 4, 5), layer.forward(org.jacobi.tensor.Tensor.ones(2, 4, 5)).shape());
        assertNull(layer.bias());
        assertEquals(Shape.of(1, 3, 2, 2), new Conv2d(2, 3, 3, 2, 1).forward(org.jacobi.tensor.Tensor.ones(1, 2, 4, 4))
                .shape());
    }

    @Test
    void aBatchOfNoExamplesHasNoGradient() {
        Conv2d layer = new Conv2d(2, 3, 3, 2, 1);
        Variable x = Variable.leaf(org.jacobi.tensor.Tensor.zeros(0, 2, 5, 5));
        Variable out = layer.forward(x);
        assertEquals(Shape.of(0, 3, 3, 3), out.shape());
        out.sum().backward();
        assertEquals(x.shape(), x.grad().shape());
        for (Param param : layer.parameters()) {
            assertEquals(0, param.grad().value().abs().sum().item());
        }
    }
}
