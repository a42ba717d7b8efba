package org.jacobi.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.DoubleStream;

import org.jacobi.autograd.Variable;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Shape;
import org.jacobi.tensor.Tensor;
import org.jacobi.tensor.TensorScope;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Gradients of convolutions against numbers that PyTorch printed, for operands that count from 0. */
class ConvolutionGoldenTest {
    private static final int CASES = 23;

    @Test
    void gradientsAreThoseThatPyTorchPrinted() throws IOException {
        Path file = Project.root().toAbsolutePath().normalize().resolveSibling("shared")
                .resolve("data/pytorch-golden/conv_gradients.json");
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        int checked = 0;
        for (JsonNode golden : new JsonMapper().readTree(file.toFile()).get("cases")) {
            for (DType type : new DType[] {DType.F32, DType.F64}) {
                try (var _ = TensorScope.open()) {
                    check(golden, type);
                }
            }
            checked++;
        }
        assertEquals(CASES, checked);
    }

    private static void check(JsonNode golden, DType type) {
        JsonNode config = golden.get("config");
        Variable x = counting(type, sizes(golden.get("x_shape")));
        Variable weight = counting(type, sizes(golden.get("weight_shape")));
        Variable bias = counting(type, config.get("cout").asLong());
        ConvOptions options =
                new ConvOptions().stride(sizes(config.get("stride"))).padding(sizes(config.get("padding")))
                        .dilation(sizes(config.get("dilation"))).groups(config.get("groups").asLong());
        Variable out = switch (golden.get("op").asText()) {
            case "conv1d" -> x.conv1d(weight, bias, options);
            case "conv2d" -> x.conv2d(weight, bias, options);
            case "conv3d" -> x.conv3d(weight, bias, options);
            default -> throw new IllegalArgumentException("no op " + golden.get("op"));
        };
        String where = golden.get("case").asText() + " in " + type;
        long[] spatial = out.shape().toArray();
        assertEquals(Shape.of(sizes(golden.get("output_spatial"))),
                Shape.of(Arrays.copyOfRange(spatial, 2, spatial.length)), where);
        out.sum().backward();
        compare(where + ", x", golden.get("grad_x"), x);
        compare(where + ", weight", golden.get("grad_weight"), weight);
        compare(where + ", bias", golden.get("grad_bias"), bias);
    }

    private static Variable counting(DType type, long... shape) {
        return Variable.leaf(Tensor.arange(Shape.of(shape).numel()).to(type).reshape(shape));
    }

    private static void compare(String where, JsonNode golden, Variable of) {
        Evaluation.compare(where, numbers(golden).toArray(), of.grad().value().toDoubleArray(), 1e-6);
    }

    private static long[] sizes(JsonNode node) {
        return node.valueStream().mapToLong(JsonNode::asLong).toArray();
    }

    private static DoubleStream numbers(JsonNode node) {
        return node.isArray() ? node.valueStream().flatMapToDouble(ConvolutionGoldenTest::numbers)
                : DoubleStream.of(node.asDouble());
    }
}
