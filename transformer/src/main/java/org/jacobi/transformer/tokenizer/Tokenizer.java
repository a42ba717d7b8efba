package org.jacobi.transformer.tokenizer;

/** Turns text into tokens, the numbers 0 to vocabSize - 1, and back. */
public interface Tokenizer {
    /**
     * Returns the tokens of a text.
     *
     * @throws IllegalArgumentException naming the first part of the text that has no token
     */
    long[] encode(String text);

    /** Returns the text of tokens. */
    String decode(long... tokens);

    /** Returns the number of different tokens. */
    int vocabSize();
}
