package org.jacobi.tests;

import static org.jacobi.tests.OpSamples.row;
import static org.jacobi.tests.Operand.constant;
import static org.jacobi.tests.Operand.real;
import static org.jacobi.tests.Operand.ties;
import static org.jacobi.tests.Operand.within;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kNearestExact;
import org.jacobi.autograd.Variable;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Interpolation;
import org.jacobi.tensor.Taps;
import org.jacobi.tensor.Tensor;

/** The rows of pooling, interpolation, the shuffling of pixels, and batch normalization. */
final class PoolingSamples {
    private PoolingSamples() {
    }

    static void add() {
        largest();
        averages();
        adaptive();
        ofTaps();
        interpolation();
        pixels();
        batchNorm();
    }

    /** A row of an op on one operand. */
    private static OpSample one(String op, String variant, IntFunction<Operand> operand,
            UnaryOperator<Variable> variables, UnaryOperator<Tensor> tensors,
            UnaryOperator<org.bytedeco.pytorch.Tensor> twin) {
        return row(op, variant, n -> List.of(operand.apply(n))).upTo(257).variables(v -> variables.apply(v[0]))
                .tensors(t -> tensors.apply(t[0])).torch(p -> twin.apply(p[0]));
    }

    private static long[] of(long... sizes) {
        return sizes;
    }

    private static void largest() {
        one("maxPool1d", "", n -> real(2, 3, n + 2), x -> x.maxPool1d(2), x -> x.maxPool1d(2),
                x -> torch.max_pool1d(x, 2)).exact();
        one("maxPool1d", "dilated, padded, to the ceiling", n -> real(3, n + 4), x -> x.maxPool1d(3, 2, 1, 2, true),
                x -> x.maxPool1d(3, 2, 1, 2, true), x -> torch.max_pool1d(x, of(3), of(2), of(1), of(2), true)).exact();
        one("maxPool2d", "", n -> real(2, 3, 5, n + 2), x -> x.maxPool2d(2), x -> x.maxPool2d(2),
                x -> torch.max_pool2d(x, 2, 2)).exact();
        one("maxPool2d", "overlapping, padded", n -> real(2, 2, 5, n + 2), x -> x.maxPool2d(3, 2, 1),
                x -> x.maxPool2d(3, 2, 1),
                x -> torch.max_pool2d(x, of(3, 3), of(2, 2), of(1, 1), of(1, 1), false)).exact();
        one("maxPool2d", "every position", n -> real(2, 4, n + 2), x -> x.maxPool2d(3, 1, 1), x -> x.maxPool2d(3, 1, 1),
                x -> torch.max_pool2d(x, of(3, 3), of(1, 1), of(1, 1), of(1, 1), false)).exact();
        one("maxPool2d", "of two sizes, dilated, to the ceiling", n -> real(2, 1, 6, n + 4),
                x -> x.maxPool2d(of(2, 3), of(3, 2), of(1, 0), of(2, 1), true),
                x -> x.maxPool2d(of(2, 3), of(3, 2), of(1, 0), of(2, 1), true),
                x -> torch.max_pool2d(x, of(2, 3), of(3, 2), of(1, 0), of(2, 1), true)).exact();
        one("maxPool2d", "ties", n -> ties(2, 3, 4, n + 1), x -> x.maxPool2d(2, 1, 0), x -> x.maxPool2d(2, 1, 0),
                x -> torch.max_pool2d(x, of(2, 2), of(1, 1), of(0, 0), of(1, 1), false)).exact().kinked();
        one("maxPool3d", "", n -> real(2, 2, 4, 3, n + 2), x -> x.maxPool3d(2), x -> x.maxPool3d(2),
                x -> torch.max_pool3d(x, 2, 2, 2)).exact();
        one("maxPool3d", "of three sizes", n -> real(2, 4, 3, n + 2),
                x -> x.maxPool3d(of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), of(2, 1, 1), false),
                x -> x.maxPool3d(of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), of(2, 1, 1), false),
                x -> torch.max_pool3d(x, of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), of(2, 1, 1), false)).exact();
        one("maxPoolWithIndices", "the values", n -> real(2, 2, 5, n + 2),
                x -> x.maxPoolWithIndices(of(3, 3), of(2, 2), of(1, 1), of(1, 1), false).values(),
                x -> x.maxPoolWithIndices(of(3, 3), of(2, 2), of(1, 1), of(1, 1), false).values(),
                x -> torch.max_pool2d(x, of(3, 3), of(2, 2), of(1, 1), of(1, 1), false)).exact();
        row("maxPoolWithIndices", "the indices", n -> List.of(ties(2, 2, 5, n + 2))).upTo(257).exact().tensors(
                t -> t[0].maxPoolWithIndices(of(3, 3), of(2, 2), of(1, 1), of(1, 1), false).indices())
                .torch(p -> torch.max_pool2d_with_indices(p[0], of(3, 3), of(2, 2), of(1, 1), of(1, 1), false).get1());
    }

    private static void averages() {
        one("avgPool1d", "", n -> real(2, 3, n + 2), x -> x.avgPool1d(2), x -> x.avgPool1d(2),
                x -> torch.avg_pool1d(x, 2));
        one("avgPool1d", "padded, without the padding, to the ceiling", n -> real(3, n + 2),
                x -> x.avgPool1d(3, 2, 1, true, false), x -> x.avgPool1d(3, 2, 1, true, false),
                x -> torch.avg_pool1d(x, of(3), of(2), of(1), true, false));
        one("avgPool2d", "", n -> real(2, 3, 5, n + 2), x -> x.avgPool2d(2), x -> x.avgPool2d(2),
                x -> torch.avg_pool2d(x, 2, 2));
        one("avgPool2d", "overlapping, padded", n -> real(2, 2, 5, n + 2), x -> x.avgPool2d(3, 2, 1),
                x -> x.avgPool2d(3, 2, 1),
                x -> torch.avg_pool2d(x, of(3, 3), of(2, 2), of(1, 1), false, true, new LongOptional()));
        one("avgPool2d", "every position", n -> real(2, 4, n + 2),
                x -> x.avgPool2d(3, 1, 1), x -> x.avgPool2d(3, 1, 1),
                x -> torch.avg_pool2d(x, of(3, 3), of(1, 1), of(1, 1), false, true, new LongOptional()));
        one("avgPool2d", "of two sizes, to the ceiling, with the padding", n -> real(2, 2, 6, n + 3),
                x -> x.avgPool2d(of(2, 3), of(3, 2), of(1, 1), true, true),
                x -> x.avgPool2d(of(2, 3), of(3, 2), of(1, 1), true, true),
                x -> torch.avg_pool2d(x, of(2, 3), of(3, 2), of(1, 1), true, true, new LongOptional()));
        one("avgPool2d", "of two sizes, to the ceiling, without the padding", n -> real(2, 2, 6, n + 3),
                x -> x.avgPool2d(of(2, 3), of(3, 2), of(1, 1), true, false),
                x -> x.avgPool2d(of(2, 3), of(3, 2), of(1, 1), true, false),
                x -> torch.avg_pool2d(x, of(2, 3), of(3, 2), of(1, 1), true, false, new LongOptional()));
        one("avgPool3d", "", n -> real(2, 2, 4, 3, n + 2), x -> x.avgPool3d(2), x -> x.avgPool3d(2),
                x -> torch.avg_pool3d(x, 2, 2, 2));
        one("avgPool3d", "of three sizes", n -> real(2, 4, 3, n + 2),
                x -> x.avgPool3d(of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), false, false),
                x -> x.avgPool3d(of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), false, false),
                x -> torch.avg_pool3d(x, of(2, 1, 3), of(1, 2, 2), of(1, 0, 1), false, false, new LongOptional()));
    }

    private static void adaptive() {
        one("adaptiveAvgPool1d", "", n -> real(2, 3, n), x -> x.adaptiveAvgPool1d(3), x -> x.adaptiveAvgPool1d(3),
                x -> torch.adaptive_avg_pool1d(x, 3));
        one("adaptiveAvgPool2d", "", n -> real(2, 3, 5, n), x -> x.adaptiveAvgPool2d(3, 2),
                x -> x.adaptiveAvgPool2d(3, 2), x -> torch.adaptive_avg_pool2d(x, 3, 2));
        one("adaptiveAvgPool2d", "global", n -> real(2, 3, 3, n), x -> x.adaptiveAvgPool2d(1, 1),
                x -> x.adaptiveAvgPool2d(1, 1), x -> torch.adaptive_avg_pool2d(x, 1, 1));
        one("adaptiveAvgPool3d", "", n -> real(2, 2, 3, 4, n), x -> x.adaptiveAvgPool3d(2, 3, 2),
                x -> x.adaptiveAvgPool3d(2, 3, 2), x -> torch.adaptive_avg_pool3d(x, 2, 3, 2));
        one("adaptiveMaxPool1d", "", n -> real(2, 3, n), x -> x.adaptiveMaxPool1d(3), x -> x.adaptiveMaxPool1d(3),
                x -> torch.adaptive_max_pool1d(x, 3).get0()).exact();
        one("adaptiveMaxPool2d", "", n -> real(2, 3, 5, n), x -> x.adaptiveMaxPool2d(3, 2),
                x -> x.adaptiveMaxPool2d(3, 2), x -> torch.adaptive_max_pool2d(x, 3, 2).get0()).exact();
        one("adaptiveMaxPool3d", "", n -> real(2, 2, 3, 4, n), x -> x.adaptiveMaxPool3d(2, 3, 2),
                x -> x.adaptiveMaxPool3d(2, 3, 2), x -> torch.adaptive_max_pool3d(x, 2, 3, 2).get0()).exact();
    }

    private static void ofTaps() {
        Taps filter =
                Taps.of(5, new int[][] {{0, 4}, {1, 2, 3}, {2}, {}}, new double[][] {{0.5, -1}, {1, 2, 3}, {1}, {}});
        Tensor matrix = Tensor.of(new double[] {0.5, 0, 0, 0, -1, 0, 1, 2, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0})
                .to(DType.F32).reshape(4, 5).unscope();
        one("resample", "the last axis", n -> real(3, n, 5), x -> x.resample(filter), x -> x.resample(filter),
                x -> torch.matmul(x, Libtorch.tensor(matrix).t()));
        one("resample", "two axes", n -> real(2, 5, 5), x -> x.resample(filter, filter),
                x -> x.resample(filter, filter),
                x -> torch.matmul(torch.matmul(Libtorch.tensor(matrix), x), Libtorch.tensor(matrix).t()));
        Taps windows = Taps.of(5, new int[][] {{0, 1}, {1, 2}, {2, 3}, {3, 4}},
                new double[][] {{1, 1}, {1, 1}, {1, 1}, {1, 1}});
        one("maxPool", "", n -> real(2, n, 5), x -> x.maxPool(windows), x -> x.maxPool(windows),
                x -> torch.max_pool1d(x, of(2), of(1), of(0), of(1), false)).exact();
    }

    private static DoubleOptional scale(double factor) {
        return new DoubleOptional(factor);
    }

    private static org.bytedeco.pytorch.Tensor nearestExact(org.bytedeco.pytorch.Tensor x, long... size) {
        InterpolateFuncOptions options = new InterpolateFuncOptions();
        options.size().put(new LongVector(size));
        options.mode().put(new kNearestExact());
        return torch.interpolate(x, options);
    }

    private static void interpolation() {
        for (boolean corners : new boolean[] {false, true}) {
            String variant = corners ? ", corners aligned" : "";
            one("interpolate", "linear" + variant, n -> real(2, 3, n),
                    x -> x.interpolate(of(7), Interpolation.LINEAR, corners),
                    x -> x.interpolate(of(7), Interpolation.LINEAR, corners),
                    x -> torch.upsample_linear1d(x, of(7), corners));
            one("interpolate", "bilinear" + variant, n -> real(2, 3, 4, n),
                    x -> x.interpolate(of(7, 5), Interpolation.LINEAR, corners),
                    x -> x.interpolate(of(7, 5), Interpolation.LINEAR, corners),
                    x -> torch.upsample_bilinear2d(x, of(7, 5), corners));
            one("interpolate", "bilinear, larger" + variant, n -> real(2, 3, 4, n),
                    x -> x.interpolate(2, Interpolation.LINEAR, corners),
                    x -> x.interpolate(2, Interpolation.LINEAR, corners),
                    x -> torch.upsample_bilinear2d(x, of(8, 2 * x.size(3)), corners, scale(2), scale(2)));
            one("interpolate", "trilinear" + variant, n -> real(1, 2, 3, 2, n),
                    x -> x.interpolate(of(2, 3, 5), Interpolation.LINEAR, corners),
                    x -> x.interpolate(of(2, 3, 5), Interpolation.LINEAR, corners),
                    x -> torch.upsample_trilinear3d(x, of(2, 3, 5), corners));
            one("interpolate", "bicubic" + variant, n -> real(2, 3, 4, n),
                    x -> x.interpolate(of(7, 5), Interpolation.CUBIC, corners),
                    x -> x.interpolate(of(7, 5), Interpolation.CUBIC, corners),
                    x -> torch.upsample_bicubic2d(x, of(7, 5), corners)).tolerance(3e-5);
        }
        one("interpolate", "nearest", n -> real(2, 3, n), x -> x.interpolate(of(7), Interpolation.NEAREST, false),
                x -> x.interpolate(of(7), Interpolation.NEAREST, false), x -> torch.upsample_nearest1d(x, 7)).exact();
        one("interpolate", "nearest, larger", n -> real(2, 3, 4, n),
                x -> x.interpolate(2.5, Interpolation.NEAREST, false),
                x -> x.interpolate(2.5, Interpolation.NEAREST, false), x -> torch.upsample_nearest2d(x,
                        of(10, (long) Math.floor(2.5 * x.size(3))), scale(2.5), scale(2.5)))
                .exact();
        one("interpolate", "nearest, three axes", n -> real(1, 2, 3, 2, n),
                x -> x.interpolate(of(2, 3, 5), Interpolation.NEAREST, false),
                x -> x.interpolate(of(2, 3, 5), Interpolation.NEAREST, false),
                x -> torch.upsample_nearest3d(x, 2, 3, 5)).exact();
        one("interpolate", "nearest to the middle", n -> real(2, 3, 4, n),
                x -> x.interpolate(of(7, 5), Interpolation.NEAREST_EXACT, false),
                x -> x.interpolate(of(7, 5), Interpolation.NEAREST_EXACT, false),
                x -> nearestExact(x, 7, 5)).exact();
        one("interpolate", "area", n -> real(2, 3, 4, n), x -> x.interpolate(of(3, 5), Interpolation.AREA, false),
                x -> x.interpolate(of(3, 5), Interpolation.AREA, false), x -> torch.adaptive_avg_pool2d(x, 3, 5));
    }

    private static void pixels() {
        one("pixelShuffle", "", n -> real(2, 12, 3, n), x -> x.pixelShuffle(2), x -> x.pixelShuffle(2),
                x -> torch.pixel_shuffle(x, 2)).exact();
        one("pixelUnshuffle", "", n -> real(2, 2, 6, 3 * n), x -> x.pixelUnshuffle(3), x -> x.pixelUnshuffle(3),
                x -> torch.pixel_unshuffle(x, 3)).exact();
    }

    private static org.bytedeco.pytorch.Tensor batchNorm(org.bytedeco.pytorch.Tensor[] p, boolean running,
            boolean training) {
        return batchNorm(p, running, training, 1e-5);
    }

    private static org.bytedeco.pytorch.Tensor batchNorm(org.bytedeco.pytorch.Tensor[] p, boolean running,
            boolean training, double eps) {
        return torch.batch_norm(p[0], p.length > 1 ? new TensorOptional(p[1]) : new TensorOptional(),
                p.length > 2 ? new TensorOptional(p[2]) : new TensorOptional(),
                running ? new TensorOptional(p[3]) : new TensorOptional(),
                running ? new TensorOptional(p[4]) : new TensorOptional(), training, 0.1, eps, false);
    }

    private static void batchNorm() {
        row("batchNorm", "", n -> List.of(real(3, 2, n + 2), real(2), real(2))).upTo(257)
                .variables(v -> v[0].batchNorm(null, null, v[1], v[2], true, 0.1, 1e-5))
                .torch(p -> batchNorm(p, false, true));
        row("batchNorm", "of images", n -> List.of(real(2, 3, 4, n), real(3), real(3))).upTo(257)
                .variables(v -> v[0].batchNorm(null, null, v[1], v[2], true, 0.1, 1e-5))
                .torch(p -> batchNorm(p, false, true));
        // Equal examples, as broadcasting makes them, have variance 0, and roundings are divided by the root of eps: a large one.
        row("batchNorm", "of vectors", n -> List.of(real(5, n), real(n), real(n))).upTo(257)
                .variables(v -> v[0].batchNorm(null, null, v[1], v[2], true, 0.1, 0.1))
                .torch(p -> batchNorm(p, false, true, 0.1));
        row("batchNorm", "plain", n -> List.of(real(3, 2, n + 2))).upTo(257)
                .variables(v -> v[0].batchNorm(null, null, null, null, true, 0.1, 1e-5))
                .torch(p -> batchNorm(p, false, true));
        row("batchNorm", "far from zero", n -> List.of(within(98, 102, 3, 2, n + 2))).upTo(257).tolerance(1e-4).kinked()
                .variables(v -> v[0].batchNorm(null, null, null, null, true, 0.1, 1e-5))
                .torch(p -> batchNorm(p, false, true));
        row("batchNorm", "with running statistics",
                n -> List.of(real(3, 2, n), real(2), real(2), constant(2),
                        new Operand(null, false, false, 0.5, 2, new long[] {2})))
                .upTo(257)
                .variables(v -> v[0].batchNorm(v[3].value(), v[4].value(), v[1], v[2], false, 0.1, 1e-5))
                .torch(p -> batchNorm(p, true, false));
    }
}
