package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Flatten;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.data.Batch;
import org.jacobi.layers.loss.CrossEntropyLoss;
import org.jacobi.layers.metrics.Accuracy;
import org.jacobi.layers.optim.AdamW;
import org.jacobi.layers.optim.GradClip;
import org.jacobi.layers.optim.Optimizer;
import org.jacobi.layers.optim.SGD;
import org.jacobi.layers.train.History;
import org.jacobi.layers.train.Trainer;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.jacobi.tensor.backend.Backend;
import org.jacobi.tensor.backend.cpu.CpuBackend;
import org.jacobi.tensor.io.Safetensors;
import org.jacobi.transformer.GPT;
import org.jacobi.transformer.GPTConfig;
import org.jacobi.transformer.generate.Sampling;
import org.jacobi.transformer.generate.TextGenerator;
import org.jacobi.transformer.tokenizer.CharTokenizer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * All ops, layers and trainings on a device beside the CPU whose kernels are the CPU's, but refuse whatever is not on it: what
 * is above the kernels makes every tensor where its operands are, and the numbers equal the CPU's in every bit.
 */
class StandInDeviceTest {
    private static final CheckedBackend.StandIn FAST = CheckedBackend.standIn(new CpuBackend(), false);
    /** Fused kernels run as {@link Backend} defines them, as on a device that has the primitives only. */
    private static final CheckedBackend.StandIn DEFINED = CheckedBackend.standIn(new CpuBackend(), true);

    private static Backend before;

    @BeforeAll
    static void theCpuRefusesWhatIsElsewhere() {
        before = Device.CPU.use(CheckedBackend.onCpu(new CpuBackend(), false));
    }

    @AfterAll
    static void theCpuIsAsItWas() {
        Device.CPU.use(before);
    }

    // ---- ops -------------------------------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> opsRun() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            for (Layout layout : Layout.values()) {
                compare(FAST.device(), sample, sample.isSized() ? Math.min(17, sample.largest) : 1, layout);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> opsRunByTheirDefinitions() {
        return OpSamples.selected().map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
            Backend fast = Device.CPU.use(CheckedBackend.onCpu(new CpuBackend(), true));
            try {
                compare(DEFINED.device(), sample, sample.isSized() ? Math.min(5, sample.largest) : 1,
                        Layout.CONTIGUOUS);
            } finally {
                Device.CPU.use(fast);
            }
        }));
    }

    private static void compare(Device device, OpSample sample, int n, Layout layout) {
        String where = sample + ", n = " + n + ", " + layout;
        if (sample.tensors != null) {
            compare(where, Evaluation.ofTensors(sample, n, DType.F32, layout, false),
                    Evaluation.ofTensors(device, sample, n, DType.F32, layout, false));
        }
        if (sample.variables != null) {
            compare(where + ", on variables", Evaluation.ofVariables(sample, n, DType.F32, layout, false),
                    Evaluation.ofVariables(device, sample, n, DType.F32, layout, false));
        }
    }

    private static void compare(String where, Evaluation expected, Evaluation actual) {
        assertEquals(expected.shape(), actual.shape(), where);
        assertEquals(expected.dtype(), actual.dtype(), where);
        assertArrayEquals(expected.numbers(), actual.numbers(), where);
        assertArrayEquals(expected.grads(), actual.grads(), where + ", gradients");
    }

    /** The gradients' own graphs run, too: backwards are written of recorded ops there. */
    @TestFactory
    Stream<DynamicTest> opsAreDifferentiatedTwice() {
        return OpSamples.selected().filter(sample -> sample.variables != null && sample.secondGradCheck)
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
                    List<double[]> expected = twice(Device.CPU, sample);
                    List<double[]> actual = twice(FAST.device(), sample);
                    assertEquals(expected.size(), actual.size());
                    for (int i = 0; i < expected.size(); i++) {
                        assertArrayEquals(expected.get(i), actual.get(i), "gradient " + i);
                    }
                }));
    }

    private static List<double[]> twice(Device device, OpSample sample) {
        List<double[]> numbers = new ArrayList<>();
        try (var _ = TensorScope.open()) {
            int n = Math.min(3, sample.largest);
            Variable[] in = sample.variables(n, sample.make(device, n, DType.F32, Layout.CONTIGUOUS, false));
            Variable out = sample.variables.apply(in);
            if (!out.requiresGrad()) {
                return numbers;
            }
            out.square().sum().backward(true, true);
            Variable total = null;
            for (Variable x : in) {
                if (x.grad() != null && x.grad().requiresGrad()) {
                    Variable part = x.grad().square().sum();
                    total = total == null ? part : total.add(part);
                }
            }
            if (total != null) {
                Arrays.stream(in).forEach(Variable::zeroGrad);
                total.backward();
            }
            for (Variable x : in) {
                numbers.add(x.grad() == null ? new double[0] : x.grad().value().toDoubleArray());
            }
        }
        return numbers;
    }

    // ---- layers ----------------------------------------------------------------------------------------------------

    @TestFactory
    Stream<DynamicTest> layersRun() {
        Predicate<String> wanted = Pattern.compile(System.getProperty("jacobi.samples", "")).asPredicate();
        return LayerSamples.all().stream().filter(sample -> wanted.test(sample.toString()))
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> {
                    for (boolean training : new boolean[] {true, false}) {
                        List<double[]> expected = run(Device.CPU, sample, training);
                        List<double[]> actual = run(FAST.device(), sample, training);
                        assertEquals(expected.size(), actual.size());
                        for (int i = 0; i < expected.size(); i++) {
                            assertArrayEquals(expected.get(i), actual.get(i), "result, gradient or buffer " + i);
                        }
                    }
                }));
    }

    /** Returns the result, the gradients and the buffers. */
    private static List<double[]> run(Device device, LayerSample sample, boolean training) {
        Generator.global().manualSeed(11);
        try (var _ = TensorScope.open()) {
            Layer layer = sample.ours.get().to(device);
            if (training) {
                layer.train();
            } else {
                layer.eval();
            }
            SplittableRandom random = new SplittableRandom(sample.toString().hashCode());
            Variable[] in = new Variable[sample.inputs.size()];
            for (int i = 0; i < in.length; i++) {
                Operand operand = sample.inputs.get(i);
                Tensor value = operand.make(device, DType.F32, Layout.CONTIGUOUS, random, false);
                in[i] = operand.differentiable() ? Variable.leaf(value) : Variable.constant(value);
            }
            Variable out = sample.call.apply(layer, in);
            List<double[]> numbers = new ArrayList<>();
            numbers.add(out.value().toDoubleArray());
            if (out.requiresGrad()) {
                out.square().sum().backward();
                Stream.concat(Arrays.stream(in), layer.parameters().stream()).forEach(
                        x -> numbers.add(x.grad() == null ? new double[0] : x.grad().value().toDoubleArray()));
            }
            layer.namedBuffers().values().forEach(buffer -> {
                assertSame(device, buffer.device());
                numbers.add(buffer.toDoubleArray());
            });
            return numbers;
        }
    }

    // ---- trainings -------------------------------------------------------------------------------------------------

    private static final GPTConfig CONFIG = new GPTConfig(29, 12, 2, 3, 48, 0.1, true, true, true);

    private static SequencedMap<String, double[]> numbers(Map<String, Tensor> state) {
        SequencedMap<String, double[]> numbers = new LinkedHashMap<>();
        state.forEach((name, tensor) -> numbers.put(name, tensor.toDoubleArray()));
        return numbers;
    }

    private static void assertEqual(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach(
                (name, tensor) -> assertArrayEquals(tensor.toDoubleArray(), actual.get(name).toDoubleArray(), name));
    }

    /** Trains a small GPT, and returns its losses; what the optimizer remembers is at the end of the model's state. */
    static List<Double> trainGpt(Device device, Map<String, Tensor> state, int moveAt) {
        return trainGpt(CONFIG, device, state, moveAt);
    }

    static List<Double> trainGpt(GPTConfig config, Device device, Map<String, Tensor> state, int moveAt) {
        Generator.global().manualSeed(3);
        GPT model = new GPT(config, new Generator(42));
        AdamW optimizer = new AdamW(model.parameters(), 3e-3).amsgrad(true);
        List<Double> losses = new ArrayList<>();
        for (int step = 0; step < 4; step++) {
            if (step == moveAt) {
                model.to(device);
            }
            try (var _ = TensorScope.open()) {
                long[] batch = new SplittableRandom(step % 2).longs(4L * 13, 0, 29).toArray();
                Tensor tokens = Tensor.of(batch, 4, 13).to(model.device());
                Variable loss = model.forward(tokens.narrow(1, 0, 12)).crossEntropy(tokens.narrow(1, 1, 12));
                loss.backward();
                GradClip.byGlobalNorm(model.parameters(), 0.7);
                optimizer.step();
                optimizer.zeroGrad();
                losses.add(loss.item());
            }
        }
        state.putAll(model.stateDict());
        optimizer.stateDict().forEach((name, tensor) -> state.put("optimizer." + name, tensor));
        return losses;
    }

    @Test
    void aGptLearnsTheSame() {
        Map<String, Tensor> expected = new LinkedHashMap<>();
        List<Double> losses = trainGpt(Device.CPU, expected, 0);
        assertTrue(losses.get(3) < losses.get(1), "nothing is learned: " + losses);
        for (int moveAt : new int[] {0, 2}) {
            Map<String, Tensor> actual = new LinkedHashMap<>();
            assertEquals(losses, trainGpt(FAST.device(), actual, moveAt), "moved before step " + moveAt);
            assertEqual(expected, actual);
            actual.forEach((name, tensor) -> {
                if (!name.endsWith(".step")) {
                    assertSame(FAST.device(), tensor.device(), name);
                }
            });
        }
    }

    @Test
    void aStepOfAGptWaitsForTheDeviceOnlyWhereNumbersAreAskedFor() {
        GPT model = new GPT(CONFIG, new Generator(42));
        model.to(FAST.device());
        AdamW optimizer = new AdamW(model.parameters(), 3e-3);
        try (var _ = TensorScope.open()) {
            Tensor tokens = Tensor.randint(new Generator(1), 0, 29, 4, 13).to(FAST.device());
            Variable loss = model.forward(tokens.narrow(1, 0, 12)).crossEntropy(tokens.narrow(1, 1, 12));
            long before = FAST.copiesOut().get();
            loss.backward();
            optimizer.step();
            assertEquals(before, FAST.copiesOut().get(), "copies to the host in backward and step");
            GradClip.byGlobalNorm(model.parameters(), 1);
            assertEquals(before + 1, FAST.copiesOut().get(), "copies to the host of clipping");
        }
    }

    private static Layer cnn() {
        Generator.global().manualSeed(5);
        return new Sequential(new Conv2d(1, 4, 3), new BatchNorm2d(4), new ReLU(), new MaxPool2d(2), new Flatten(),
                new Dropout(0.2), new Linear(4 * 3 * 3, 5));
    }

    private static List<Batch> digits() {
        Generator generator = new Generator(17);
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            batches.add(new Batch(Tensor.randn(generator, 6, 1, 8, 8), Tensor.randint(generator, 0, 5, 6)));
        }
        return batches;
    }

    private record Trained(History history, SequencedMap<String, Double> result, double[] prediction,
            SequencedMap<String, double[]> state, SequencedMap<String, double[]> optimizer) {
    }

    private static Trained trainCnn(Device device, Function<Layer, Optimizer> optimizing, Path folder) {
        Layer model = cnn().to(device);
        Optimizer optimizer = optimizing.apply(model);
        Trainer<Batch> trainer = Trainer.supervised(model, optimizer,
                new CrossEntropyLoss().weight(Tensor.of(new float[] {1, 2, 1, 0.5f, 1})).labelSmoothing(0.1))
                .metric("accuracy", () -> Accuracy.multiclass(5)).clipGradNorm(1).accumulate(2).checkpoints(folder);
        History history = trainer.fit(digits(), digits(), 3);
        assertSame(device, model.device());
        return new Trained(history, trainer.evaluate(digits()),
                trainer.predict(digits().stream().map(Batch::input).toList()).toDoubleArray(),
                numbers(model.stateDict()), numbers(optimizer.stateDict()));
    }

    @Test
    void aTrainerMovesBatchesAndLearnsTheSame(@TempDir Path folder) {
        List<Function<Layer, Optimizer>> optimizers = List.of(
                model -> new SGD(model.parameters(), 0.05).momentum(0.9).weightDecay(1e-3),
                model -> new AdamW(model.parameters(), 1e-2));
        for (int i = 0; i < optimizers.size(); i++) {
            Trained expected = trainCnn(Device.CPU, optimizers.get(i), folder.resolve("cpu" + i));
            Trained actual = trainCnn(FAST.device(), optimizers.get(i), folder.resolve("stand-in" + i));
            assertEquals(expected.result(), actual.result());
            assertArrayEquals(expected.prediction(), actual.prediction());
            assertEqualNumbers(expected.state(), actual.state());
            assertEqualNumbers(expected.optimizer(), actual.optimizer());
            for (int epoch = 0; epoch < 3; epoch++) {
                assertEquals(expected.history().epochs().get(epoch).training(),
                        actual.history().epochs().get(epoch).training());
            }
        }
    }

    private static void assertEqualNumbers(Map<String, double[]> expected, Map<String, double[]> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, numbers) -> assertArrayEquals(numbers, actual.get(name), name));
    }

    // ---- state -----------------------------------------------------------------------------------------------------

    @Test
    void stateIsSavedFromAndLoadedIntoAnyDevice(@TempDir Path folder) throws IOException {
        GPT model = new GPT(CONFIG, new Generator(42));
        SequencedMap<String, double[]> expected = numbers(model.stateDict());
        model.to(FAST.device());
        Path file = folder.resolve("model.safetensors");
        Safetensors.save(file, model.stateDict());
        Map<String, Tensor> saved = Safetensors.load(file);
        assertSame(Device.CPU, saved.get("transformer.wte.weight").device());
        GPT other = new GPT(CONFIG, new Generator(43));
        other.to(FAST.device());
        assertNotEquals(expected.get("transformer.wte.weight")[0],
                other.stateDict().get("transformer.wte.weight").getDouble(0, 0));
        other.loadStateDict(saved);
        assertEqualNumbers(expected, numbers(other.stateDict()));
        assertSame(FAST.device(), other.device());
        GPT home = new GPT(CONFIG, new Generator(44));
        home.loadStateDict(other.stateDict());
        assertEqualNumbers(expected, numbers(home.stateDict()));
        assertSame(Device.CPU, home.device());
    }

    @Test
    void anOptimizersStateIsLoadedOntoItsParametersDevice() {
        Map<String, Tensor> state = new LinkedHashMap<>();
        trainGpt(Device.CPU, state, 0);
        Map<String, Tensor> saved = new LinkedHashMap<>();
        state.forEach((name, tensor) -> {
            if (name.startsWith("optimizer.")) {
                saved.put(name.substring("optimizer.".length()), tensor);
            }
        });
        GPT model = new GPT(CONFIG, new Generator(42));
        model.to(FAST.device());
        AdamW optimizer = new AdamW(model.parameters(), 3e-3).amsgrad(true);
        optimizer.loadStateDict(saved);
        assertEqual(saved, optimizer.stateDict());
        assertSame(FAST.device(), optimizer.stateDict().get("0.exp_avg").device());
    }

    @Test
    void aTextIsTheSame() {
        CharTokenizer tokenizer = CharTokenizer.of("abcdefghijklmnopqrstuvwxyz .,");
        Supplier<GPT> make = () -> new GPT(CONFIG, new Generator(42));
        GPT moved = make.get();
        TextGenerator early = new TextGenerator(moved, tokenizer, new Sampling(0.8, 10, 1), new Generator(9));
        moved.to(FAST.device());
        StringBuilder expected = new StringBuilder();
        new TextGenerator(make.get(), tokenizer, new Sampling(0.8, 10, 1), new Generator(9)).generate("hello", 30,
                expected::append);
        StringBuilder actual = new StringBuilder();
        early.generate("hello", 30, actual::append);
        assertEquals(expected.toString(), actual.toString());
    }
}
