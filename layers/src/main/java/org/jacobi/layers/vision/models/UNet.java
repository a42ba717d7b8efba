package org.jacobi.layers.vision.models;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.ConvTranspose2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.MaxPool2d;
import org.jacobi.layers.PairLayer;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.Upsample;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.Interpolation;

/**
 * A U-Net (Ronneberger et al., 2015): scores every pixel for every class, by what is around it on several scales.
 *
 * <p>Convolutions are padded, so that the output has the input's height and width. Names and shapes are those of the PyTorch
 * implementation that is widely used: {@code inc.double_conv.0}, {@code down1.maxpool_conv.1.double_conv.0} ...
 * {@code up1.up}, {@code up1.conv.double_conv.0} ... {@code outc.conv}. Everything starts as its layers do.
 */
public final class UNet extends Layer {
    /**
     * How a network is built.
     *
     * @param baseWidth channels of the first level; each level down has twice as many
     * @param depth     how often height and width are halved
     * @param bilinear  whether resolution comes back by interpolation, or else by transposed convolutions
     * @param batchNorm whether convolutions are normalized; if so they have no bias
     */
    public record Options(long baseWidth, int depth, boolean bilinear, boolean batchNorm) {
        /** The paper's network, with normalization: 64 channels, 4 levels down, transposed convolutions. */
        public Options() {
            this(64, 4, false, true);
        }

        /** Checks the numbers. */
        public Options {
            if (baseWidth < 1 || depth < 1 || depth > 16 || bilinear && baseWidth % 2 != 0) {
                throw new IllegalArgumentException("UNet: baseWidth " + baseWidth + " and depth " + depth
                        + " must be at least 1, the depth at most 16, and the width even where up-sampling is bilinear");
            }
        }

        /** Returns the options with another number of channels at the first level. */
        public Options baseWidth(long baseWidth) {
            return new Options(baseWidth, depth, bilinear, batchNorm);
        }

        /** Returns the options with another depth. */
        public Options depth(int depth) {
            return new Options(baseWidth, depth, bilinear, batchNorm);
        }

        /** Returns the options with the other or the same way up. */
        public Options bilinear(boolean bilinear) {
            return new Options(baseWidth, depth, bilinear, batchNorm);
        }

        /** Returns the options with or without normalization. */
        public Options batchNorm(boolean batchNorm) {
            return new Options(baseWidth, depth, bilinear, batchNorm);
        }
    }

    private final long channels;
    private final Layer inc;
    private final List<Layer> downs = new ArrayList<>();
    private final List<Up> ups = new ArrayList<>();
    private final Layer outc;

    /** Makes the paper's network with normalization. */
    public UNet(long channels, long classes) {
        this(channels, classes, new Options());
    }

    /** Makes a network for images of some channels; one class is enough to tell foreground from background. */
    public UNet(long channels, long classes, Options options) {
        if (channels < 1 || classes < 1) {
            throw new IllegalArgumentException(
                    "UNet: " + channels + " channels and " + classes + " classes must be at least 1");
        }
        this.channels = channels;
        int depth = options.depth();
        boolean norm = options.batchNorm();
        // Interpolation keeps the number of channels, so that the levels before it give half as many.
        long factor = options.bilinear() ? 2 : 1;
        long width = options.baseWidth();
        inc = add("inc", new DoubleConv(channels, width, width, norm));
        for (int i = 1; i <= depth; i++) {
            long out = i == depth ? 2 * width / factor : 2 * width;
            downs.add(add("down" + i, new Down(width, out, norm)));
            width *= 2;
        }
        for (int i = 1; i <= depth; i++) {
            long out = i == depth ? width / 2 : width / 2 / factor;
            ups.add(add("up" + i, new Up(width, out, options.bilinear(), norm)));
            width /= 2;
        }
        outc = add("outc", new OutConv(width, classes));
    }

    /** Takes images (B, C, H, W) to scores (B, classes, H, W), which are logits. */
    @Override
    protected Variable compute(Variable x) {
        long least = 1L << downs.size();
        if (x.rank() != 4 || x.size(1) != channels || x.size(2) < least || x.size(3) < least) {
            throw new IllegalArgumentException(
                    "UNet: expected images (B, " + channels + ", H, W) with H and W at least "
                            + least + ", which " + downs.size() + " pools halve, got shape " + x.shape());
        }
        List<Variable> skips = new ArrayList<>();
        Variable y = inc.forward(x); // (B, width, H, W)
        for (Layer down : downs) {
            skips.add(y);
            y = down.forward(y); // twice the channels, half the height and width
        }
        for (Up up : ups) {
            y = up.forward(y, skips.removeLast()); // half the channels, twice the height and width
        }
        return outc.forward(y); // (B, classes, H, W)
    }

    /** Two 3 x 3 convolutions that keep height and width, each with ReLU. */
    private static final class DoubleConv extends Layer {
        private final Layer doubleConv;

        DoubleConv(long in, long middle, long out, boolean norm) {
            List<Layer> layers = new ArrayList<>();
            for (long[] sizes : new long[][] {{in, middle}, {middle, out}}) {
                layers.add(new Conv2d(sizes[0], sizes[1], 3, new ConvOptions().padding(1), !norm));
                if (norm) {
                    layers.add(new BatchNorm2d(sizes[1]));
                }
                layers.add(new ReLU());
            }
            doubleConv = add("double_conv", new Sequential(layers.toArray(Layer[]::new)));
        }

        @Override
        protected Variable compute(Variable x) {
            return doubleConv.forward(x);
        }
    }

    /** One level down. */
    private static final class Down extends Layer {
        private final Layer maxpoolConv;

        Down(long in, long out, boolean norm) {
            maxpoolConv = add("maxpool_conv", new Sequential(new MaxPool2d(2), new DoubleConv(in, out, out, norm)));
        }

        @Override
        protected Variable compute(Variable x) {
            return maxpoolConv.forward(x);
        }
    }

    /** One level up, joined with what was at that level on the way down. */
    private static final class Up extends PairLayer {
        private final Layer up;
        private final Layer conv;

        Up(long in, long out, boolean bilinear, boolean norm) {
            up = add("up", bilinear ? new Upsample(2, Interpolation.LINEAR, true)
                    : new ConvTranspose2d(in, in / 2, 2, new ConvOptions().stride(2)));
            conv = add("conv", new DoubleConv(in, bilinear ? in / 2 : out, out, norm));
        }

        /** Returns what becomes of x (B, C, h, w) and skip (B, C', H, W), with H 2h or 2h + 1, and W alike. */
        @Override
        protected Variable compute(Variable x, Variable skip) {
            Variable wide = up.forward(x); // (B, C or C / 2, 2h, 2w)
            long rows = skip.size(2) - wide.size(2);
            long columns = skip.size(3) - wide.size(3);
            if (rows != 0 || columns != 0) {
                wide = wide.pad(columns / 2, columns - columns / 2, rows / 2, rows - rows / 2); // (B, ., H, W)
            }
            return conv.forward(Variable.cat(1, skip, wide));
        }
    }

    /** A score for each class. */
    private static final class OutConv extends Layer {
        private final Conv2d conv;

        OutConv(long in, long classes) {
            conv = add("conv", new Conv2d(in, classes, 1));
        }

        @Override
        protected Variable compute(Variable x) {
            return conv.forward(x);
        }
    }
}
