package org.jacobi.transformer.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * A token for each byte of a text in UTF-8, numbered by the byte's value: every text has tokens, and nothing is to be
 * learned first.
 *
 * <p>There are 256 tokens and no special ones, for a beginning or an end: a {@link Tokenizer} tells of none, and texts are
 * read from any place on. Bytes that are no UTF-8, or only the beginning of a character, decode to U+FFFD as
 * {@link java.nio.charset.Charset#decode} has it, one for each malformed sequence.
 */
public final class ByteTokenizer implements Tokenizer {
    private static final int BYTES = 256;

    @Override
    public int vocabSize() {
        return BYTES;
    }

    @Override
    public long[] encode(String text) {
        ByteBuffer bytes;
        try {
            bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(
                    "the text has half of a surrogate pair at position " + loneSurrogate(text)
                            + ", which is no character and has no bytes in UTF-8",
                    e);
        }
        long[] out = new long[bytes.remaining()];
        for (int i = 0; i < out.length; i++) {
            out[i] = bytes.get() & 0xFF;
        }
        return out;
    }

    private static int loneSurrogate(String text) {
        int at = 0;
        for (int position = 0; at < text.length(); position++) {
            int character = text.codePointAt(at);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                return position;
            }
            at += Character.charCount(character);
        }
        return at;
    }

    @Override
    public String decode(long... tokens) {
        byte[] bytes = new byte[tokens.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = toByte(tokens[i]);
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte toByte(long token) {
        if (token < 0 || token >= BYTES) {
            throw new IllegalArgumentException("unknown token " + token + "; tokens go from 0 to " + (BYTES - 1));
        }
        return (byte) token;
    }

    @Override
    public Decoder decoder() {
        return new Utf8Decoder();
    }

    /** Holds back the bytes of a character until the last of them is there. */
    private static final class Utf8Decoder implements Decoder {
        private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
        private final ByteBuffer waiting = ByteBuffer.allocate(8);
        private final CharBuffer text = CharBuffer.allocate(16);

        @Override
        public String add(long token) {
            waiting.put(toByte(token)).flip();
            decoder.decode(waiting, text, false);
            waiting.compact();
            return taken();
        }

        @Override
        public String end() {
            waiting.flip();
            decoder.decode(waiting, text, true);
            decoder.flush(text);
            decoder.reset();
            waiting.clear();
            return taken();
        }

        private String taken() {
            String done = text.flip().toString();
            text.clear();
            return done;
        }
    }
}
