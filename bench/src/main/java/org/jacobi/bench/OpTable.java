package org.jacobi.bench;

import static org.jacobi.bench.Input.f32;
import static org.jacobi.bench.Input.indices;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import org.jacobi.autograd.Variable;
import org.jacobi.bench.OpCase.Measured;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Interpolation;

/**
 * The ops that are measured: a row an op, with its inputs, what it does, the work that it is, and the sizes.
 *
 * <p>A product does a multiplication and an addition, two operations, for each triple of indices; attention that is
 * causal does half of them. What moves memory rather than computes has its bytes instead: every input read once, every
 * output written once.
 */
final class OpTable {
    private static final double EPS = 1e-5;
    private static final int F32 = Float.BYTES;
    private static final ConvOptions SAME = new ConvOptions().padding("same");

    static final List<OpCase> CASES = Stream.of(
            op("matmul", s -> List.of(f32(s[0], s[1]), f32(s[1], s[2])), in -> in[0].matmul(in[1]))
                    .flop(s -> 2.0 * s[0] * s[1] * s[2])
                    .at("64x64x64", "128x128x128", "256x256x256", "512x512x512", "768x768x768", "1024x1024x1024",
                            "768x128x384", "768x128x512", "768x512x128", "768x128x65", "1x768x768"),
            op("batchedMatmul", s -> List.of(f32(s[0], s[1], s[2]), f32(s[0], s[2], s[3])),
                    in -> in[0].matmul(in[1]))
                    .flop(s -> 2.0 * s[0] * s[1] * s[2] * s[3])
                    .at("48x64x64x32"),
            op("batchedMatmulTransposed", s -> List.of(f32(s[0], s[1], s[2]), f32(s[0], s[3], s[2])),
                    in -> in[0].matmul(in[1].transpose(1, 2)))
                    .flop(s -> 2.0 * s[0] * s[1] * s[2] * s[3])
                    .at("48x64x32x64"),

            op("gelu", s -> List.of(f32(s)), in -> in[0].gelu())
                    .bytes(s -> 2.0 * F32 * s[0] * s[1])
                    .at("768x512", "4096x1024"),
            op("geluTanh", s -> List.of(f32(s)), in -> in[0].geluTanh())
                    .bytes(s -> 2.0 * F32 * s[0] * s[1])
                    .at("768x512", "4096x1024"),
            op("softmax", s -> List.of(f32(s)), in -> in[0].softmax(1))
                    .bytes(s -> 2.0 * F32 * s[0] * s[1])
                    .at("768x65", "3072x64", "4096x1024"),

            layerNorm().bytes(s -> 2.0 * F32 * s[0] * s[1]).at("768x128", "4096x1024"),
            layerNorm().withBackward().at("768x128", "4096x1024"),

            attention().flop(s -> 2.0 * s[0] * s[1] * s[2] * s[2] * s[3]).at("12x4x64x32", "4x12x512x64"),
            attention().withBackward().at("12x4x64x32", "4x12x512x64"),

            // N x C x H x K x kernel, square images and kernels, as much padding as keeps the sizes: the layers of resnet18.
            conv2d().flop(OpTable::convolutionFlop).at("32x3x32x64x3", "32x64x32x64x3", "32x256x8x256x3",
                    "32x512x4x512x3"),
            conv2d().withBackward().flop(s -> 3 * convolutionFlop(s)).at("32x64x32x64x3", "32x256x8x256x3",
                    "32x512x4x512x3"),

            crossEntropy().at("768x65", "256x50257"),
            crossEntropy().withBackward().at("768x65", "256x50257"),

            maxPool().bytes(s -> F32 * 1.25 * s[0] * s[1] * s[2] * s[3]).at("64x32x28x28"),
            maxPool().withBackward().at("64x32x28x28"),
            batchNorm().withBackward().at("32x64x32x32"),
            op("bilinear", s -> List.of(f32(s)), in -> in[0].interpolate(2, Interpolation.LINEAR, false))
                    .bytes(s -> F32 * 5.0 * s[0] * s[1] * s[2] * s[3])
                    .at("8x16x64x64"),

            // Reads the parameter, its gradient and both moments, writes all but the gradient.
            new Row("adamW", Measured.OPTIMIZER_STEP, s -> List.of(f32(s), f32(s)), null, _ -> 0,
                    s -> 7.0 * F32 * s[0])
                    .at("65536", "1048576", "16777216"))
            .flatMap(Function.identity()).toList();

    private OpTable() {
    }

    private static Row layerNorm() {
        return op("layerNorm", s -> List.of(f32(s), f32(s[1]), f32(s[1])), in -> in[0].layerNorm(in[1], in[2], EPS));
    }

    private static Row maxPool() {
        return op("maxPool2d", s -> List.of(f32(s)), in -> in[0].maxPool2d(2));
    }

    private static Row batchNorm() {
        return op("batchNorm", s -> List.of(f32(s), f32(s[1]), f32(s[1])),
                in -> in[0].batchNorm(null, null, in[1], in[2], true, 0.1, EPS));
    }

    private static Row attention() {
        return op("causalAttention", s -> List.of(f32(s), f32(s), f32(s)),
                in -> in[0].scaledDotProductAttention(in[1], in[2], true));
    }

    private static Row conv2d() {
        return op("conv2d", s -> List.of(f32(s[0], s[1], s[2], s[2]), f32(s[3], s[1], s[4], s[4]), f32(s[3])),
                in -> in[0].conv2d(in[1], in[2], SAME));
    }

    private static double convolutionFlop(long[] s) {
        return 2.0 * s[0] * s[1] * s[2] * s[2] * s[3] * s[4] * s[4];
    }

    private static Row crossEntropy() {
        return op("crossEntropy", s -> List.of(f32(s), indices(s[1], s[0])),
                in -> in[0].crossEntropy(in[1].value()));
    }

    private static Row op(String name, Function<long[], List<Input>> inputs, Function<Variable[], Variable> forward) {
        return new Row(name, Measured.FORWARD, inputs, forward, _ -> 0, _ -> 0);
    }

    /** A row of the table, without its sizes. */
    private record Row(String op, Measured measured, Function<long[], List<Input>> inputs,
            Function<Variable[], Variable> forward, ToDoubleFunction<long[]> flop, ToDoubleFunction<long[]> bytes) {
        Row flop(ToDoubleFunction<long[]> flop) {
            return new Row(op, measured, inputs, forward, flop, bytes);
        }

        Row bytes(ToDoubleFunction<long[]> bytes) {
            return new Row(op, measured, inputs, forward, flop, bytes);
        }

        Row withBackward() {
            return new Row(op, Measured.FORWARD_AND_BACKWARD, inputs, forward, flop, bytes);
        }

        Stream<OpCase> at(String... sizes) {
            return Arrays.stream(sizes).map(text -> {
                long[] s = Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray();
                return new OpCase(op, measured, Arrays.stream(s).boxed().toList(), inputs.apply(s), forward,
                        flop.applyAsDouble(s), bytes.applyAsDouble(s));
            });
        }
    }
}
