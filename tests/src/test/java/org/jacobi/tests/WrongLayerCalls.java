package org.jacobi.tests;

import static org.jacobi.tests.WrongCallsTest.ints;
import static org.jacobi.tests.WrongCallsTest.leaf;
import static org.jacobi.tests.WrongCallsTest.ones;
import static org.jacobi.tests.WrongCallsTest.refuses;
import static org.jacobi.tests.WrongCallsTest.refusesNow;

import java.util.Map;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm1d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Bilinear;
import org.jacobi.layers.Dropout2d;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.EmbeddingBag;
import org.jacobi.layers.GEGLU;
import org.jacobi.layers.GroupNorm;
import org.jacobi.layers.InstanceNorm2d;
import org.jacobi.layers.LayerDict;
import org.jacobi.layers.LayerList;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.PReLU;
import org.jacobi.layers.Parallel;
import org.jacobi.layers.ReflectionPad2d;
import org.jacobi.layers.Residual;
import org.jacobi.layers.Sequential;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Interpolation;
import org.jacobi.tensor.Taps;

/** The rows of {@link WrongCallsTest} for pooling, normalization of channels, and the layers made of them. */
final class WrongLayerCalls {
    private WrongLayerCalls() {
    }

    static void add() {
        pooling();
        normalization();
        layers();
    }

    private static long[] two(long size) {
        return new long[] {size, size};
    }

    private static void pooling() {
        refuses("maxPool2d of a matrix", () -> ones(3, 4).maxPool2d(2), "maxPool2d:", "(N, C, H, W)", "(3, 4)");
        refuses("maxPool2d with a window larger than the input", () -> ones(1, 1, 3, 3).maxPool2d(4), "maxPool2d:",
                "window of 4", "axis 2", "(1, 1, 3, 3)");
        refuses("maxPool2d with too much padding", () -> ones(1, 1, 9, 9).maxPool2d(2, 2, 2), "maxPool2d:", "padding 2",
                "half");
        refuses("maxPool2d with a stride of 0", () -> ones(1, 1, 9, 9).maxPool2d(2, 0, 0), "maxPool2d:", "stride 0");
        refuses("maxPool2d with one size", () -> ones(1, 1, 9, 9).maxPool2d(new long[] {2}, two(2), two(0), two(1),
                false), "maxPool2d:", "1 axes", "2");
        refuses("maxPool2d of integers", () -> ones(1, 1, 4, 4).to(DType.I64).maxPool2d(2), "maxPool2d:", "I64",
                "to(DType.F32)");
        refuses("avgPool1d of four axes", () -> ones(1, 1, 4, 4).avgPool1d(2), "avgPool1d:", "(N, C, L)");
        refuses("adaptiveAvgPool2d to 0", () -> ones(1, 1, 4, 4).adaptiveAvgPool2d(0, 2), "adaptiveAvgPool2d:", "0");
        refuses("resample with taps of another size",
                () -> ones(2, 4).resample(Taps.of(3, new int[][] {{0}}, new double[][] {{1}})), "resample:", "3",
                "(2, 4)");
        refuses("maxPool with an empty window",
                () -> ones(2, 3).maxPool(Taps.of(3, new int[][] {{0}, {}}, new double[][] {{1}, {}})), "maxPool:",
                "window 1", "empty");
        refuses("taps that lie outside", () -> Taps.of(3, new int[][] {{3}}, new double[][] {{1}}), "taps:", "3");
        refuses("interpolate of a matrix", () -> ones(3, 4).interpolate(2, Interpolation.LINEAR, false), "interpolate:",
                "(3, 4)");
        refuses("interpolate to nothing", () -> ones(1, 1, 4).interpolate(0.1, Interpolation.NEAREST, false),
                "interpolate:", "(1, 1, 4)", "at least 1");
        refuses("interpolate with the corners of what is nearest",
                () -> ones(1, 1, 4).interpolate(2, Interpolation.NEAREST, true), "interpolate:", "alignCorners",
                "NEAREST");
        refuses("pixelShuffle of 5 channels", () -> ones(1, 5, 2, 2).pixelShuffle(2), "pixelShuffle:", "5",
                "(1, 5, 2, 2)");
        refuses("pixelUnshuffle of 3 rows", () -> ones(1, 5, 3, 2).pixelUnshuffle(2), "pixelUnshuffle:",
                "(1, 5, 3, 2)");
    }

    private static void normalization() {
        refuses("BatchNorm2d of three axes", () -> new BatchNorm2d(3).forward(leaf(2, 3, 4)), "BatchNorm2d:",
                "(N, C, H, W)", "(2, 3, 4)");
        refuses("BatchNorm2d of other channels", () -> new BatchNorm2d(3).forward(leaf(2, 4, 5, 5)), "BatchNorm2d:",
                "3 channels", "(2, 4, 5, 5)");
        refuses("BatchNorm1d of one example", () -> new BatchNorm1d(3).forward(leaf(1, 3)), "batchNorm:",
                "more than 1 value per channel when training", "(1, 3)", "eval()");
        refuses("batchNorm without statistics",
                () -> leaf(2, 3).batchNorm(null, null, null, null, false, 0.1, 1e-5), "batchNorm:", "running");
        refuses("batchNorm with a weight of 4", () -> leaf(2, 3).batchNorm(null, null, leaf(4), null, true, 0.1, 1e-5),
                "batchNorm:", "weight", "(4)", "(3)");
        refuses("GroupNorm of 5 channels in 2 groups", () -> new GroupNorm(2, 5), "GroupNorm:", "5", "2");
        refuses("GroupNorm of other channels", () -> new GroupNorm(2, 4).forward(leaf(2, 6, 3)), "GroupNorm:", "4",
                "(2, 6, 3)");
        refuses("InstanceNorm2d of one pixel", () -> new InstanceNorm2d(3).forward(leaf(2, 3, 1, 1)),
                "InstanceNorm2d:", "more than 1 value", "(2, 3, 1, 1)");
    }

    private static void layers() {
        refuses("MaxPool2d(2, 2, 2)", () -> new MaxPool2d(2, 2, 2), "MaxPool2d:", "half");
        refuses("AdaptiveAvgPool2d(0)", () -> new AdaptiveAvgPool2d(0), "AdaptiveAvgPool2d:", "0");
        refuses("Dropout2d of a matrix", () -> new Dropout2d(0.5).forward(leaf(2, 3)), "Dropout2d:", "(2, 3)");
        refuses("PReLU with 3 slopes for 4 channels", () -> new PReLU(3).forward(leaf(2, 4)), "prelu:", "(3)", "4");
        refuses("glu of 5 columns", () -> leaf(2, 5).glu(1), "glu:", "5", "even");
        refuses("GEGLU of 5 columns", () -> new GEGLU().forward(leaf(2, 5)), "GEGLU:", "(2, 5)");
        refuses("softshrink by -1", () -> leaf(2).softshrink(-1), "softshrink:", "-1");
        refuses("Residual with another shape", () -> new Residual(new Linear(3, 4)).forward(leaf(2, 3)), "Residual:",
                "(2, 4)", "(2, 3)", "shortcut");
        refuses("Parallel that adds other shapes",
                () -> Parallel.summed(new Linear(3, 4), new Linear(3, 5)).forward(leaf(2, 3)), "Parallel:", "(2, 4)",
                "(2, 5)");
        refuses("Bilinear of other sizes", () -> new Bilinear(2, 3, 4).forward(leaf(5, 2), leaf(5, 2)), "Bilinear:",
                "(5, 2)", "3");
        refusesNow("Bilinear of one input", () -> new Bilinear(2, 3, 4).forward(leaf(5, 2)), "Bilinear:", "two inputs");
        refusesNow("a LayerList that is called", () -> new LayerList<>(new Linear(2, 2)).forward(leaf(5, 2)),
                "LayerList:", "Sequential");
        refuses("LayerDict without the layer", () -> new LayerDict<>(Map.of("a", new Linear(2, 2))).get("b"),
                "LayerDict:", "'b'", "[a]");
        refuses("Embedding with padding beyond its end", () -> Embedding.withPadding(3, 2, 3), "Embedding:", "3");
        refuses("EmbeddingBag with offsets that fall",
                () -> new EmbeddingBag(3, 2).forward(ints(0, 1, 2), ints(0, 2, 1)), "EmbeddingBag:",
                "offset 2");
        refuses("EmbeddingBag of a vector", () -> new EmbeddingBag(3, 2).forward(Variable.constant(ints(0, 1))),
                "EmbeddingBag:", "(2)", "offsets");
        refuses("ReflectionPad2d of a matrix", () -> new ReflectionPad2d(1).forward(leaf(4, 4)), "ReflectionPad2d:",
                "(4, 4)");
        refuses("BatchNorm2d in a Sequential", () -> new Sequential(new BatchNorm2d(3)).forward(leaf(2, 3)),
                "0 (BatchNorm2d): BatchNorm2d:", "(2, 3)");
    }
}
