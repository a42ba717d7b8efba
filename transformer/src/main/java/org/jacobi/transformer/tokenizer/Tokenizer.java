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

    /** Returns what decodes tokens one by one: here each to its own text. */
    default Decoder decoder() {
        return new Decoder() {
            @Override
            public String add(long token) {
                return decode(token);
            }

            @Override
            public String end() {
                return "";
            }
        };
    }

    /** Returns the number of different tokens. */
    int vocabSize();
}
