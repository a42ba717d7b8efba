package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.tensor.ConvOptions;

/**
 * Convolutions to fewer channels, over 3 x 3 places, and to four times as many channels, with a way around them (He et al.,
 * 2016, figure 5 right). As in torchvision the middle one has the stride, where the paper gives it to the first.
 */
final class Bottleneck extends Layer {
    /** How many times as many channels come out as are in the middle. */
    static final long EXPANSION = 4;

    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Conv2d conv3;
    private final BatchNorm2d bn3;
    private final Layer downsample;

    /**
     * Makes a block.
     *
     * @param downsample gives x the shape of what it is added to; null if it has that
     */
    Bottleneck(long in, long middle, long stride, Layer downsample) {
        conv1 = add("conv1", new Conv2d(in, middle, 1, new ConvOptions(), false));
        bn1 = add("bn1", new BatchNorm2d(middle));
        conv2 = add("conv2", new Conv2d(middle, middle, 3, new ConvOptions().stride(stride).padding(1), false));
        bn2 = add("bn2", new BatchNorm2d(middle));
        conv3 = add("conv3", new Conv2d(middle, EXPANSION * middle, 1, new ConvOptions(), false));
        bn3 = add("bn3", new BatchNorm2d(EXPANSION * middle));
        this.downsample = downsample == null ? null : add("downsample", downsample);
    }

    /** Returns the normalization whose output is added to x. */
    BatchNorm2d lastNorm() {
        return bn3;
    }

    @Override
    protected Variable compute(Variable x) {
        Variable y = bn1.forward(conv1.forward(x)).relu(); // (B, middle, H, W)
        y = bn2.forward(conv2.forward(y)).relu(); // (B, middle, H / stride, W / stride)
        y = bn3.forward(conv3.forward(y)); // (B, 4 middle, H / stride, W / stride)
        return y.add(downsample == null ? x : downsample.forward(x)).relu();
    }
}
