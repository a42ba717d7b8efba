package org.jacobi.transformer.tokenizer;

import java.util.HashMap;
import java.util.Map;

/** A token for each character (Unicode code point) of a vocabulary, numbered by its place there. */
public final class CharTokenizer implements Tokenizer {
    /** How many known characters an error message shows. */
    private static final int SHOWN = 80;

    private final int[] characters;
    private final Map<Integer, Integer> tokens = new HashMap<>();

    private CharTokenizer(int[] characters) {
        this.characters = characters;
        if (characters.length == 0) {
            throw new IllegalArgumentException(
                    "CharTokenizer: the vocabulary is empty; it needs at least one character");
        }
        for (int i = 0; i < characters.length; i++) {
            if (tokens.putIfAbsent(characters[i], i) != null) {
                throw new IllegalArgumentException(
                        "CharTokenizer: the vocabulary holds " + name(characters[i]) + " twice");
            }
        }
    }

    /** Returns a tokenizer of the characters that occur in a text, in Unicode's order. */
    public static CharTokenizer of(String text) {
        return new CharTokenizer(text.codePoints().distinct().sorted().toArray());
    }

    /** Returns a tokenizer of the given characters, each once, in the given order, as {@link #vocabulary} gave them. */
    public static CharTokenizer fromVocabulary(String characters) {
        return new CharTokenizer(characters.codePoints().toArray());
    }

    /** Returns all characters in the order of their tokens. */
    public String vocabulary() {
        return new String(characters, 0, characters.length);
    }

    @Override
    public int vocabSize() {
        return characters.length;
    }

    @Override
    public long[] encode(String text) {
        long[] out = new long[text.codePointCount(0, text.length())];
        int at = 0;
        for (int i = 0; i < out.length; i++) {
            int character = text.codePointAt(at);
            Integer token = tokens.get(character);
            if (token == null) {
                throw new IllegalArgumentException("unknown character " + name(character) + " at position " + i
                        + " of the text; the " + characters.length + " known ones are " + known());
            }
            out[i] = token;
            at += Character.charCount(character);
        }
        return out;
    }

    @Override
    public String decode(long... ids) {
        StringBuilder text = new StringBuilder(ids.length);
        for (long id : ids) {
            if (id < 0 || id >= characters.length) {
                throw new IllegalArgumentException(
                        "unknown token " + id + "; tokens go from 0 to " + (characters.length - 1));
            }
            text.appendCodePoint(characters[(int) id]);
        }
        return text.toString();
    }

    /** Returns a character as an error message shows it, on one line: 'é' (U+00E9). */
    private static String name(int character) {
        return "'" + escape(character) + "' (U+" + String.format("%04X", character) + ")";
    }

    private static String escape(int character) {
        return switch (character) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> Character.isISOControl(character) ? String.format("\\u%04x", character)
                    : Character.toString(character);
        };
    }

    private String known() {
        StringBuilder list = new StringBuilder();
        for (int i = 0; i < Math.min(SHOWN, characters.length); i++) {
            list.append(escape(characters[i]));
        }
        return list.append(characters.length > SHOWN ? " …" : "").toString();
    }
}
