package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jacobi.autograd.Formula;
import org.jacobi.autograd.GradFn;
import org.jacobi.autograd.Variable;
import org.jacobi.autograd.ops.Add;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Every op has a row in the table, and the ops of variables and of tensors are the same ones under the same names. */
class OpSamplesCoverageTest {
    /** What Tensor offers beside ops: what a tensor is, its memory, access to elements, and what the ops are made of. */
    private static final Set<String> NOT_OPS_OF_TENSOR = Set.of("shape", "dtype", "device", "rank", "size", "numel",
            "stride",
            "isContiguous", "address", "origin", "version", "sharesStorage", "backend", "keep", "unscope", "release",
            "isReleased", "isExclusive", "handOff", "adopt", "item", "getDouble", "getLong", "toFloatArray",
            "toDoubleArray", "toLongArray", "hostAddress", "cpu", "to_", "emptyLike",
            "toIntArray", "toBooleanArray", "toString", "requireIndex", "requireMask", "changing", "convolved",
            // Undefined content, or somebody else's.
            "empty", "make", "foreign", "wrap", "asMemorySegment", "asByteBuffer", "toNestedArray");

    /** What Variable offers beside ops: what a variable is, its gradient, and what the ops are made of. */
    private static final Set<String> NOT_OPS_OF_VARIABLE =
            Set.of("value", "shape", "dtype", "device", "rank", "size", "numel",
                    "item",
                    "requiresGrad", "gradFn", "outputIndex", "grad", "keep", "toString", "constant", "leaf", "detach",
                    "backward",
                    "zeroGrad", "registerHook", "retainGrad", "record", "recordAll", "convolved");

    /** The ops that exist on variables only: fused kernels with a backward of their own, losses, and a reverse of another. */
    private static final Set<String> WITHOUT_A_TWIN =
            Set.of("linear", "feedForward", "embedding", "layerNorm", "rmsNorm", "groupNorm", "batchNorm",
                    "crossEntropy",
                    "mse", "nllLoss", "binaryCrossEntropy", "binaryCrossEntropyWithLogits", "klDiv", "l1Loss",
                    "huberLoss",
                    "smoothL1Loss", "poissonNllLoss", "gaussianNllLoss", "hingeEmbeddingLoss", "marginRankingLoss",
                    "multiMarginLoss", "cosineEmbeddingLoss", "pairwiseDistance", "tripletMarginLoss",
                    "scaledDotProductAttention", "dropout", "sumTo", "rnn", "lstm", "gru", "ctcLoss");

    /** The ops that are one kernel on tensors and several on variables, whose bits may therefore differ. */
    private static final Set<String> COMPOSED = Set.of("mean", "sumOfSquares", "svdvals", "eigvalsh");

    @Test
    void everyOpOfVariableHasARow() {
        assertEquals(ops(Variable.class, NOT_OPS_OF_VARIABLE), OpSamples.names(true));
    }

    @Test
    void everyOpOfTensorHasARow() {
        assertEquals(ops(Tensor.class, NOT_OPS_OF_TENSOR), OpSamples.names(false));
    }

    @Test
    void everyOpOfVariableIsOneOfTensor() {
        Set<String> alone = ops(Variable.class, NOT_OPS_OF_VARIABLE);
        alone.removeAll(ops(Tensor.class, NOT_OPS_OF_TENSOR));
        assertEquals(new TreeSet<>(WITHOUT_A_TWIN), alone);
    }

    @Test
    void aRowOfAnOpThatBothHaveCallsBoth() {
        Set<String> both = ops(Variable.class, NOT_OPS_OF_VARIABLE);
        both.removeAll(WITHOUT_A_TWIN);
        Set<String> oneSided = OpSamples.all().stream()
                .filter(sample -> sample.variables != null && sample.tensors == null && both.contains(sample.op))
                .map(OpSample::toString).collect(Collectors.toSet());
        assertEquals(Set.of(), oneSided);
    }

    @Test
    void theTwinsGiveEqualBits() {
        for (OpSample sample : OpSamples.all()) {
            if (sample.variables != null && sample.tensors != null) {
                Evaluation tensors = Evaluation.ofTensors(sample, 17, DType.F32, Layout.CONTIGUOUS, false);
                Evaluation variables = Evaluation.ofVariables(sample, 17, DType.F32, Layout.CONTIGUOUS, false);
                assertEquals(tensors.shape(), variables.shape(), sample::toString);
                assertEquals(tensors.dtype(), variables.dtype(), sample::toString);
                Evaluation.compare(sample.toString(), tensors.numbers(), variables.numbers(),
                        COMPOSED.contains(sample.op) ? sample.tolerance : 0);
            }
        }
    }

    @Test
    void everyVariantIsThereOnce() {
        Map<String, Long> counts = OpSamples.all().stream()
                .collect(Collectors.groupingBy(OpSample::toString, Collectors.counting()));
        counts.values().removeIf(count -> count == 1);
        assertEquals(Map.of(), counts);
    }

    @Test
    void everyGradFnIsRunByARow() throws IOException, URISyntaxException {
        Set<String> run = new TreeSet<>();
        for (OpSample sample : OpSamples.all()) {
            if (sample.variables != null) {
                try (var _ = TensorScope.open()) {
                    Variable[] in = sample.variables(3, sample.make(3, DType.F32, Layout.CONTIGUOUS, false));
                    Variable out = sample.variables.apply(in);
                    addNodes(out, run);
                    if (out.requiresGrad()) {
                        // The gradients' own graphs, too: some ops occur as the reverse of others only. The square has the
                        // gradient depend on what is differentiated.
                        out.square().sum().backward(true, true);
                        for (Variable variable : in) {
                            if (variable.grad() != null) {
                                addNodes(variable.grad(), run);
                            }
                        }
                    }
                }
            }
        }
        assertEquals(gradFns(), run);
    }

    @Test
    void everyGradFnHasAFormula() throws IOException, URISyntaxException, ClassNotFoundException {
        Set<String> without = new TreeSet<>();
        for (String name : gradFns()) {
            Formula formula = Class.forName(Add.class.getPackageName() + "." + name).getAnnotation(Formula.class);
            if (formula == null || formula.value().isBlank()) {
                without.add(name);
            }
        }
        assertEquals(Set.of(), without, "ops whose class has no @Formula, the one line that a backward walk shows");
    }

    private static Set<String> ops(Class<?> type, Set<String> except) {
        Set<String> declared = family(type).distinct()
                .flatMap(part -> Arrays.stream(part.getDeclaredMethods()))
                .filter(m -> Modifier.isPublic(m.getModifiers()))
                .filter(m -> !m.isSynthetic() && !isStaticOfInterface(m)).map(Method::getName)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> unknown = new TreeSet<>(except);
        unknown.removeAll(declared);
        assertEquals(Set.of(), unknown,
                "the list of what is no op of " + type.getSimpleName() + " names what is not there");
        declared.removeAll(except);
        return declared;
    }

    /** What ComposedShapes has for several operands is not inherited: Tensor and Variable offer it under their own names. */
    private static boolean isStaticOfInterface(Method method) {
        return Modifier.isStatic(method.getModifiers()) && method.getDeclaringClass().isInterface();
    }

    /** Returns a type and all interfaces that it implements. */
    private static Stream<Class<?>> family(Class<?> type) {
        return Stream.concat(Stream.of(type),
                Arrays.stream(type.getInterfaces()).flatMap(OpSamplesCoverageTest::family));
    }

    private static void addNodes(Variable root, Set<String> names) {
        Set<GradFn> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        ArrayDeque<Variable> stack = new ArrayDeque<>();
        stack.push(root);
        while (!stack.isEmpty()) {
            GradFn node = stack.pop().gradFn();
            if (node != null && seen.add(node)) {
                names.add(node.getClass().getSimpleName());
                for (Variable input : node.inputs()) {
                    if (input != null) {
                        stack.push(input);
                    }
                }
            }
        }
    }

    /** Returns the names of all GradFns in the package of ops, which may lie in a folder or a jar. */
    private static Set<String> gradFns() throws IOException, URISyntaxException {
        URI one = Add.class.getResource("Add.class").toURI();
        if (one.getScheme().equals("jar")) {
            try (FileSystem jar = FileSystems.newFileSystem(one, Map.of())) {
                return gradFns(jar.getPath("/org/jacobi/autograd/ops"));
            }
        }
        return gradFns(Path.of(one).getParent());
    }

    private static Set<String> gradFns(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).filter(name -> name.endsWith(".class"))
                    .map(name -> name.substring(0, name.length() - ".class".length()))
                    .filter(OpSamplesCoverageTest::isGradFn)
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static boolean isGradFn(String name) {
        try {
            return GradFn.class.isAssignableFrom(Class.forName(Add.class.getPackageName() + "." + name));
        } catch (ClassNotFoundException e) {
            return false; // package-info, if it is compiled at all
        }
    }
}
