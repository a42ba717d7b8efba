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
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;

/**
 * A VGG network (Simonyan and Zisserman, 2015): 3 x 3 convolutions in five stages, each followed by a max-pool, and three linear
 * layers. Names and shapes are torchvision's: {@code features.0}, {@code classifier.0} ... {@code classifier.6}.
 *
 * <p>Convolutions start with {@code kaiming_normal_} by fan-out, linear layers with normal numbers of deviation 0.01, biases
 * with 0. The parameter counts below are for 1000 classes; most are in {@code classifier.0}.
 */
public final class VGG extends ImageClassifier {
    /** The channels of each stage's convolutions. */
    private static final long[] CHANNELS = {64, 128, 256, 512, 512};

    private final Layer features;
    private final AdaptiveAvgPool2d avgpool;
    private final List<Layer> classifier;

    /** Returns a network of 11 layers: 132,863,336 parameters, or 132,868,840 with batch normalization. */
    public static VGG vgg11(long classes, boolean batchNorm) {
        return new VGG(new int[] {1, 1, 2, 2, 2}, classes, batchNorm);
    }

    /** Returns a network of 13 layers: 133,047,848 parameters, or 133,053,736 with batch normalization. */
    public static VGG vgg13(long classes, boolean batchNorm) {
        return new VGG(new int[] {2, 2, 2, 2, 2}, classes, batchNorm);
    }

    /** Returns a network of 16 layers: 138,357,544 parameters, or 138,365,992 with batch normalization. */
    public static VGG vgg16(long classes, boolean batchNorm) {
        return new VGG(new int[] {2, 2, 3, 3, 3}, classes, batchNorm);
    }

    /** Returns a network of 19 layers: 143,667,240 parameters, or 143,678,248 with batch normalization. */
    public static VGG vgg19(long classes, boolean batchNorm) {
        return new VGG(new int[] {2, 2, 4, 4, 4}, classes, batchNorm);
    }

    private VGG(int[] depths, long classes, boolean batchNorm) {
        super(3, 32, "classifier.6"); // five pools halve 32 pixels to 1
        checkClasses("VGG", classes);
        features = add("features", stages(depths, batchNorm));
        avgpool = add("avgpool", new AdaptiveAvgPool2d(7));
        classifier = List.of(add("classifier.0", new Linear(512 * 7 * 7, 4096)), add("classifier.1", new ReLU()),
                add("classifier.2", new Dropout(0.5)), add("classifier.3", new Linear(4096, 4096)),
                add("classifier.4", new ReLU()), add("classifier.5", new Dropout(0.5)));
        addHead(new Linear(4096, classes));
        FirstWeights.convolutionsByFanOut(this);
        FirstWeights.smallLinears(this);
    }

    private static Sequential stages(int[] depths, boolean batchNorm) {
        List<Layer> layers = new ArrayList<>();
        long in = 3;
        for (int stage = 0; stage < depths.length; stage++) {
            long out = CHANNELS[stage];
            for (int i = 0; i < depths[stage]; i++) {
                layers.add(new Conv2d(in, out, 3, 1, 1));
                if (batchNorm) {
                    layers.add(new BatchNorm2d(out));
                }
                layers.add(new ReLU());
                in = out;
            }
            layers.add(new MaxPool2d(2));
        }
        return new Sequential(layers.toArray(Layer[]::new));
    }

    @Override
    Variable trunk(Variable x) {
        Variable y = features.forward(x); // (B, 512, H / 32, W / 32)
        y = avgpool.forward(y).flatten(1, -1); // (B, 512 * 7 * 7)
        for (Layer layer : classifier) {
            y = layer.forward(y);
        }
        return y; // (B, 4096)
    }
}
