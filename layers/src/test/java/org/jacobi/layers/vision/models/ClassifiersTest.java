package org.jacobi.layers.vision.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import org.jacobi.autograd.NoGrad;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.IncompatibleKeys;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.optim.ParamGroup;
import org.jacobi.layers.optim.SGD;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClassifiersTest {
    @BeforeEach
    void seed() {
        Generator.global().manualSeed(3);
    }

    private static Tensor images(long... shape) {
        return Tensor.randn(new Generator(5), shape);
    }

    // ---- names, shapes and counts ----------------------------------------------------------------------------------

    /** Compares a state with a list of the names and shapes that torchvision's network has. */
    private static void assertTorchvisions(String list, Layer model) throws IOException {
        Map<String, String> expected = new TreeMap<>();
        try (InputStream in = ClassifiersTest.class.getResourceAsStream(list)) {
            new String(in.readAllBytes(), StandardCharsets.US_ASCII).lines().forEach(line -> {
                String[] words = line.split(" ", 2);
                expected.put(words[0], words.length == 1 ? "" : words[1]);
            });
        }
        Map<String, String> actual = new TreeMap<>();
        model.stateDict().forEach((name, tensor) -> actual.put(name, sizes(tensor.shape())));
        assertEquals(expected, actual);
    }

    private static String sizes(Shape shape) {
        return Arrays.stream(shape.toArray()).mapToObj(Long::toString).collect(Collectors.joining(" "));
    }

    @Test
    void stateOfResNetsIsNamedAsTorchvisions() throws IOException {
        assertTorchvisions("resnet18.txt", ResNet.resnet18(1000));
        assertTorchvisions("resnet50.txt", ResNet.resnet50(1000));
    }

    @Test
    void stateOfMobileNetIsNamedAsTorchvisions() throws IOException {
        assertTorchvisions("mobilenet_v2.txt", MobileNetV2.mobilenetV2(1000));
    }

    @Test
    void stateOfVggIsNamedAsTorchvisionsAndItsTrunkTakes32PixelsAndMore() throws IOException {
        VGG model = VGG.vgg16(1000, true);
        assertTorchvisions("vgg16_bn.txt", model);
        assertEquals(138_365_992, model.parameterCount());
        model.eval();
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            assertEquals(Shape.of(1, 1000), model.forward(images(1, 3, 32, 45)).shape());
        }
        assertRefused("VGG: expected images (B, 3, H, W) with H and W at least 32, got shape (1, 3, 31, 64)",
                () -> model.forward(images(1, 3, 31, 64)));
    }

    @Test
    void parameterCountsAreThePublishedOnes() {
        assertEquals(61_706, LeNet.relu(1, 10).parameterCount());
        assertEquals(11_689_512, ResNet.resnet18(1000).parameterCount());
        assertEquals(21_797_672, ResNet.resnet34(1000).parameterCount());
        assertEquals(25_557_032, ResNet.resnet50(1000).parameterCount());
        assertEquals(11_173_962, ResNet.resnet18(10, ResNet.Stem.CIFAR).parameterCount());
        assertEquals(269_722, CifarResNet.resnet20(10).parameterCount());
        assertEquals(464_154, CifarResNet.resnet32(10).parameterCount());
        assertEquals(658_586, CifarResNet.resnet44(10).parameterCount());
        assertEquals(853_018, CifarResNet.resnet56(10).parameterCount());
        assertEquals(3_504_872, MobileNetV2.mobilenetV2(1000).parameterCount());
        assertEquals(1_968_680, new MobileNetV2(1000, 0.5).parameterCount());
    }

    @Test
    void parameterCountsOfVggAreThePublishedOnes() {
        assertEquals(132_863_336, VGG.vgg11(1000, false).parameterCount());
        assertEquals(133_053_736, VGG.vgg13(1000, true).parameterCount());
        assertEquals(143_667_240, VGG.vgg19(1000, false).parameterCount());
    }

    // ---- outputs, gradients, modes ---------------------------------------------------------------------------------

    private static void assertLearnsEverywhere(ImageClassifier model, Tensor x, long features) {
        try (var _ = TensorScope.open()) {
            assertEquals(Shape.of(x.size(0), features), model.features(Variable.constant(x)).shape());
            Variable scores = model.forward(x);
            assertEquals(Shape.of(x.size(0), 10), scores.shape());
            scores.crossEntropy(Tensor.of(new long[] {3, 7}, 2)).backward();
            model.namedParameters().forEach((name, param) -> {
                assertNotNull(param.grad(), name + " has no gradient");
                assertTrue(param.grad().value().abs().amax().item() > 0, name + " has a gradient of zeros");
                assertTrue(param.grad().value().isFinite().all().item() != 0,
                        name + " has a gradient that is not finite");
            });
        }
    }

    @Test
    void everyParameterGetsAGradient() {
        assertLearnsEverywhere(LeNet.relu(1, 10), images(2, 1, 28, 28), 84);
        assertLearnsEverywhere(LeNet.tanh(3, 10), images(2, 3, 28, 28), 84);
        assertLearnsEverywhere(ResNet.resnet18(10), images(2, 3, 65, 70), 512);
        assertLearnsEverywhere(ResNet.resnet18(10, ResNet.Stem.CIFAR), images(2, 3, 16, 16), 512);
        assertLearnsEverywhere(ResNet.resnet50(10), images(2, 3, 64, 64), 2048);
        assertLearnsEverywhere(CifarResNet.resnet20(10), images(2, 3, 32, 32), 64);
        assertLearnsEverywhere(MobileNetV2.mobilenetV2(10), images(2, 3, 64, 64), 1280);
        assertLearnsEverywhere(new MobileNetV2(10, 1.4), images(2, 3, 33, 40), 1792);
    }

    @Test
    void everyParameterOfVggGetsAGradient() {
        assertLearnsEverywhere(VGG.vgg11(10, false), images(2, 3, 32, 32), 4096);
    }

    @Test
    void trainingCountsBatchesAndUpdatesStatisticsAndEvaluationDoesNot() {
        CifarResNet model = CifarResNet.resnet20(10);
        try (var _ = TensorScope.open(); var _ = NoGrad.open()) {
            double[] trained = model.forward(images(4, 3, 16, 16)).value().toDoubleArray();
            model.namedBuffers().forEach((name, buffer) -> {
                if (name.endsWith("num_batches_tracked")) {
                    assertEquals(1, buffer.item(), name);
                } else {
                    double start = name.endsWith("running_var") ? 1 : 0;
                    assertTrue(buffer.sub(start).abs().amax().item() > 0, name + " was not updated");
                }
            });
            model.eval();
            Map<String, double[]> before = new HashMap<>();
            model.namedBuffers().forEach((name, buffer) -> before.put(name, buffer.toDoubleArray()));
            double[] evaluated = model.forward(images(4, 3, 16, 16)).value().toDoubleArray();
            assertFalse(Arrays.equals(trained, evaluated), "batch and running statistics give the same");
            assertArrayEquals(evaluated, model.forward(images(4, 3, 16, 16)).value().toDoubleArray());
            model.namedBuffers().forEach(
                    (name, buffer) -> assertArrayEquals(before.get(name), buffer.toDoubleArray(),
                            name + " was changed"));
        }
    }

    // ---- first numbers ---------------------------------------------------------------------------------------------

    private static void assertDeviation(double expected, Tensor weight) {
        try (var _ = TensorScope.open()) {
            assertEquals(expected, weight.std().item(), 0.03 * expected);
            assertEquals(0, weight.mean().item(), 0.03 * expected);
        }
    }

    @Test
    void convolutionsStartByFanOutAndCifarsByFanIn() {
        ResNet resnet = ResNet.resnet18(10);
        assertDeviation(Math.sqrt(2.0 / (64 * 49)), resnet.stateDict().get("conv1.weight"));
        assertDeviation(Math.sqrt(2.0 / 512), resnet.stateDict().get("layer4.0.downsample.0.weight"));
        MobileNetV2 mobile = MobileNetV2.mobilenetV2(1000);
        // By channel: each sees one, so that only one's outputs count.
        assertDeviation(Math.sqrt(2.0 / (960 * 9)), mobile.stateDict().get("features.17.conv.1.0.weight"));
        assertDeviation(0.01, mobile.head().stateDict().get("weight"));
        assertEquals(0, mobile.head().stateDict().get("bias").abs().amax().item());
        CifarResNet cifar = CifarResNet.resnet20(10);
        assertDeviation(Math.sqrt(2.0 / (32 * 9)), cifar.stateDict().get("layer3.0.conv1.weight"));
    }

    @Test
    void zeroInitResidualMakesEveryBlockOfOneShapeTheIdentity() {
        ResNet model = ResNet.resnet18(10, ResNet.Stem.CIFAR).zeroInitResidual();
        Layer block = model.namedLayers().get("layer1.1");
        Tensor x = images(2, 64, 4, 4).abs();
        assertArrayEquals(x.toDoubleArray(), block.forward(x).value().toDoubleArray());
        ResNet deep = ResNet.resnet50(10).zeroInitResidual();
        assertEquals(0, deep.stateDict().get("layer4.2.bn3.weight").abs().amax().item());
        assertEquals(1, deep.stateDict().get("layer4.2.bn2.weight").amin().item());
    }

    @Test
    void sameSeedSameNetwork() {
        Supplier<double[]> weights = () -> {
            Generator.global().manualSeed(11);
            return CifarResNet.resnet20(10).stateDict().get("layer2.1.conv2.weight").toDoubleArray();
        };
        assertArrayEquals(weights.get(), weights.get());
    }

    // ---- transfer learning -----------------------------------------------------------------------------------------

    @Test
    void aTrunkLoadsWithoutTheHeadAndTheReportSaysWhatWasLeftOut() {
        CifarResNet source = CifarResNet.resnet20(10);
        CifarResNet target = CifarResNet.resnet20(4);
        Map<String, Tensor> saved = new HashMap<>(source.stateDict());
        assertRefused("2 misfits: linear.weight (saved F32 (10, 64), expected F32 (4, 64))",
                () -> target.loadStateDict(saved, false));

        double[] head = target.stateDict().get("linear.weight").toDoubleArray();
        saved.keySet().removeIf(name -> name.startsWith("linear."));
        saved.put("other.weight", Tensor.ones(2));
        IncompatibleKeys report = target.loadStateDict(saved, false);
        assertEquals(List.of("linear.weight", "linear.bias"), report.missing());
        assertEquals(List.of("other.weight"), report.unexpected());
        assertEquals("missing: [linear.weight, linear.bias], unexpected: [other.weight]", report.toString());
        assertArrayEquals(source.stateDict().get("layer3.2.bn2.running_var").toDoubleArray(),
                target.stateDict().get("layer3.2.bn2.running_var").toDoubleArray());
        assertArrayEquals(source.stateDict().get("conv1.weight").toDoubleArray(),
                target.stateDict().get("conv1.weight").toDoubleArray());
        assertArrayEquals(head, target.stateDict().get("linear.weight").toDoubleArray());
    }

    @Test
    void aFrozenTrunkKeepsItsParametersWhileANewHeadLearns() {
        ResNet model = ResNet.resnet18(10, ResNet.Stem.CIFAR);
        Linear head = new Linear(512, 3);
        model.replaceHead(head);
        model.freezeTrunk();
        assertEquals(Shape.of(3, 512), model.stateDict().get("fc.weight").shape());
        assertEquals(List.of("fc.weight", "fc.bias"), model.namedParameters().entrySet().stream()
                .filter(entry -> entry.getValue().requiresGrad()).map(Map.Entry::getKey).toList());

        Map<String, double[]> before = new HashMap<>();
        model.namedParameters().forEach((name, param) -> before.put(name, param.value().toDoubleArray()));
        try (var _ = TensorScope.open()) {
            Variable scores = model.forward(images(2, 3, 8, 8));
            assertEquals(Shape.of(2, 3), scores.shape());
            scores.crossEntropy(Tensor.of(new long[] {0, 2}, 2)).backward();
            new SGD(List.of(new ParamGroup(model.parameters(), 0.1, 0.1))).momentum(0.9).step();
        }
        model.namedParameters().forEach((name, param) -> {
            boolean same = Arrays.equals(before.get(name), param.value().toDoubleArray());
            assertEquals(!name.startsWith("fc."), same, name);
            if (!name.startsWith("fc.")) {
                assertNull(param.grad(), name);
            }
        });
        model.requiresGrad_(true);
        assertTrue(model.parameters().stream().allMatch(Variable::requiresGrad));
    }

    @Test
    void aNewHeadTakesTheModeOfTheNetwork() {
        CifarResNet model = CifarResNet.resnet20(10);
        model.eval();
        Linear head = new Linear(64, 2);
        model.replaceHead(head);
        assertFalse(head.isTraining());
        model.train();
        assertTrue(head.isTraining());
    }

    // ---- wrong calls -----------------------------------------------------------------------------------------------

    private static void assertRefused(String message, Runnable call) {
        String actual = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(actual.contains(message), actual);
    }

    @Test
    void wrongSizesAreToldByTheNetwork() {
        assertRefused("ResNet: there are 0 classes", () -> ResNet.resnet18(0));
        assertRefused("ResNet: there are 3 depths; there are 4 stages",
                () -> new ResNet(false, new int[] {1, 1, 1}, 10, ResNet.Stem.CIFAR));
        assertRefused("ResNet: a stage has 0 blocks",
                () -> new ResNet(false, new int[] {1, 0, 1, 1}, 10, ResNet.Stem.CIFAR));
        assertRefused("CifarResNet: a stage has 0 blocks", () -> new CifarResNet(0, 10));
        assertRefused("MobileNetV2: widthMult is NaN", () -> new MobileNetV2(10, Double.NaN));
        assertRefused("MobileNetV2: there are -1 classes", () -> new MobileNetV2(-1, 1));
        assertRefused("CifarResNet: expected images (B, 3, H, W) with H and W at least 1, got shape (1, 1, 32, 32)",
                () -> CifarResNet.resnet20(10).forward(images(1, 1, 32, 32)));
        assertRefused("CifarResNet: expected images (B, 3, H, W) with H and W at least 1, got shape (3, 32, 32)",
                () -> CifarResNet.resnet20(10).forward(images(3, 32, 32)));
        assertRefused("LeNet: images must be 28 x 28 pixels, got shape (1, 1, 32, 32)",
                () -> LeNet.relu(1, 10).forward(images(1, 1, 32, 32)));
        assertRefused("Conv2d: inChannels 0", () -> LeNet.relu(0, 10));
    }

    @Test
    void everyConvolutionOfAClassifierWithNormalizationHasNoBias() {
        for (Layer model : List.of(ResNet.resnet18(10), CifarResNet.resnet20(10), MobileNetV2.mobilenetV2(10))) {
            model.namedLayers().forEach((name, layer) -> {
                if (layer instanceof Conv2d conv) {
                    assertNull(conv.bias(), name);
                }
            });
        }
    }
}
