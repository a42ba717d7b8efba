package org.jacobi.layers.recurrent;

/**
 * How a recurrent network is built; the names and defaults are PyTorch's.
 *
 * <pre>{@code
 * new LSTM(RecurrentConfig.of(256, 256).numLayers(2).batchFirst(true), generator)
 * }</pre>
 *
 * @param numLayers     how many layers stand on each other
 * @param batchFirst    whether inputs and outputs are (B, T, …) and not (T, B, …)
 * @param dropout       the probability with which each element between two layers is dropped in training
 * @param bidirectional whether every layer also runs from the end, beside itself
 * @param projSize      of LSTM: the size of the state after a learned projection; 0 for none (Sak, Senior and Beaufays, 2014)
 */
public record RecurrentConfig(long inputSize, long hiddenSize, int numLayers, boolean bias, boolean batchFirst,
        double dropout, boolean bidirectional, long projSize) {
    /** Checks that a network can be built so. */
    public RecurrentConfig {
        if (inputSize < 1 || hiddenSize < 1 || numLayers < 1) {
            throw new IllegalArgumentException("RecurrentConfig: inputSize " + inputSize + ", hiddenSize " + hiddenSize
                    + " and numLayers " + numLayers + " must be at least 1");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "RecurrentConfig: dropout is " + dropout + "; it must be at least 0 and below 1");
        }
        if (projSize < 0 || projSize >= hiddenSize) {
            throw new IllegalArgumentException("RecurrentConfig: projSize is " + projSize
                    + "; it must be 0 for none, or smaller than hiddenSize " + hiddenSize);
        }
    }

    /** Returns one layer with biases, in one direction. */
    public static RecurrentConfig of(long inputSize, long hiddenSize) {
        return new RecurrentConfig(inputSize, hiddenSize, 1, true, false, 0, false, 0);
    }

    public RecurrentConfig numLayers(int numLayers) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    public RecurrentConfig bias(boolean bias) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    public RecurrentConfig batchFirst(boolean batchFirst) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    public RecurrentConfig dropout(double dropout) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    public RecurrentConfig bidirectional(boolean bidirectional) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    public RecurrentConfig projSize(long projSize) {
        return new RecurrentConfig(inputSize, hiddenSize, numLayers, bias, batchFirst, dropout, bidirectional,
                projSize);
    }

    /** Returns how many directions each layer has. */
    public int directions() {
        return bidirectional ? 2 : 1;
    }

    /** Returns the size of the state h, which is that of the output of one direction. */
    public long stateSize() {
        return projSize == 0 ? hiddenSize : projSize;
    }
}
