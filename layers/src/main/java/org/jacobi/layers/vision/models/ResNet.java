package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Identity;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.ConvOptions;

/**
 * A deep residual network (He et al., 2016) with torchvision's names and shapes: {@code conv1}, {@code bn1},
 * {@code layer1.0.conv1} ... {@code layer2.0.downsample.0} ... {@code fc}.
 *
 * <p>Convolutions start with {@code kaiming_normal_} by fan-out, normalizations with 1 and 0, the head as {@link Linear} does.
 * For the CIFAR networks of the paper's section 4.2 see {@link CifarResNet}.
 */
public final class ResNet extends ImageClassifier {
    /** What comes before the blocks. */
    public enum Stem {
        /** A 7 x 7 convolution and a max-pool, each of stride 2: for images of some 224 pixels a side. */
        IMAGENET,
        /** A 3 x 3 convolution of stride 1: for images of some 32 pixels a side. */
        CIFAR
    }

    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Layer maxpool;
    private final Layer layer1;
    private final Layer layer2;
    private final Layer layer3;
    private final Layer layer4;
    private final AdaptiveAvgPool2d avgpool;

    /** Returns a network of 18 layers for images of ImageNet's size: 11,689,512 parameters for 1000 classes. */
    public static ResNet resnet18(long classes) {
        return resnet18(classes, Stem.IMAGENET);
    }

    /** Returns a network of 18 layers. */
    public static ResNet resnet18(long classes, Stem stem) {
        return new ResNet(false, new int[] {2, 2, 2, 2}, classes, stem);
    }

    /** Returns a network of 34 layers: 21,797,672 parameters for 1000 classes. */
    public static ResNet resnet34(long classes) {
        return new ResNet(false, new int[] {3, 4, 6, 3}, classes, Stem.IMAGENET);
    }

    /** Returns a network of 50 layers: 25,557,032 parameters for 1000 classes. */
    public static ResNet resnet50(long classes) {
        return new ResNet(true, new int[] {3, 4, 6, 3}, classes, Stem.IMAGENET);
    }

    /**
     * Makes a network of 3-channel images.
     *
     * @param bottlenecks whether blocks have three convolutions, or else two
     * @param depths      how many blocks there are in each of the four stages
     */
    public ResNet(boolean bottlenecks, int[] depths, long classes, Stem stem) {
        super(3, 1, "fc");
        checkClasses("ResNet", classes);
        if (depths.length != 4) {
            throw new IllegalArgumentException("ResNet: there are " + depths.length + " depths; there are 4 stages");
        }
        boolean small = stem == Stem.CIFAR;
        conv1 = add("conv1", small ? new Conv2d(3, 64, 3, new ConvOptions().padding(1), false)
                : new Conv2d(3, 64, 7, new ConvOptions().stride(2).padding(3), false));
        bn1 = add("bn1", new BatchNorm2d(64));
        maxpool = add("maxpool", small ? new Identity() : new MaxPool2d(3, 2, 1));
        long expansion = bottlenecks ? Bottleneck.EXPANSION : 1;
        layer1 = add("layer1", stage(bottlenecks, 64, 64, depths[0], 1));
        layer2 = add("layer2", stage(bottlenecks, 64 * expansion, 128, depths[1], 2));
        layer3 = add("layer3", stage(bottlenecks, 128 * expansion, 256, depths[2], 2));
        layer4 = add("layer4", stage(bottlenecks, 256 * expansion, 512, depths[3], 2));
        avgpool = add("avgpool", new AdaptiveAvgPool2d(1));
        addHead(new Linear(512 * expansion, classes));
        FirstWeights.convolutionsByFanOut(this);
    }

    /** Returns blocks in a row, of which the first may change the number of channels and halve height and width. */
    private static Sequential stage(boolean bottlenecks, long in, long width, int depth, long stride) {
        if (depth < 1) {
            throw new IllegalArgumentException("ResNet: a stage has " + depth + " blocks; it must have at least 1");
        }
        long out = bottlenecks ? width * Bottleneck.EXPANSION : width;
        Layer[] blocks = new Layer[depth];
        for (int i = 0; i < depth; i++) {
            long from = i == 0 ? in : out;
            long step = i == 0 ? stride : 1;
            Layer downsample = step == 1 && from == out ? null
                    : new Sequential(new Conv2d(from, out, 1, new ConvOptions().stride(step), false),
                            new BatchNorm2d(out));
            blocks[i] = bottlenecks ? new Bottleneck(from, width, step, downsample)
                    : new BasicBlock(from, out, step, downsample);
        }
        return new Sequential(blocks);
    }

    /**
     * Starts every block as the identity, by zeros for the weight of its last normalization, and returns this network
     * (Goyal et al., 2017; torchvision's {@code zero_init_residual}).
     */
    public ResNet zeroInitResidual() {
        for (Layer layer : namedLayers().values()) {
            if (layer instanceof BasicBlock block) {
                Init.zeros_(block.lastNorm().weight().value());
            } else if (layer instanceof Bottleneck block) {
                Init.zeros_(block.lastNorm().weight().value());
            }
        }
        return this;
    }

    // The shapes are those of ResNet-18 for 224 x 224 pixels; bottlenecks give four times as many channels.
    @Override
    Variable trunk(Variable x) {
        Variable y = bn1.forward(conv1.forward(x)).relu(); // (B, 64, 112, 112)
        y = maxpool.forward(y); // (B, 64, 56, 56)
        y = layer1.forward(y);
        y = layer2.forward(y); // (B, 128, 28, 28)
        y = layer3.forward(y); // (B, 256, 14, 14)
        y = layer4.forward(y); // (B, 512, 7, 7)
        return avgpool.forward(y).flatten(1, -1); // (B, 512)
    }
}
