package org.jacobi.layers.vision.models;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.ReLU6;
import org.jacobi.layers.Sequential;
import org.jacobi.tensor.ConvOptions;

/**
 * MobileNetV2 (Sandler et al., 2018): blocks that widen, look at each channel by itself, and narrow again. Names and shapes are
 * torchvision's: {@code features.0.0} ... {@code features.1.conv.0.0} ... {@code classifier.1}.
 *
 * <p>Convolutions start with {@code kaiming_normal_} by fan-out, the head with normal numbers of deviation 0.01.
 */
public final class MobileNetV2 extends ImageClassifier {
    /** The paper's table 2: how many times as wide inside, channels, blocks, and the first block's stride. */
    private static final int[][] STAGES = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1},
        {6, 160, 3, 2}, {6, 320, 1, 1}};
    /** Numbers of channels are multiples of this. */
    private static final int DIVISOR = 8;

    private final Layer features;
    private final AdaptiveAvgPool2d avgpool;
    private final Dropout dropout;

    /** Returns a network of the usual width: 3,504,872 parameters for 1000 classes. */
    public static MobileNetV2 mobilenetV2(long classes) {
        return new MobileNetV2(classes, 1);
    }

    /**
     * Makes a network for 3-channel images.
     *
     * @param widthMult what numbers of channels are multiplied with, then rounded to multiples of 8
     */
    public MobileNetV2(long classes, double widthMult) {
        super(3, 1, "classifier.1");
        checkClasses("MobileNetV2", classes);
        if (!(widthMult > 0 && widthMult < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("MobileNetV2: widthMult is " + widthMult + "; it must be positive");
        }
        long in = divisible(32 * widthMult);
        List<Layer> layers = new ArrayList<>();
        layers.add(convolution(3, in, 3, 2, 1));
        for (int[] stage : STAGES) {
            long out = divisible(stage[1] * widthMult);
            for (int i = 0; i < stage[2]; i++) {
                layers.add(new InvertedResidual(in, out, i == 0 ? stage[3] : 1, stage[0]));
                in = out;
            }
        }
        long last = divisible(1280 * Math.max(1, widthMult));
        layers.add(convolution(in, last, 1, 1, 1));
        features = add("features", new Sequential(layers.toArray(Layer[]::new)));
        avgpool = add("avgpool", new AdaptiveAvgPool2d(1));
        dropout = add("classifier.0", new Dropout(0.2));
        addHead(new Linear(last, classes));
        FirstWeights.convolutionsByFanOut(this);
        FirstWeights.smallLinears(this);
    }

    /** Returns the nearest multiple of 8, but not less than nine tenths of the number. */
    private static long divisible(double channels) {
        long rounded = Math.max(DIVISOR, (long) (channels + DIVISOR / 2.0) / DIVISOR * DIVISOR);
        return rounded < 0.9 * channels ? rounded + DIVISOR : rounded;
    }

    /** Returns a convolution without bias that keeps the size but for its stride, normalization and ReLU6. */
    private static Sequential convolution(long in, long out, long kernel, long stride, long groups) {
        return new Sequential(
                new Conv2d(in, out, kernel, new ConvOptions().stride(stride).padding(kernel / 2).groups(groups), false),
                new BatchNorm2d(out), new ReLU6());
    }

    // The shapes are those for 224 x 224 pixels and a widthMult of 1.
    @Override
    Variable trunk(Variable x) {
        Variable y = features.forward(x); // (B, 1280, 7, 7)
        y = avgpool.forward(y).flatten(1, -1); // (B, 1280)
        return dropout.forward(y);
    }

    /** The paper's block (figure 4): 1 x 1 to more channels, 3 x 3 in each by itself, 1 x 1 to fewer, with a way around. */
    static final class InvertedResidual extends Layer {
        private final Layer conv;
        private final boolean around;

        InvertedResidual(long in, long out, long stride, long expandRatio) {
            long wide = in * expandRatio;
            List<Layer> layers = new ArrayList<>();
            if (expandRatio != 1) {
                layers.add(convolution(in, wide, 1, 1, 1));
            }
            layers.add(convolution(wide, wide, 3, stride, wide));
            layers.add(new Conv2d(wide, out, 1, new ConvOptions(), false));
            layers.add(new BatchNorm2d(out));
            conv = add("conv", new Sequential(layers.toArray(Layer[]::new)));
            around = stride == 1 && in == out;
        }

        /** Takes (B, in, H, W) to (B, out, H / stride, W / stride). */
        @Override
        protected Variable compute(Variable x) {
            Variable y = conv.forward(x);
            return around ? x.add(y) : y;
        }
    }
}
