package org.jacobi.transformer.tokenizer;

/** Turns tokens into text as they arrive, one by one; no half of a character ever comes out. */
public interface Decoder {
    /** Takes the next token and returns the text that is whole now; empty while a character waits for its rest. */
    String add(long token);

    /** Returns the text of what still waits, as {@link Tokenizer#decode} has it, and begins anew. */
    String end();
}
