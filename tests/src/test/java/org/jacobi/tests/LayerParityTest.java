package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.StringTensorDict;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every layer beside libtorch's module of the same kind: names, shapes and first values of parameters and buffers, and, from
 * equal ones, results, all gradients, and what training does to the buffers.
 */
class LayerParityTest {
    private static final String PACKAGE = "org.jacobi.layers";
    /** Few numbers say little of what they are drawn from. */
    private static final int ENOUGH = 50;

    @TestFactory
    Stream<DynamicTest> layersAreLibtorchsModules() {
        Predicate<String> wanted = Pattern.compile(System.getProperty("jacobi.samples", "")).asPredicate();
        return LayerSamples.all().stream().filter(sample -> wanted.test(sample.toString()))
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> check(sample)));
    }

    @Test
    void everyPublicLayerHasARow() throws IOException, URISyntaxException, ClassNotFoundException {
        Set<String> inTable = new TreeSet<>();
        LayerSamples.all().forEach(sample -> sample.ours.get().namedLayers().values()
                .forEach(layer -> inTable.add(layer.getClass().getName())));
        Set<String> without = new TreeSet<>();
        for (String name : classes()) {
            Class<?> type = Class.forName(PACKAGE + "." + name);
            if (Layer.class.isAssignableFrom(type) && Modifier.isPublic(type.getModifiers())
                    && !Modifier.isAbstract(type.getModifiers()) && !inTable.contains(type.getName())) {
                without.add(name);
            }
        }
        assertEquals(Set.of(), without, "layers without a row in LayerSamples");
    }

    private static Set<String> classes() throws IOException, URISyntaxException {
        URI one = Linear.class.getResource("Linear.class").toURI();
        if (one.getScheme().equals("jar")) {
            try (FileSystem jar = FileSystems.newFileSystem(one, Map.of())) {
                return classes(jar.getPath("/" + PACKAGE.replace('.', '/')));
            }
        }
        return classes(Path.of(one).getParent());
    }

    private static Set<String> classes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            Set<String> names = new HashSet<>();
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.endsWith("-info.class"))
                    .forEach(name -> names.add(name.substring(0, name.length() - ".class".length())));
            return names;
        }
    }

    private static void check(LayerSample sample) {
        Libtorch.require();
        try (var _ = new PointerScope(); var _ = TensorScope.open()) {
            Layer ours = sample.ours.get();
            LayerSample.Twin twin = sample.theirs.get();
            Map<String, org.bytedeco.pytorch.Tensor> params = tensors(twin.module().named_parameters());
            Map<String, org.bytedeco.pytorch.Tensor> buffers = tensors(twin.module().named_buffers());
            Map<String, Tensor> values = new LinkedHashMap<>();
            ours.namedParameters().forEach((name, param) -> values.put(name, param.value()));
            compareStart("parameter", params, values);
            compareStart("buffer", buffers, ours.namedBuffers());
            equalize(values, -1, 1, params);
            equalize(ours.namedBuffers(), 0.5, 1.5, buffers);
            for (boolean training : sample.inTraining ? new boolean[] {true, false} : new boolean[] {false}) {
                if (training) {
                    ours.train();
                } else {
                    ours.eval();
                }
                twin.module().train(training);
                compareRun((training ? "training" : "evaluation") + " of " + sample, sample, ours, twin, params);
                compareNumbers("buffer after " + (training ? "training" : "evaluation"), sample.tolerance, buffers,
                        ours.namedBuffers());
            }
        }
    }

    private static Map<String, org.bytedeco.pytorch.Tensor> tensors(StringTensorDict dict) {
        Map<String, org.bytedeco.pytorch.Tensor> tensors = new LinkedHashMap<>();
        for (long i = 0; i < dict.size(); i++) {
            tensors.put(dict.get(i).key().getString(), dict.get(i).value());
        }
        return tensors;
    }

    private static void compareStart(String kind, Map<String, org.bytedeco.pytorch.Tensor> expected,
            Map<String, Tensor> actual) {
        assertEquals(new ArrayList<>(expected.keySet()), new ArrayList<>(actual.keySet()), "names of " + kind + "s");
        expected.forEach((name, tensor) -> {
            String what = kind + " " + name;
            assertArrayEquals(tensor.shape(), actual.get(name).shape().toArray(), what);
            assertEquals(Libtorch.type(tensor.scalar_type()), actual.get(name).dtype(), what);
            double[] theirs = Libtorch.numbers(tensor);
            double[] ours = actual.get(name).toDoubleArray();
            if (Arrays.stream(theirs).distinct().count() == 1) {
                Evaluation.compare(what + " at the start", theirs, ours, 0);
            } else if (theirs.length >= ENOUGH) {
                assertEquals(0, Math.log(spread(ours) / spread(theirs)), 0.4,
                        what + ": the logarithm of how much wider the "
                                + "first values spread");
            }
            assertTrue(theirs.length < 2 || Arrays.stream(theirs).distinct().count() == 1
                    || Arrays.stream(ours).distinct().count() > 1, what + " is constant at the start");
        });
    }

    private static double spread(double[] numbers) {
        return Math.sqrt(Arrays.stream(numbers).map(x -> x * x).average().orElseThrow());
    }

    /** Gives both sides the same numbers, which tell more than ones and zeros would. */
    private static void equalize(Map<String, Tensor> ours, double low, double high,
            Map<String, org.bytedeco.pytorch.Tensor> theirs) {
        Generator generator = new Generator(7);
        ours.forEach((name, value) -> {
            if (value.dtype().isFloating()) {
                value.uniform_(low, high, generator);
            }
            theirs.get(name).detach().copy_(Libtorch.tensor(value));
        });
    }

    private static void compareRun(String where, LayerSample sample, Layer ours, LayerSample.Twin twin,
            Map<String, org.bytedeco.pytorch.Tensor> params) {
        int n = sample.inputs.size();
        SplittableRandom random = new SplittableRandom(sample.toString().hashCode());
        Variable[] in = new Variable[n];
        org.bytedeco.pytorch.Tensor[] theirIn = new org.bytedeco.pytorch.Tensor[n];
        for (int i = 0; i < n; i++) {
            Operand operand = sample.inputs.get(i);
            double[] numbers = operand.numbers(random, false);
            Tensor value = Tensor.of(numbers).reshape(operand.shape()).to(operand.type(DType.F32));
            in[i] = operand.differentiable() ? Variable.leaf(value) : Variable.constant(value);
            theirIn[i] = Libtorch.tensor(operand, numbers);
        }
        ours.zeroGrad();
        twin.module().zero_grad(true);
        Variable out = sample.call.apply(ours, in);
        org.bytedeco.pytorch.Tensor expected = twin.forward().apply(theirIn);
        assertArrayEquals(expected.shape(), out.shape().toArray(), where);
        double[] numbers = Libtorch.numbers(expected);
        Evaluation.compare(where, numbers, out.value().toDoubleArray(), sample.tolerance);
        assertEquals(expected.requires_grad(), out.requiresGrad(), where + ": whether there is a gradient");
        if (!out.requiresGrad()) {
            return;
        }
        double[] weights = Evaluation.weights(numbers.length);
        out.backward(Tensor.of(weights).to(DType.F32).reshape(out.shape().toArray()), false, false);
        Libtorch.backward(expected,
                org.bytedeco.pytorch.Tensor.create(weights, expected.shape()).to(expected.scalar_type()));
        for (int i = 0; i < n; i++) {
            if (in[i].requiresGrad()) {
                compareGradient(where + ", gradient of input " + i, sample, theirIn[i], in[i]);
            }
        }
        for (Map.Entry<String, Param> param : ours.namedParameters().entrySet()) {
            compareGradient(where + ", gradient of " + param.getKey(), sample, params.get(param.getKey()),
                    param.getValue());
        }
    }

    private static void compareGradient(String what, LayerSample sample, org.bytedeco.pytorch.Tensor expected,
            Variable actual) {
        assertEquals(expected.grad().defined(), actual.grad() != null, what + " is there");
        if (actual.grad() != null) {
            Evaluation.compare(what, Libtorch.numbers(expected.grad()), actual.grad().value().toDoubleArray(),
                    sample.tolerance);
        }
    }

    private static void compareNumbers(String what, double tolerance,
            Map<String, org.bytedeco.pytorch.Tensor> expected, Map<String, Tensor> actual) {
        List.copyOf(expected.keySet()).forEach(name -> Evaluation.compare(what + ": " + name,
                Libtorch.numbers(expected.get(name)), actual.get(name).toDoubleArray(), tolerance));
    }
}
