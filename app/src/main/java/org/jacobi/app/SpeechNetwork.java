package org.jacobi.app;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.BatchNorm2d;
import org.jacobi.layers.Conv2d;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.ReLU;
import org.jacobi.layers.Sequential;
import org.jacobi.layers.recurrent.GRU;
import org.jacobi.layers.recurrent.PackedSequence;
import org.jacobi.layers.recurrent.RecurrentConfig;
import org.jacobi.tensor.ConvOptions;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * Tells which letter is spoken in each frame: two convolutions over bands and time, of which the first halves both and the second the
 * bands, and a recurrent network in both directions (Amodei et al., "Deep Speech 2", 2016).
 */
final class SpeechNetwork extends Layer {
    private static final int LAYERS = 2;
    private static final double DROPOUT = 0.2;

    private final Sequential convolutions;
    private final GRU gru;
    private final Dropout dropout;
    private final Linear head;

    /**
     * Makes a network.
     *
     * @param bands    of the spectrogram
     * @param letters  how many classes a frame has, the blank included
     * @param channels of the convolutions
     * @param width    of the recurrent network's state, in each direction
     */
    SpeechNetwork(int bands, int letters, int channels, int width) {
        convolutions = add("convolutions", new Sequential(
                new Conv2d(1, channels, 3, new ConvOptions().stride(2).padding(1), false), new BatchNorm2d(channels),
                new ReLU(),
                new Conv2d(channels, channels, 3, new ConvOptions().stride(2, 1).padding(1), false),
                new BatchNorm2d(channels), new ReLU()));
        int rows = (int) halved(halved(bands));
        gru = add("gru", new GRU(RecurrentConfig.of((long) channels * rows, width).numLayers(LAYERS)
                .bidirectional(true).dropout(DROPOUT), Generator.global()));
        dropout = add("dropout", new Dropout(DROPOUT));
        head = add("head", new Linear(2L * width, letters));
    }

    /** Returns how many frames the network makes of so many. */
    static long halved(long frames) {
        return (frames + 1) / 2;
    }

    /** Takes spectrograms (N, 1, F, T) of one length to log probabilities (T / 2, N, letters). */
    @Override
    protected Variable compute(Variable x) {
        return logProbs(x, Tensor.full(halved(x.size(3)), DType.I64, x.size(0)));
    }

    /**
     * Returns the log probabilities (T / 2, N, letters) of the letters of each frame.
     *
     * @param x       (N, 1, F, T), whatever stands behind the end of a shorter one
     * @param lengths i64 (N): how many frames the network makes of each
     */
    Variable logProbs(Variable x, Tensor lengths) {
        Variable maps = convolutions.forward(x);                                             // (N, C, F / 4, T / 2)
        Variable frames = maps.permute(3, 0, 1, 2).flatten(2, 3);                            // (T / 2, N, C F / 4)
        PackedSequence packed = PackedSequence.packPaddedSequence(frames, lengths, false, false);
        Variable states = gru.forward(packed, null).output().padPackedSequence(false, 0, frames.size(0)).output();
        return head.forward(dropout.forward(states)).logSoftmax(-1);
    }
}
