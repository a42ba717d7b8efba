package org.jacobi.layers.vision.models;

import java.util.ArrayList;
import java.util.List;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.ConvTranspose2d;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.tensor.ConvOptions;

/**
 * A network that learns to give its input back through a narrow code (Hinton and Salakhutdinov, 2006): its parts are named
 * {@code encoder} and {@code decoder}.
 *
 * <p>The output is linear: train with the mean squared error, or apply a sigmoid for a cross-entropy of pixels in [0, 1].
 */
public final class Autoencoder extends Layer {
    private final Layer encoder;
    private final Layer decoder;

    private Autoencoder(Layer encoder, Layer decoder) {
        this.encoder = add("encoder", encoder);
        this.decoder = add("decoder", decoder);
    }

    /**
     * Returns a network of linear layers with ReLU between them, for inputs (B, sizes[0]).
     *
     * @param sizes numbers of features from the input to the code, such as 784, 128, 32; the decoder mirrors them
     */
    public static Autoencoder mlp(long... sizes) {
        requireTwo("mlp", "a number of features and the size of a code", sizes);
        return new Autoencoder(linears(sizes), linears(reversed(sizes)));
    }

    /**
     * Returns a network of 3 x 3 convolutions of stride 2 with ReLU between them, for images (B, channels[0], H, W), whose code
     * is (B, last channels, H / 2^n, W / 2^n) with n one less than there are numbers.
     *
     * @param channels numbers of channels from the input to the code, such as 1, 16, 32; the decoder mirrors them with
     *                 transposed convolutions
     */
    public static Autoencoder conv(long... channels) {
        requireTwo("conv", "a number of channels and that of a code", channels);
        return new Autoencoder(convolutions(channels, false), convolutions(reversed(channels), true));
    }

    private static void requireTwo(String kind, String what, long[] sizes) {
        if (sizes.length < 2) {
            throw new IllegalArgumentException(
                    "Autoencoder." + kind + ": expected at least " + what + ", got " + sizes.length + " numbers");
        }
    }

    private static long[] reversed(long[] sizes) {
        long[] reversed = new long[sizes.length];
        for (int i = 0; i < sizes.length; i++) {
            reversed[i] = sizes[sizes.length - 1 - i];
        }
        return reversed;
    }

    private static Sequential linears(long[] sizes) {
        List<Layer> layers = new ArrayList<>();
        for (int i = 1; i < sizes.length; i++) {
            layers.add(new Linear(sizes[i - 1], sizes[i]));
        }
        return withReluBetween(layers);
    }

    private static Sequential convolutions(long[] channels, boolean transposed) {
        ConvOptions halving = new ConvOptions().stride(2).padding(1);
        List<Layer> layers = new ArrayList<>();
        for (int i = 1; i < channels.length; i++) {
            // Of the two heights that a stride of 2 takes to the same one, outputPadding picks the even one.
            layers.add(transposed ? new ConvTranspose2d(channels[i - 1], channels[i], 3, halving.outputPadding(1))
                    : new Conv2d(channels[i - 1], channels[i], 3, halving));
        }
        return withReluBetween(layers);
    }

    private static Sequential withReluBetween(List<Layer> layers) {
        List<Layer> chain = new ArrayList<>();
        for (Layer layer : layers) {
            if (!chain.isEmpty()) {
                chain.add(new ReLU());
            }
            chain.add(layer);
        }
        return new Sequential(chain.toArray(Layer[]::new));
    }

    /** Returns the code of an input. */
    public Variable encode(Variable x) {
        return encoder.forward(x);
    }

    /** Returns what a code stands for. */
    public Variable decode(Variable code) {
        return decoder.forward(code);
    }

    /** Takes x to an image of it of the same shape. */
    @Override
    protected Variable compute(Variable x) {
        Variable y = decode(encode(x));
        if (!y.shape().equals(x.shape())) {
            throw new IllegalArgumentException(
                    "Autoencoder: an input of shape " + x.shape() + " comes back as " + y.shape()
                            + "; height and width must be multiples of what the convolutions halve them by");
        }
        return y;
    }
}
