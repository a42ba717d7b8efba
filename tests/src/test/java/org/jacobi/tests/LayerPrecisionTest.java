package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jacobi.autograd.Autocast;
import org.jacobi.autograd.Variable;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Param;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Device;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every layer with parameters and inputs in bf16, and with those of f32 under autocast: about the numbers of f32. */
class LayerPrecisionTest {
    private static final double TOLERANCE = 0.06;

    /** A result with its gradients. */
    private record Run(DType type, List<double[]> numbers) {
    }

    private static Stream<DynamicTest> each(Consumer<LayerSample> test) {
        Predicate<String> wanted = Pattern.compile(System.getProperty("jacobi.samples", "")).asPredicate();
        return LayerSamples.all().stream().filter(sample -> wanted.test(sample.toString()))
                .map(sample -> DynamicTest.dynamicTest(sample.toString(), () -> test.accept(sample)));
    }

    @TestFactory
    Stream<DynamicTest> layersOf16Bits() {
        return each(sample -> {
            Run half = run(sample, DType.BF16, null);
            assertTrue(half.type() == DType.BF16 || !half.type().isFloating(), half.type().toString());
            compare(run(sample, DType.F32, null), half);
        });
    }

    @TestFactory
    Stream<DynamicTest> layersUnderAutocast() {
        return each(sample -> compare(run(sample, DType.F32, null), run(sample, DType.F32, DType.BF16)));
    }

    private static Run run(LayerSample sample, DType type, DType autocast) {
        Generator.global().manualSeed(11);
        try (var _ = TensorScope.open()) {
            Layer layer = sample.ours.get().to(DType.BF16).to(type); // the same numbers in both types
            SplittableRandom random = new SplittableRandom(sample.toString().hashCode());
            Variable[] in = new Variable[sample.inputs.size()];
            for (int i = 0; i < in.length; i++) {
                Operand operand = sample.inputs.get(i);
                Tensor value = operand.make(Device.CPU, DType.F32, Layout.CONTIGUOUS, random, false);
                value = value.dtype().isFloating() ? value.to(DType.BF16).to(type) : value;
                in[i] = operand.differentiable() ? Variable.leaf(value) : Variable.constant(value);
            }
            Variable out;
            try (var _ = autocast == null ? null : Autocast.to(autocast)) {
                out = sample.call.apply(layer, in);
            }
            List<double[]> numbers = new ArrayList<>();
            numbers.add(out.value().to(DType.F64).toDoubleArray());
            if (out.requiresGrad()) {
                // Not the sum of squares, which does not depend on what a normalization gets.
                Tensor weights = Tensor.randn(new Generator(7), out.shape().toArray());
                out.to(DType.F32).mul(weights).sum().backward();
                for (Param param : layer.parameters()) {
                    assertEquals(type, param.dtype());
                }
                Stream.concat(Arrays.stream(in), layer.parameters().stream()).forEach(x -> {
                    if (x.grad() != null) {
                        assertEquals(type, x.grad().dtype());
                        numbers.add(x.grad().value().to(DType.F64).toDoubleArray());
                    }
                });
            }
            return new Run(out.dtype(), numbers);
        }
    }

    /** Rounding moves a few numbers far, such as those near a step of a function: most must be close, by the largest number. */
    private static void compare(Run expected, Run actual) {
        assertEquals(expected.numbers().size(), actual.numbers().size());
        for (int i = 0; i < expected.numbers().size(); i++) {
            double[] right = expected.numbers().get(i);
            double[] found = actual.numbers().get(i);
            assertEquals(right.length, found.length);
            double largest = Arrays.stream(right).map(Math::abs).max().orElse(0);
            double sum = 0;
            for (int k = 0; k < right.length; k++) {
                sum += Math.pow(right[k] - found[k], 2);
            }
            double rms = right.length == 0 ? 0 : Math.sqrt(sum / right.length);
            assertTrue(rms <= TOLERANCE * (largest + 1e-3),
                    "result or gradient " + i + " is off by " + rms + " of " + largest);
        }
    }
}
