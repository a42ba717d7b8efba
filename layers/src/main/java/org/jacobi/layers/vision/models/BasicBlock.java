package org.jacobi.layers.vision.models;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Layer;
import org.jacobi.tensor.ConvOptions;

/** Two 3 x 3 convolutions and a way around them (He et al., 2016, figure 5 left): relu(bn2(conv2(relu(bn1(conv1 x)))) + x). */
final class BasicBlock extends Layer {
    private final Conv2d conv1;
    private final BatchNorm2d bn1;
    private final Conv2d conv2;
    private final BatchNorm2d bn2;
    private final Layer downsample;

    /**
     * Makes a block.
     *
     * @param downsample gives x the shape of what it is added to; null if it has that
     */
    BasicBlock(long in, long out, long stride, Layer downsample) {
        conv1 = add("conv1", new Conv2d(in, out, 3, new ConvOptions().stride(stride).padding(1), false));
        bn1 = add("bn1", new BatchNorm2d(out));
        conv2 = add("conv2", new Conv2d(out, out, 3, new ConvOptions().padding(1), false));
        bn2 = add("bn2", new BatchNorm2d(out));
        this.downsample = downsample == null ? null : add("downsample", downsample);
    }

    /** Returns the normalization whose output is added to x. */
    BatchNorm2d lastNorm() {
        return bn2;
    }

    @Override
    protected Variable compute(Variable x) {
        Variable y = bn1.forward(conv1.forward(x)).relu(); // (B, out, H / stride, W / stride)
        y = bn2.forward(conv2.forward(y));
        return y.add(downsample == null ? x : downsample.forward(x)).relu();
    }
}
