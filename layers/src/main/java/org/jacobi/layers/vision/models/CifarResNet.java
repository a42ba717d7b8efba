package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.AdaptiveAvgPool2d;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.init.Init;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Generator;

/**
 * The residual networks for CIFAR images (He et al., 2016, section 4.2): 6n + 2 layers in three stages of 16, 32 and 64
 * channels, whose shortcuts have no parameters (option A).
 *
 * <p>Parameters are named as in the PyTorch implementation that is widely used for these networks: {@code conv1}, {@code bn1},
 * {@code layer1.0.conv1} ... {@code linear}. Weights start with {@code kaiming_normal_}, as the paper says.
 */
public final class CifarResNet extends ImageClassifier {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Layer layer1;
    private final Layer layer2;
    private final Layer layer3;
    private final AdaptiveAvgPool2d avgpool;

    /** Returns a network of 20 layers: 269,722 parameters for 10 classes. */
    public static CifarResNet resnet20(long classes) {
        return new CifarResNet(3, classes);
    }

    /** Returns a network of 32 layers: 464,154 parameters for 10 classes. */
    public static CifarResNet resnet32(long classes) {
        return new CifarResNet(5, classes);
    }

    /** Returns a network of 44 layers: 658,586 parameters for 10 classes. */
    public static CifarResNet resnet44(long classes) {
        return new CifarResNet(7, classes);
    }

    /** Returns a network of 56 layers: 853,018 parameters for 10 classes. */
    public static CifarResNet resnet56(long classes) {
        return new CifarResNet(9, classes);
    }

    /** Makes a network of 6n + 2 layers, with n blocks in a stage. */
    public CifarResNet(int n, long classes) {
        super(3, 1, "linear");
        checkClasses("CifarResNet", classes);
        if (n < 1) {
            throw new IllegalArgumentException("CifarResNet: a stage has " + n + " blocks; it must have at least 1");
        }
        conv1 = add("conv1", new Conv2d(3, 16, 3, new ConvOptions().padding(1), false));
        bn1 = add("bn1", new BatchNorm2d(16));
        layer1 = add("layer1", stage(16, 16, n, 1));
        layer2 = add("layer2", stage(16, 32, n, 2));
        layer3 = add("layer3", stage(32, 64, n, 2));
        avgpool = add("avgpool", new AdaptiveAvgPool2d(1));
        addHead(new Linear(64, classes));
        for (Layer layer : namedLayers().values()) {
            if (layer instanceof Conv2d conv) {
                Init.kaimingNormal_(conv.weight().value(), 0, Generator.global());
            } else if (layer instanceof Linear linear) {
                Init.kaimingNormal_(linear.weight().value(), 0, Generator.global());
            }
        }
    }

    private static Sequential stage(long in, long out, int n, long stride) {
        Layer[] blocks = new Layer[n];
        blocks[0] = new BasicBlock(in, out, stride, stride == 1 ? null : new PaddedShortcut(in, out, stride));
        for (int i = 1; i < n; i++) {
            blocks[i] = new BasicBlock(out, out, 1, null);
        }
        return new Sequential(blocks);
    }

    // The shapes are those for 32 x 32 pixels.
    @Override
    Variable trunk(Variable x) {
        Variable y = bn1.forward(conv1.forward(x)).relu(); // (B, 16, 32, 32)
        y = layer1.forward(y);
        y = layer2.forward(y); // (B, 32, 16, 16)
        y = layer3.forward(y); // (B, 64, 8, 8)
        return avgpool.forward(y).flatten(1, -1); // (B, 64)
    }

    /** Every second pixel of every second row, with channels of zeros before and after: the shortcut of option A. */
    private static final class PaddedShortcut extends Layer {
        private final long before;
        private final long after;
        private final long stride;

        PaddedShortcut(long in, long out, long stride) {
            before = (out - in) / 2;
            after = out - in - before;
            this.stride = stride;
        }

        @Override
        protected Variable compute(Variable x) {
            Variable sparse = x.slice(2, 0, x.size(2), stride).slice(3, 0, x.size(3), stride); // (B, in, H / 2, W / 2)
            return sparse.pad(0, 0, 0, 0, before, after); // (B, out, H / 2, W / 2)
        }
    }
}
