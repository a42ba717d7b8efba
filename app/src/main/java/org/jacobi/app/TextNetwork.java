package org.jacobi.app;

import java.util.Arrays;

import org.jacobi.autograd.Variable;
import org.jacobi.layers.Dropout;
import org.jacobi.layers.Embedding;
import org.jacobi.layers.Layer;
import org.jacobi.layers.Linear;
import org.jacobi.layers.recurrent.LSTM;
import org.jacobi.layers.recurrent.LstmState;
import org.jacobi.layers.recurrent.RecurrentConfig;
import org.jacobi.layers.recurrent.RecurrentOutput;
import org.jacobi.tensor.DType;
import org.jacobi.tensor.Generator;
import org.jacobi.tensor.Tensor;

/**
 * A language model of long short-term memory (Graves, "Generating Sequences With Recurrent Neural Networks", 2013).
 *
 * <p>Beside its parameters it has a buffer {@code bigrams} (V, V): the logarithm of how likely each token is after each other one in the
 * text that it learned from, so that whatever it is measured on, it can be compared with the model of these pairs.
 */
final class TextNetwork extends Layer {
    private final int layers;
    private final int width;
    private final Embedding embedding;
    private final LSTM lstm;
    private final Dropout dropout;
    private final Linear head;
    private final Tensor bigrams;

    TextNetwork(int vocabulary, int width, int layers, double dropout) {
        this.layers = layers;
        this.width = width;
        embedding = add("embedding", new Embedding(vocabulary, width));
        lstm = add("lstm", new LSTM(RecurrentConfig.of(width, width).numLayers(layers).batchFirst(true)
                .dropout(layers > 1 ? dropout : 0), Generator.global()));
        this.dropout = add("dropout", new Dropout(dropout));
        head = add("head", new Linear(width, vocabulary));
        bigrams = buffer("bigrams", Tensor.zeros(DType.F32, vocabulary, vocabulary));
    }

    /** Takes tokens (B, T) to the scores (B, T, V) of the tokens after them. */
    @Override
    protected Variable compute(Variable tokens) {
        return read(tokens.value(), null).output();
    }

    /**
     * Returns the scores (B, T, V) of the tokens after each of the given ones, and the state after the last.
     *
     * @param tokens i64 (B, T)
     * @param before the state before the first; null for the beginning of a text
     */
    RecurrentOutput<Variable, LstmState> read(Tensor tokens, LstmState before) {
        RecurrentOutput<Variable, LstmState> out = lstm.forward(embedding.forward(tokens), before);
        return new RecurrentOutput<>(head.forward(dropout.forward(out.output())), out.state());
    }

    /** Returns a state (layers, B, H) of zeros. */
    Tensor zeroState(long streams) {
        return Tensor.zeros(device(), DType.F32, layers, streams, width);
    }

    /**
     * Counts the pairs of a text; one is added to each count, so that every pair is possible.
     *
     * @param tokens what the network is going to learn from
     */
    void countBigrams(long[] tokens) {
        int vocabulary = (int) bigrams.size(0);
        double[] counts = new double[vocabulary * vocabulary];
        Arrays.fill(counts, 1);
        for (int i = 1; i < tokens.length; i++) {
            counts[(int) (tokens[i - 1] * vocabulary + tokens[i])]++;
        }
        Tensor all = Tensor.of(counts, vocabulary, vocabulary);
        bigrams.copy_(all.div(all.sum(true, 1)).log().to(DType.F32));
    }

    /** Returns minus the logarithm of the probability of each of the pairs (N) by their counts. */
    Tensor bigramLosses(Tensor inputs, Tensor targets) {
        return bigrams.indexSelect(0, inputs).gather(1, targets.unsqueeze(1)).squeeze(1).neg();
    }
}
