package org.jacobi.transformer;

/**
 * The shape of a {@link GPT}.
 *
 * @param vocabSize     the number of different tokens
 * @param contextLength the largest number of tokens that are seen at once
 * @param layers        the number of blocks
 * @param heads         the number of attention heads of a block; must divide channels
 * @param channels      the size of the vectors that pass through the blocks
 * @param dropout       the probability with which elements are dropped while training; 0 for none
 * @param bias          whether linear maps and normalizations have biases
 * @param tiedHead      whether the output layer shares the token embedding's weight (Press and Wolf, 2017), as in GPT-2
 * @param exactGelu     whether GELU is exact, as in nanoGPT, or approximated by tanh, as in GPT-2
 */
public record GPTConfig(long vocabSize, int contextLength, int layers, int heads, int channels, double dropout,
        boolean bias, boolean tiedHead, boolean exactGelu) {
    /** Checks every field; messages name it and its value. */
    public GPTConfig {
        requirePositive("vocabSize", vocabSize);
        requirePositive("contextLength", contextLength);
        requirePositive("layers", layers);
        requirePositive("heads", heads);
        requirePositive("channels", channels);
        if (channels % heads != 0) {
            throw new IllegalArgumentException("GPTConfig: channels " + channels + " cannot be shared evenly by heads "
                    + heads + "; make channels a multiple of heads");
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException(
                    "GPTConfig: dropout is " + dropout + "; it must be at least 0 and below 1");
        }
    }

    private static void requirePositive(String field, long value) {
        if (value < 1) {
            throw new IllegalArgumentException("GPTConfig: " + field + " is " + value + "; it must be at least 1");
        }
    }

    /** Returns how many numbers the parameters of such a model are, exactly up to 2^53. */
    public double parameterCount() {
        double C = channels;
        double matrices = 12 * C * C;               // of a block: 3 C C and C C in attention, 4 C C twice in the MLP
        double norms = 2 * C + (bias ? 2 * C : 0);  // of a block: two
        double biases = bias ? 9 * C : 0;           // of a block's matrices
        return layers * (matrices + norms + biases) + ((double) vocabSize + contextLength) * C
                + (bias ? 2 * C : C) + (tiedHead ? 0 : vocabSize * C);
    }

    /** Returns the number of channels that one head works on. */
    public int headSize() {
        return channels / heads;
    }
}
